namespace TorchSharp;

// ones: tensors filled with ones.
public static partial class torch
{
    /// <summary>A tensor filled with ones.</summary>
    public static Tensor ones(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Filled(2, size, dtype, device, requires_grad);

    /// <summary>A tensor filled with ones.</summary>
    public static Tensor ones(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Filled(2, size, dtype, device, requires_grad);

    /// <summary>A tensor of one dimension filled with ones.</summary>
    public static Tensor ones(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Filled(2, [size], dtype, device, requires_grad);

    /// <summary>A tensor of two dimensions filled with ones.</summary>
    public static Tensor ones(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Filled(2, [rows, columns], dtype, device, requires_grad);

    /// <summary>A tensor of three dimensions filled with ones.</summary>
    public static Tensor ones(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Filled(2, [dim0, dim1, dim2], dtype, device, requires_grad);

    /// <summary>A tensor of four dimensions filled with ones.</summary>
    public static Tensor ones(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Filled(2, [dim0, dim1, dim2, dim3], dtype, device, requires_grad);

    /// <summary>A tensor of one dimension filled with ones.</summary>
    public static Tensor ones(int size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Filled(2, [size], dtype, device, requires_grad);

    /// <summary>A tensor of two dimensions filled with ones.</summary>
    public static Tensor ones(int rows, int columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Filled(2, [rows, columns], dtype, device, requires_grad);

    /// <summary>A tensor of three dimensions filled with ones.</summary>
    public static Tensor ones(int dim0, int dim1, int dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Filled(2, [dim0, dim1, dim2], dtype, device, requires_grad);

    /// <summary>A tensor of four dimensions filled with ones.</summary>
    public static Tensor ones(int dim0, int dim1, int dim2, int dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Filled(2, [dim0, dim1, dim2, dim3], dtype, device, requires_grad);
}
