using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Selection and scattering.
    public partial class Tensor
    {
        /// <summary>The chosen positions of a dimension, copied.</summary>
        public Tensor index_select(long dim, Tensor index) => Create(Native.index_select(Handle, dim, index.Handle), this, index);

        /// <summary>The elements at flattened indices.</summary>
        public Tensor take(Tensor index) => Create(Native.take(Handle, index.Handle), this, index);

        /// <summary>The elements at flattened indices.</summary>
        public Tensor take_along_dim(Tensor indices) => Create(Native.take_along_dim(Handle, indices.Handle), this, indices);

        /// <summary>The elements at the indices along a dimension, broadcast.</summary>
        public Tensor take_along_dim(Tensor indices, long dim) => Create(Native.take_along_dim_dim(Handle, indices.Handle, dim), this, indices);

        /// <summary>The elements at the indices along a dimension.</summary>
        public Tensor gather(long dim, Tensor index) => Create(Native.gather(Handle, dim, index.Handle), this, index);

        /// <summary>The elements at the indices along a dimension replaced by those of src.</summary>
        public Tensor scatter(long dim, Tensor index, Tensor src) => Create(Native.scatter(Handle, dim, index.Handle, src.Handle), this, index, src);

        /// <summary>The elements of src added at the indices along a dimension.</summary>
        public Tensor scatter_add(long dim, Tensor index, Tensor src) => Create(Native.scatter_add(Handle, dim, index.Handle, src.Handle), this, index, src);

        /// <summary>alpha · source added at the chosen positions of a dimension.</summary>
        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Create(Native.index_add(Handle, dim, index.Handle, source.Handle, alpha.Value), this, index, source);

        /// <summary>The chosen positions of a dimension replaced by those of source.</summary>
        public Tensor index_copy(long dim, Tensor index, Tensor source) =>
            Create(Native.index_copy(Handle, dim, index.Handle, source.Handle), this, index, source);

        /// <summary>The chosen positions of a dimension filled with a number.</summary>
        public Tensor index_fill(long dim, Tensor index, Scalar value) => Create(Native.index_fill(Handle, dim, index.Handle, value.Value), this, index);

        /// <summary>The elements under the mask replaced by a number.</summary>
        public Tensor masked_fill(Tensor mask, Scalar value) => Create(Native.masked_fill(Handle, mask.Handle, value.Value), this, mask);

        /// <summary>The elements under the mask replaced by successive elements of value.</summary>
        public Tensor masked_scatter(Tensor mask, Tensor value) => Create(Native.masked_scatter(Handle, mask.Handle, value.Handle), this, mask, value);

        /// <summary>The elements at the indices along a dimension replaced by those of src, in place.</summary>
        public Tensor scatter_(long dim, Tensor index, Tensor src) => InPlace(Native.scatter_(Handle, dim, index.Handle, src.Handle), index, src);

        /// <summary>The elements of src added at the indices along a dimension, in place.</summary>
        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => InPlace(Native.scatter_add_(Handle, dim, index.Handle, src.Handle), index, src);

        /// <summary>alpha · source added at the chosen positions of a dimension, in place.</summary>
        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) =>
            InPlace(Native.index_add_(Handle, dim, index.Handle, source.Handle, alpha.Value), index, source);

        /// <summary>The chosen positions of a dimension replaced by those of source, in place.</summary>
        public Tensor index_copy_(long dim, Tensor index, Tensor source) =>
            InPlace(Native.index_copy_(Handle, dim, index.Handle, source.Handle), index, source);

        /// <summary>The chosen positions of a dimension filled with a number, in place.</summary>
        public Tensor index_fill_(long dim, Tensor index, Scalar value) => InPlace(Native.index_fill_(Handle, dim, index.Handle, value.Value), index);

        /// <summary>The elements under the mask replaced by a number, in place.</summary>
        public Tensor masked_fill_(Tensor mask, Scalar value) => InPlace(Native.masked_fill_(Handle, mask.Handle, value.Value), mask);

        /// <summary>The elements under the mask replaced by successive elements of value, in place.</summary>
        public Tensor masked_scatter_(Tensor mask, Tensor value) => InPlace(Native.masked_scatter_(Handle, mask.Handle, value.Handle), mask, value);

        /// <summary>The elements under the mask, in one dimension.</summary>
        public Tensor masked_select(Tensor mask) => Create(Native.masked_select(Handle, mask.Handle), this, mask);

        /// <summary>This tensor's elements where the condition holds, else those of y.</summary>
        public Tensor where(Tensor condition, Tensor y) => Create(Native.where(Handle, condition.Handle, y.Handle), this, condition, y);

        /// <summary>A copy with one position of a dimension replaced.</summary>
        public Tensor select_scatter(Tensor src, long dim, long index) => Create(Native.select_scatter(Handle, src.Handle, dim, index), this, src);

        /// <summary>A copy with a slice of a dimension replaced.</summary>
        public Tensor slice_scatter(Tensor src, long dim = 0, long? start = null, long? end = null, long step = 1) =>
            Create(Native.slice_scatter(Handle, src.Handle, dim, start ?? Absent.Integer, end ?? Absent.Integer, step), this, src);

        /// <summary>A copy with a diagonal replaced.</summary>
        public Tensor diagonal_scatter(Tensor src, long offset = 0, long dim1 = 0, long dim2 = 1) =>
            Create(Native.diagonal_scatter(Handle, src.Handle, offset, dim1, dim2), this, src);
    }
}
