using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Elementwise functions.
    public partial class Tensor
    {
        /// <summary>Each element at most max, in place.</summary>
        public Tensor clamp_max_(Scalar max) => InPlace(Native.clamp_max_(Handle, max.Value));

        /// <summary>The same as clamp.</summary>
        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);
    }
}
