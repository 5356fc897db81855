using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Elements limited, replaced where they are not finite, or mapped from probabilities.
    public partial class Tensor
    {
        /// <summary>Not-a-number and the infinities replaced by finite values.</summary>
        public Tensor nan_to_num(double nan = 0, double? posinf = null, double? neginf = null) =>
            Create(Native.nan_to_num(Handle, nan, posinf ?? double.NaN, neginf ?? double.NaN), this);

        /// <summary>Not-a-number and the infinities replaced by finite values, in place.</summary>
        public Tensor nan_to_num_(double nan = 0, double? posinf = null, double? neginf = null) =>
            InPlace(Native.nan_to_num_(Handle, nan, posinf ?? double.NaN, neginf ?? double.NaN));

        /// <summary>log(x / (1 - x)) of each element, clamped to [eps, 1 - eps] where eps is given.</summary>
        public Tensor logit(double? eps = null) => Create(Native.logit(Handle, eps ?? double.NaN), this);

        /// <summary>log(x / (1 - x)) of each element, in place.</summary>
        public Tensor logit_(double? eps = null) => InPlace(Native.logit_(Handle, eps ?? double.NaN));

        /// <summary>Each element limited to [min, max]; a null bound does not limit.</summary>
        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Create(Native.clamp(Handle, Scalar.Optional(min), Scalar.Optional(max)), this);

        /// <summary>Each element limited to the matching elements of min and max.</summary>
        public Tensor clamp(Tensor? min = null, Tensor? max = null) => Create(Native.clamp_tensor(Handle, HandleOf(min), HandleOf(max)), this, min, max);

        /// <summary>Each element at least min.</summary>
        public Tensor clamp_min(Scalar min) => Create(Native.clamp_min(Handle, min.Value), this);

        /// <summary>Each element at most max.</summary>
        public Tensor clamp_max(Scalar max) => Create(Native.clamp_max(Handle, max.Value), this);

        /// <summary>Each element limited to [min, max]; a null bound does not limit, in place.</summary>
        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => InPlace(Native.clamp_(Handle, Scalar.Optional(min), Scalar.Optional(max)));

        /// <summary>Each element limited to the matching elements of min and max, in place.</summary>
        public Tensor clamp_(Tensor? min = null, Tensor? max = null) => InPlace(Native.clamp_tensor_(Handle, HandleOf(min), HandleOf(max)), min, max);

        /// <summary>Each element at least min, in place.</summary>
        public Tensor clamp_min_(Scalar min) => InPlace(Native.clamp_min_(Handle, min.Value));

        /// <summary>Each element at most max, in place.</summary>
        public Tensor clamp_max_(Scalar max) => InPlace(Native.clamp_max_(Handle, max.Value));

        /// <summary>The same as clamp.</summary>
        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);
    }
}
