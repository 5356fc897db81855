using TorchSharp.Interop;

namespace TorchSharp;

// randint: tensors filled with whole numbers drawn uniformly from [low, high).
public static partial class torch
{
    /// <summary>Whole numbers from [0, high).</summary>
    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        WholeNumbers(0, high, size, dtype, device, requires_grad, generator);

    /// <summary>Whole numbers from [low, high).</summary>
    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        WholeNumbers(low, high, size, dtype, device, requires_grad, generator);

    /// <summary>Whole numbers from [0, high).</summary>
    public static Tensor randint(long high, Size size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        WholeNumbers(0, high, size.Shape, dtype, device, requires_grad, generator);

    /// <summary>Whole numbers from [low, high).</summary>
    public static Tensor randint(long low, long high, Size size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        WholeNumbers(low, high, size.Shape, dtype, device, requires_grad, generator);

    /// <summary>Whole numbers from [0, high).</summary>
    public static Tensor randint(int high, int[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        WholeNumbers(0, high, new Size(size).Shape, dtype, device, requires_grad, generator);

    /// <summary>Whole numbers from [low, high).</summary>
    public static Tensor randint(int low, int high, int[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        WholeNumbers(low, high, new Size(size).Shape, dtype, device, requires_grad, generator);

    private static unsafe Tensor WholeNumbers(long low, long high, long[] size, ScalarType? dtype, Device? device, bool requiresGrad, Generator? generator)
    {
        device = InitializeDevice(device);
        fixed (long* pointer = size)
        {
            return Tensor.Create(
                Native.randint(
                    low, high, new Ints(pointer, size.Length), Generator.HandleOf(generator), (int)(dtype ?? ScalarType.Int64), (int)device.type, device.index, requiresGrad),
                generator);
        }
    }
}
