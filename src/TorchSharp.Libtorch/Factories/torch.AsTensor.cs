namespace TorchSharp;

// as_tensor: tensors that share memory where they can.
public static partial class torch
{
    /// <summary>A tensor of one dimension with a copy of booleans.</summary>
    public static Tensor as_tensor(IList<bool> rawArray, ScalarType? dtype = null, Device? device = null) =>
        FromSpan<bool>(AsSpan(rawArray), [rawArray.Count], dtype, device, false);

    /// <summary>A tensor of one dimension that shares an array of booleans.</summary>
    public static Tensor as_tensor(bool[] rawArray, ScalarType? dtype = null, Device? device = null) => from_array(rawArray, dtype, device);

    /// <summary>A tensor of one dimension with a copy of unsigned bytes.</summary>
    public static Tensor as_tensor(IList<byte> rawArray, ScalarType? dtype = null, Device? device = null) =>
        FromSpan<byte>(AsSpan(rawArray), [rawArray.Count], dtype, device, false);

    /// <summary>A tensor of one dimension that shares an array of unsigned bytes.</summary>
    public static Tensor as_tensor(byte[] rawArray, ScalarType? dtype = null, Device? device = null) => from_array(rawArray, dtype, device);

    /// <summary>A tensor of one dimension with a copy of signed bytes.</summary>
    public static Tensor as_tensor(IList<sbyte> rawArray, ScalarType? dtype = null, Device? device = null) =>
        FromSpan<sbyte>(AsSpan(rawArray), [rawArray.Count], dtype, device, false);

    /// <summary>A tensor of one dimension that shares an array of signed bytes.</summary>
    public static Tensor as_tensor(sbyte[] rawArray, ScalarType? dtype = null, Device? device = null) => from_array(rawArray, dtype, device);

    /// <summary>A tensor of one dimension with a copy of 16-bit integers.</summary>
    public static Tensor as_tensor(IList<short> rawArray, ScalarType? dtype = null, Device? device = null) =>
        FromSpan<short>(AsSpan(rawArray), [rawArray.Count], dtype, device, false);

    /// <summary>A tensor of one dimension that shares an array of 16-bit integers.</summary>
    public static Tensor as_tensor(short[] rawArray, ScalarType? dtype = null, Device? device = null) => from_array(rawArray, dtype, device);

    /// <summary>A tensor of one dimension with a copy of 32-bit integers.</summary>
    public static Tensor as_tensor(IList<int> rawArray, ScalarType? dtype = null, Device? device = null) =>
        FromSpan<int>(AsSpan(rawArray), [rawArray.Count], dtype, device, false);

    /// <summary>A tensor of one dimension that shares an array of 32-bit integers.</summary>
    public static Tensor as_tensor(int[] rawArray, ScalarType? dtype = null, Device? device = null) => from_array(rawArray, dtype, device);

    /// <summary>A tensor of one dimension with a copy of 64-bit integers.</summary>
    public static Tensor as_tensor(IList<long> rawArray, ScalarType? dtype = null, Device? device = null) =>
        FromSpan<long>(AsSpan(rawArray), [rawArray.Count], dtype, device, false);

    /// <summary>A tensor of one dimension that shares an array of 64-bit integers.</summary>
    public static Tensor as_tensor(long[] rawArray, ScalarType? dtype = null, Device? device = null) => from_array(rawArray, dtype, device);

    /// <summary>A tensor of one dimension with a copy of single-precision numbers.</summary>
    public static Tensor as_tensor(IList<float> rawArray, ScalarType? dtype = null, Device? device = null) =>
        FromSpan<float>(AsSpan(rawArray), [rawArray.Count], dtype, device, false);

    /// <summary>A tensor of one dimension that shares an array of single-precision numbers.</summary>
    public static Tensor as_tensor(float[] rawArray, ScalarType? dtype = null, Device? device = null) => from_array(rawArray, dtype, device);

    /// <summary>A tensor of one dimension with a copy of double-precision numbers.</summary>
    public static Tensor as_tensor(IList<double> rawArray, ScalarType? dtype = null, Device? device = null) =>
        FromSpan<double>(AsSpan(rawArray), [rawArray.Count], dtype, device, false);

    /// <summary>A tensor of one dimension that shares an array of double-precision numbers.</summary>
    public static Tensor as_tensor(double[] rawArray, ScalarType? dtype = null, Device? device = null) => from_array(rawArray, dtype, device);

    /// <summary>A tensor of one dimension with a copy of bfloat16 numbers.</summary>
    public static Tensor as_tensor(IList<BFloat16> rawArray, ScalarType? dtype = null, Device? device = null) =>
        FromSpan<BFloat16>(AsSpan(rawArray), [rawArray.Count], dtype, device, false);

    /// <summary>A tensor of one dimension that shares an array of bfloat16 numbers.</summary>
    public static Tensor as_tensor(BFloat16[] rawArray, ScalarType? dtype = null, Device? device = null) => from_array(rawArray, dtype, device);

    /// <summary>The tensor itself, converted and moved where asked for.</summary>
    public static Tensor as_tensor(Tensor data, ScalarType? dtype = null, Device? device = null) => data.to(dtype ?? data.dtype, device ?? data.device);

    /// <summary>A tensor in the shape of an array, whose memory it shares where type and device allow.</summary>
    public static Tensor as_tensor(Array data, ScalarType? dtype = null, Device? device = null) => from_array(data, dtype, device);
}
