using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Activations and softmax.
    public partial class Tensor
    {
        /// <summary>max(x, 0) of each element.</summary>
        public Tensor relu() => Create(Native.relu(Handle), this);

        /// <summary>max(x, 0) of each element, in place.</summary>
        public Tensor relu_() => InPlace(Native.relu_(Handle));

        /// <summary>x · sigmoid(x) of each element.</summary>
        public Tensor silu() => Create(Native.silu(Handle), this);

        /// <summary>x · sigmoid(x) of each element, in place.</summary>
        public Tensor silu_() => InPlace(Native.silu_(Handle));

        /// <summary>The scaled exponential linear unit of each element.</summary>
        public Tensor selu() => Create(Native.selu(Handle), this);

        /// <summary>The scaled exponential linear unit of each element, in place.</summary>
        public Tensor selu_() => InPlace(Native.selu_(Handle));

        /// <summary>The Gaussian error linear unit of each element, exact.</summary>
        public Tensor gelu() => Create(Native.gelu(Handle), this);

        /// <summary>log(1 + exp(beta · x)) / beta of each element; linear above the threshold.</summary>
        public Tensor softplus(double beta = 1, double threshold = 20) => Create(Native.softplus(Handle, beta, threshold), this);

        /// <summary>x where positive, else negative_slope · x.</summary>
        public Tensor leaky_relu(Scalar negative_slope) => Create(Native.leaky_relu(Handle, negative_slope.Value), this);

        /// <summary>log(sigmoid(x)) of each element, without overflow.</summary>
        public Tensor log_sigmoid() => Create(Native.log_sigmoid(Handle), this);

        /// <summary>The softmax along a dimension, computed in dtype where it is given.</summary>
        public Tensor softmax(long dim, ScalarType? dtype = null) => Create(Native.softmax(Handle, dim, Absent.TypeCode(dtype)), this);

        /// <summary>The logarithm of the softmax along a dimension, computed in dtype where it is given.</summary>
        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Create(Native.log_softmax(Handle, dim, Absent.TypeCode(dtype)), this);
    }
}
