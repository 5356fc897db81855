using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Checkpoints;

/// <summary>A tensor that is made as a whole when it is written, and forgotten when it is.</summary>
internal sealed class MadeTensor : StreamedTensor
{
    private const int PartBytes = 1 << 20;

    private readonly Func<Tensor> _make;
    private readonly Action? _released;
    private readonly Lock _lock = new();
    private Tensor? _flat;

    /// <summary>Describes the tensor.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="type">Its type.</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="make">Makes it on the CPU, with as many entries; the result is taken over.</param>
    /// <param name="released">Told when it is written; or null.</param>
    public MadeTensor(string name, ScalarType type, long[] shape, Func<Tensor> make, Action? released = null)
        : base(name, SafetensorsDType.ToWrite(type), shape)
    {
        (_make, _released) = (make, released);
    }

    /// <inheritdoc/>
    public override long PartSize => PartBytes / Type.Size;

    /// <inheritdoc/>
    public override void Fill(long first, ArraySegment<byte> bytes)
    {
        lock (_lock)
        {
            _flat ??= Make();
        }

        using Tensor part = _flat.narrow(0, first, bytes.Count / Type.Size);
        part.bytes.CopyTo(bytes);
        if (FiniteCheck.Find(bytes, Type.Name) >= 0)
        {
            throw new WorkFailedException($"{Name}: a value does not fit {Type.Name}, the type that is written; choose a wider --dtype.");
        }
    }

    /// <inheritdoc/>
    public override void Release()
    {
        _flat?.Dispose();
        _flat = null;
        _released?.Invoke();
    }

    private Tensor Make()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        return _make().contiguous().view(-1).alias().DetachFromDisposeScope();
    }
}
