namespace TorchSharp;

public static partial class torch
{
    // Filled tensors of the same type and device.
    public partial class Tensor
    {
        /// <summary>A tensor of this type and device, in a shape, filled with zeros.</summary>
        public Tensor new_zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Filled(1, size, dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with zeros.</summary>
        public Tensor new_zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Filled(1, size, dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with zeros.</summary>
        public Tensor new_zeros(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Filled(1, [size], dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with zeros.</summary>
        public Tensor new_zeros(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Filled(1, [rows, columns], dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with zeros.</summary>
        public Tensor new_zeros(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Filled(1, [dim0, dim1, dim2], dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with zeros.</summary>
        public Tensor new_zeros(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Filled(1, [dim0, dim1, dim2, dim3], dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with ones.</summary>
        public Tensor new_ones(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Filled(2, [size], dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with ones.</summary>
        public Tensor new_ones(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Filled(2, [rows, columns], dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with ones.</summary>
        public Tensor new_ones(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Filled(2, [dim0, dim1, dim2], dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with ones.</summary>
        public Tensor new_ones(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Filled(2, [dim0, dim1, dim2, dim3], dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with whatever the memory holds.</summary>
        public Tensor new_empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Filled(0, size, dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with whatever the memory holds.</summary>
        public Tensor new_empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Filled(0, size, dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with whatever the memory holds.</summary>
        public Tensor new_empty(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Filled(0, [size], dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with whatever the memory holds.</summary>
        public Tensor new_empty(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Filled(0, [rows, columns], dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with whatever the memory holds.</summary>
        public Tensor new_empty(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Filled(0, [dim0, dim1, dim2], dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with whatever the memory holds.</summary>
        public Tensor new_empty(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Filled(0, [dim0, dim1, dim2, dim3], dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with a number.</summary>
        public Tensor new_full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Full(size, value, dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with a number.</summary>
        public Tensor new_full(ReadOnlySpan<long> size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Full(size, value, dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with a number.</summary>
        public Tensor new_full(long size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Full([size], value, dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with a number.</summary>
        public Tensor new_full(long rows, long columns, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Full([rows, columns], value, dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with a number.</summary>
        public Tensor new_full(long dim0, long dim1, long dim2, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Full([dim0, dim1, dim2], value, dtype ?? this.dtype, device ?? this.device, requires_grad);

        /// <summary>A tensor of this type and device, in a shape, filled with a number.</summary>
        public Tensor new_full(long dim0, long dim1, long dim2, long dim3, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Full([dim0, dim1, dim2, dim3], value, dtype ?? this.dtype, device ?? this.device, requires_grad);
    }
}
