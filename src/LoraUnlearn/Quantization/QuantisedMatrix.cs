using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Quantization;

/// <summary>
/// A frozen weight [o,i] in a few bits an entry. It is made into floating-point numbers whenever it is multiplied with, and forgotten
/// again: what stays in memory are the bits.
/// </summary>
public abstract class QuantisedMatrix : IDisposable
{
    private readonly Tensor[] _parts;

    /// <summary>Takes the tensors over.</summary>
    /// <param name="rows">Output width o.</param>
    /// <param name="columns">Input width i.</param>
    /// <param name="parts">Every tensor of the storage, on one device.</param>
    private protected QuantisedMatrix(long rows, long columns, params Tensor[] parts)
    {
        (Rows, Columns, _parts) = (rows, columns, parts);
        foreach (Tensor part in parts)
        {
            part.DetachFromDisposeScope();
        }
    }

    /// <summary>The name of the format: <c>nf4</c>, <c>int8</c>, …</summary>
    public abstract string Format { get; }

    /// <summary>Output width o.</summary>
    public long Rows { get; }

    /// <summary>Input width i.</summary>
    public long Columns { get; }

    /// <summary>Bytes that the storage takes.</summary>
    public long ByteCount => _parts.Sum(part => part.NumberOfElements * part.ElementSize);

    /// <summary>Where the storage lies, and where it is dequantised.</summary>
    public Device Device => _parts[0].device;

    /// <summary>The weight: each entry computed in float32 from its definition and rounded once.</summary>
    /// <param name="dtype">A floating-point type.</param>
    /// <returns>W [o,i], in the caller's dispose scope; contiguous, or its transpose is.</returns>
    public Tensor Dequantise(ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        return DequantiseInto(empty([Rows * Columns], dtype, Device)).MoveToOuterDisposeScope();
    }

    /// <summary>The same into room that is there.</summary>
    /// <param name="flat">[oi], contiguous, of a floating-point type, on this device; all of it is overwritten.</param>
    /// <returns>W [o,i], a view of <paramref name="flat"/> in the caller's dispose scope.</returns>
    internal abstract Tensor DequantiseInto(Tensor flat);

    /// <summary>The same matrix on another device; this one is used up.</summary>
    /// <param name="device">The device.</param>
    public QuantisedMatrix MovedTo(Device device)
    {
        if (Device.type == device.type && (device.index < 0 || Device.index == device.index))
        {
            return this;
        }

        QuantisedMatrix moved = With([.. _parts.Select(part => part.to(device))]);
        Dispose();
        return moved;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor part in _parts)
        {
            part.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>A matrix of the same kind with other tensors, in the order of the constructor.</summary>
    private protected abstract QuantisedMatrix With(Tensor[] parts);
}
