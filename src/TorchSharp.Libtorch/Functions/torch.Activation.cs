namespace TorchSharp;

// The functional forms of activations and softmax.
public static partial class torch
{
    /// <summary>The softmax along a dimension, computed in dtype where it is given.</summary>
    public static Tensor softmax(Tensor input, int dim, ScalarType? dtype = null) => input.softmax(dim, dtype);
}
