using System.Runtime.InteropServices;
using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Finetuning;

/// <summary>A trained weight on its way into a file: float32 values of the parameter vector, rounded once to the type that is written.</summary>
internal sealed class TrainedTensor : StreamedTensor
{
    private const int PartElements = 1 << 17;

    private readonly Tensor _vector;
    private readonly long _start;
    private readonly ScalarType _target;

    /// <summary>Describes the weight.</summary>
    /// <param name="stored">The weight that it takes the place of.</param>
    /// <param name="vector">θ [p], float32, contiguous, on the CPU; stays the caller's.</param>
    /// <param name="start">Where its values begin.</param>
    /// <param name="target">The type to write.</param>
    public TrainedTensor(StoredTensor stored, Tensor vector, long start, ScalarType target)
        : base(stored.Entry.Name, SafetensorsDType.ToWrite(target), stored.Entry.Shape)
    {
        (_vector, _start, _target) = (vector, start, target);
    }

    /// <inheritdoc/>
    public override long PartSize => PartElements;

    /// <inheritdoc/>
    public override void Fill(long first, ArraySegment<byte> bytes)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor part = _vector.narrow(0, _start + first, bytes.Count / Type.Size);
        FloatingBytes.Narrow<float>(MemoryMarshal.Cast<byte, float>(part.bytes), _target, bytes);
        if (FiniteCheck.Find(bytes, Type.Name) >= 0)
        {
            throw new WorkFailedException($"{Name}: a trained value does not fit {_target}; write the model with --out-dtype float32, or train with a lower --learning-rate.");
        }
    }
}
