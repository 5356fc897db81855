using TorchSharp.Interop;

namespace TorchSharp;

// Ranges, permutations, identities, files and joins.
public static partial class torch
{
    /// <summary>A tensor of uninitialised memory with explicit sizes and strides, in elements.</summary>
    public static unsafe Tensor empty_strided(long[] size, long[] strides, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        device = InitializeDevice(device);
        fixed (long* sizes = size)
        fixed (long* steps = strides)
        {
            return Tensor.Create(Native.empty_strided(
                new Ints(sizes, size.Length), new Ints(steps, strides.Length), (int)(dtype ?? get_default_dtype()), (int)device.type, device.index, requires_grad));
        }
    }

    /// <summary>The numbers from zero up to, and without, stop: whole where stop is, else of the default type.</summary>
    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    /// <summary>The numbers from start up to, and without, stop.</summary>
    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    /// <summary>The numbers from start up to, and without, stop, in steps.</summary>
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        device = InitializeDevice(device);
        bool whole = is_integral(start.Type) && is_integral(stop.Type) && is_integral(step.Type);
        ScalarType type = dtype ?? (whole ? ScalarType.Int64 : get_default_dtype());
        return Tensor.Create(Native.arange(start.Value, stop.Value, step.Value, (int)type, (int)device.type, device.index, requires_grad));
    }

    /// <summary>A number of evenly spaced numbers from start to end, both included.</summary>
    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        device = InitializeDevice(device);
        return Tensor.Create(Native.linspace(start, end, steps, (int)(dtype ?? get_default_dtype()), (int)device.type, device.index, requires_grad));
    }

    /// <summary>The identity matrix; square where columns is -1.</summary>
    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        device = InitializeDevice(device);
        return Tensor.Create(Native.eye(
            rows, columns == -1 ? rows : columns, (int)(dtype ?? get_default_dtype()), (int)device.type, device.index, requires_grad));
    }

    /// <summary>A random permutation of the whole numbers below n.</summary>
    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null)
    {
        device = InitializeDevice(device);
        return Tensor.Create(
            Native.randperm(n, Generator.HandleOf(generator), (int)(dtype ?? ScalarType.Int64), (int)device.type, device.index, requires_grad), generator);
    }

    /// <summary>Draws of normal distributions with elementwise means and standard deviations.</summary>
    public static Tensor normal(Tensor mean, Tensor std, Generator? generator = null) =>
        Tensor.Create(Native.normal(mean.Handle, std.Handle, Generator.HandleOf(generator)), mean, std, generator);

    /// <summary>Draws of one normal distribution.</summary>
    public static Tensor normal(double mean, double std, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Drawn(normal: true, size, generator, dtype, device, requiresGrad: false).mul_(std).add_(mean).requires_grad_(requires_grad);

    /// <summary>
    /// The elements of a file, mapped into memory without copying; at most <paramref name="size"/> of them. Where
    /// <paramref name="shared"/>, writes go back into the file.
    /// </summary>
    public static Tensor from_file(string filename, bool? shared = null, long? size = 0, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        device = InitializeDevice(device);
        int written = shared is null ? Absent.Code : shared.Value ? 1 : 0;
        Tensor mapped = Tensor.Create(Native.from_file(filename, written, size ?? 0, (int)(dtype ?? get_default_dtype())));
        if (device.type != DeviceType.CPU)
        {
            mapped = mapped.to(device, disposeAfter: true);
        }

        return requires_grad ? mapped.requires_grad_() : mapped;
    }

    /// <summary>The row and column numbers of a lower triangle: [2, n].</summary>
    public static Tensor tril_indices(long row, long col, long offset = 0, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Triangle(row, col, offset, lower: true, dtype, device);

    /// <summary>The row and column numbers of an upper triangle: [2, n].</summary>
    public static Tensor triu_indices(long row, long col, long offset = 0, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Triangle(row, col, offset, lower: false, dtype, device);

    private static Tensor Triangle(long rows, long columns, long offset, bool lower, ScalarType dtype, Device? device)
    {
        device = InitializeDevice(device);
        return Tensor.Create(Native.tril_indices(rows, columns, offset, lower, (int)dtype, (int)device.type, device.index));
    }
}
