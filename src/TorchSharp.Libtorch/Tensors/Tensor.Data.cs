using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Copies and storage.
    public partial class Tensor
    {
        /// <summary>A copy.</summary>
        public Tensor clone() => Create(Native.clone(Handle), this);

        /// <summary>This tensor where its elements are contiguous, else a contiguous copy.</summary>
        public Tensor contiguous() => Create(Native.contiguous(Handle), this);

        /// <summary>The same data outside the graph.</summary>
        public Tensor detach() => Create(Native.detach(Handle), this);

        /// <summary>Takes this tensor out of its graph, in place.</summary>
        public Tensor detach_() => InPlace(Native.detach_(Handle));

        /// <summary>Copies the elements of another tensor into this one, broadcast and converted.</summary>
        public Tensor copy_(Tensor source, bool nonBlocking = false) => InPlace(Native.copy_(Handle, source.Handle, nonBlocking), source);

        /// <summary>Fills with zeros.</summary>
        public Tensor zero_() => InPlace(Native.zero_(Handle));

        /// <summary>Fills with a number.</summary>
        public Tensor fill_(Scalar value) => InPlace(Native.fill_(Handle, value.Value));

        /// <summary>Makes this tensor share the storage, sizes and strides of another.</summary>
        public Tensor set_(Tensor source) => InPlace(Native.set_(Handle, source.Handle), source);

        /// <summary>This tensor on the processor; itself where it is there already.</summary>
        public Tensor cpu() => Create(Native.cpu(Handle), this);

        /// <summary>A copy in page-locked memory.</summary>
        public Tensor pin_memory() => Create(Native.pin_memory(Handle), this);

        /// <summary>Whether the memory is page-locked.</summary>
        public bool is_pinned() => Truth(Native.is_pinned(Handle), this);

        /// <summary>Whether the only element is not zero.</summary>
        public bool is_nonzero() => Truth(Native.is_nonzero(Handle), this);
    }
}
