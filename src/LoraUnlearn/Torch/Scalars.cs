using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Torch;

/// <summary>
/// Numbers as arguments of tensor operations. TorchSharp turns a number into a <see cref="Scalar"/> on libtorch's heap, and nothing refers to it
/// any more once its address is handed over: a garbage collection on another thread then frees it while libtorch reads it, which gives a
/// wrong number or a failed assertion. So every number is held here until its call is long over, and the operations in which TorchSharp
/// makes such a number of its own (a sum has a factor, a square an exponent, a range a step) are replaced by those below.
/// </summary>
internal static class Scalars
{
    /// <summary>A call takes three numbers at most, so that a thread's latest 64 hold those of the call it is in.</summary>
    private const int Kept = 64;

    [ThreadStatic]
    private static Scalar?[]? _latest;

    [ThreadStatic]
    private static int _next;

    /// <summary>The whole number 1: never freed.</summary>
    internal static readonly Scalar One = 1L.ToScalar();

    /// <summary>A number for the next tensor operation of this thread; not to be kept.</summary>
    /// <param name="value">The number.</param>
    internal static Scalar Held(double value) => Hold(value.ToScalar());

    /// <inheritdoc cref="Held(double)"/>
    internal static Scalar Held(long value) => Hold(value.ToScalar());

    /// <summary>left + right.</summary>
    /// <param name="left">Any shape that broadcasts.</param>
    /// <param name="right">Any shape that broadcasts.</param>
    internal static Tensor Plus(this Tensor left, Tensor right) => left.add(right, One);

    /// <summary>tensor + value.</summary>
    /// <param name="tensor">Any shape.</param>
    /// <param name="value">What is added to every entry.</param>
    internal static Tensor Plus(this Tensor tensor, double value) => tensor.add(Held(value), One);

    /// <summary>left += right.</summary>
    /// <param name="left">Changed.</param>
    /// <param name="right">Broadcasts to <paramref name="left"/>.</param>
    /// <returns><paramref name="left"/>.</returns>
    internal static Tensor Increase(this Tensor left, Tensor right) => left.add_(right, One);

    /// <summary>tensor += value.</summary>
    /// <param name="tensor">Changed.</param>
    /// <param name="value">What is added to every entry.</param>
    /// <returns><paramref name="tensor"/>.</returns>
    internal static Tensor Increase(this Tensor tensor, double value) => tensor.add_(Held(value), One);

    /// <summary>tensor², entry by entry.</summary>
    /// <param name="tensor">Any shape.</param>
    internal static Tensor Squared(this Tensor tensor) => tensor.pow(Held(2));

    /// <summary>start, start + 1, …, end − 1.</summary>
    /// <param name="start">The first.</param>
    /// <param name="end">One more than the last.</param>
    /// <param name="type">Type of the entries.</param>
    /// <param name="device">Where they lie; the CPU if not given.</param>
    /// <returns>[end − start].</returns>
    internal static Tensor Range(long start, long end, ScalarType type, Device? device = null) =>
        arange(Held(start), Held(end), One, type, device);

    /// <summary>The tensor's only entry, whatever its type.</summary>
    /// <param name="tensor">One entry.</param>
    internal static double Number(this Tensor tensor)
    {
        using Tensor number = tensor.to_type(ScalarType.Float64, copy: true);
        return number.item<double>();
    }

    private static Scalar Hold(Scalar scalar)
    {
        Scalar?[] latest = _latest ??= new Scalar?[Kept];
        latest[_next]?.Dispose();
        latest[_next] = scalar;
        _next = (_next + 1) % Kept;
        return scalar;
    }
}
