namespace TorchSharp;

// tensor(…) from 16-bit integers.
public static partial class torch
{
    /// <summary>A tensor of no dimension that holds a number.</summary>
    public static Tensor tensor(short scalar, Device? device = null, bool requires_grad = false) => FromScalar(scalar, null, device, requires_grad);

    /// <summary>A tensor with a copy of 16-bit integers in a shape.</summary>
    public static Tensor tensor(IList<short> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<short>(AsSpan(rawArray), dimensions, dtype, device, requires_grad);

    /// <summary>A tensor with a copy of 16-bit integers.</summary>
    public static Tensor tensor(short[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<short>(rawArray, [rawArray.Length], dtype, device, requires_grad);

    /// <summary>A tensor with a copy of 16-bit integers in a shape.</summary>
    public static Tensor tensor(short[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<short>(rawArray, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor with a copy of 16-bit integers.</summary>
    public static Tensor tensor(IList<short> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<short>(AsSpan(rawArray), [rawArray.Count], dtype, device, requires_grad);

    /// <summary>A tensor with a copy of 16-bit integers in a shape.</summary>
    public static Tensor tensor(IList<short> rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<short>(AsSpan(rawArray), [rows, columns], dtype, device, requires_grad);

    /// <summary>A tensor with a copy of 16-bit integers in a shape.</summary>
    public static Tensor tensor(IList<short> rawArray, long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<short>(AsSpan(rawArray), [dim0, dim1, dim2], dtype, device, requires_grad);

    /// <summary>A tensor with a copy of 16-bit integers in a shape.</summary>
    public static Tensor tensor(IList<short> rawArray, long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<short>(AsSpan(rawArray), [dim0, dim1, dim2, dim3], dtype, device, requires_grad);

    /// <summary>A tensor with a copy of 16-bit integers in a shape.</summary>
    public static Tensor tensor(Memory<short> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<short>(rawArray.Span, dimensions, dtype, device, requires_grad);
}
