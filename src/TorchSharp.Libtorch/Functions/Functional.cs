using System.Diagnostics.CodeAnalysis;
using TorchSharp.Interop;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Building blocks of neural networks.</summary>
    public static partial class nn
    {
        /// <summary>How a loss sums up.</summary>
        [SuppressMessage("Design", "CA1028:Enum Storage should be Int32", Justification = "The type is TorchSharp's.")]
        public enum Reduction : long
        {
            /// <summary>Not at all: a loss for each element.</summary>
            None = 0,

            /// <summary>The mean.</summary>
            Mean = 1,

            /// <summary>The sum.</summary>
            Sum = 2,
        }

        /// <summary>Functions without state.</summary>
        public static partial class functional
        {
            /// <summary>x·Wᵀ + b.</summary>
            /// <param name="input">[..., in].</param>
            /// <param name="weights">[out, in].</param>
            /// <param name="bias">[out], or null.</param>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) =>
                Tensor.Create(Native.linear(input.Handle, weights.Handle, Tensor.HandleOf(bias)), input, weights, bias);

            /// <summary>Zeroes elements with probability p and scales the others up, while training.</summary>
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false)
            {
                if (!inplace)
                {
                    return Tensor.Create(Native.dropout(input.Handle, p, training), input);
                }

                Tensor.Check(Native.dropout_(input.Handle, p, training));
                return input;
            }

            /// <summary>Class numbers as rows of zeros with a one; as many columns as classes, or as needed for -1.</summary>
            public static Tensor one_hot(Tensor x, long num_classes = -1) => Tensor.Create(Native.one_hot(x.Handle, num_classes), x);

            /// <summary>Normalises the last dimensions to mean zero and variance one, then scales and shifts.</summary>
            public static unsafe Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-05)
            {
                fixed (long* pointer = normalized_shape)
                {
                    return Tensor.Create(
                        Native.layer_norm(input.Handle, new Ints(pointer, normalized_shape.Length), Tensor.HandleOf(weight), Tensor.HandleOf(bias), eps),
                        input,
                        weight,
                        bias);
                }
            }

            /// <summary>Scales to unit p-norm along a dimension.</summary>
            public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1e-12) =>
                Tensor.Create(Native.normalize(input.Handle, p, dim, eps), input);

            /// <summary>The cosine of the angle between vectors along a dimension.</summary>
            public static Tensor cosine_similarity(Tensor x1, Tensor x2, long dim = 1, double eps = 1e-08) =>
                Tensor.Create(Native.cosine_similarity(x1.Handle, x2.Handle, dim, eps), x1, x2);

            /// <summary>
            /// softmax(query·keyᵀ / √d + mask)·value; a fused kernel where libtorch has one (2.0 and later), else composed.
            /// </summary>
            /// <param name="query">[..., l, d].</param>
            /// <param name="key">[..., s, d].</param>
            /// <param name="value">[..., s, e].</param>
            /// <param name="attn_mask">Broadcast to [..., l, s]: true where attention is allowed, or numbers that are added.</param>
            /// <param name="p">The probability of dropout.</param>
            /// <param name="is_casual">Whether position i attends to positions up to i alone; excludes a mask.</param>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0, bool is_casual = false) =>
                Tensor.Create(
                    Native.attention(query.Handle, key.Handle, value.Handle, Tensor.HandleOf(attn_mask), p, is_casual), query, key, value, attn_mask);

            /// <summary>The logarithm of the softmax along a dimension.</summary>
            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);

            /// <summary>The softmax along a dimension.</summary>
            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            /// <summary>max(x, 0).</summary>
            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_() : x.relu();

            /// <summary>x·sigmoid(x).</summary>
            public static Tensor silu(Tensor x, bool inplace = false) => inplace ? x.silu_() : x.silu();

            /// <summary>log(1 + exp(beta·x)) / beta; linear above the threshold.</summary>
            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) => x.softplus(beta, threshold);

            /// <summary>log(sigmoid(x)), without overflow.</summary>
            public static Tensor logsigmoid(Tensor x) => x.log_sigmoid();

            /// <summary>1 / (1 + exp(-x)).</summary>
            public static Tensor sigmoid(Tensor x) => x.sigmoid();

            /// <summary>The hyperbolic tangent.</summary>
            public static Tensor tanh(Tensor x, bool inplace = false) => inplace ? x.tanh_() : x.tanh();

            /// <summary>The Gaussian error linear unit, exact.</summary>
            public static Tensor gelu(Tensor x) => x.gelu();

            /// <summary>The Gaussian error linear unit, exact.</summary>
            public static Tensor gelu(Tensor x, bool inplace) => gelu(x, GELU.Approximate.none, inplace);

            /// <summary>The Gaussian error linear unit, exact or through the hyperbolic tangent.</summary>
            public static Tensor gelu(Tensor x, GELU.Approximate approximate, bool inplace = false)
            {
                Tensor result = x.gelu(approximate);
                if (!inplace)
                {
                    return result;
                }

                x.copy_(result);
                result.Dispose();
                return x;
            }
        }
    }

    public partial class Tensor
    {
        /// <summary>The Gaussian error linear unit of each element, exact or through the hyperbolic tangent.</summary>
        public Tensor gelu(GELU.Approximate approximate) =>
            approximate == GELU.Approximate.none ? gelu() : Create(Native.gelu_tanh(Handle), this);
    }
}
