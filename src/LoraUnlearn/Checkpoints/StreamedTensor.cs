using System.Buffers;
using System.Numerics;
using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace LoraUnlearn.Checkpoints;

/// <summary>A tensor that is made while it is written, a few megabytes at a time.</summary>
internal abstract class StreamedTensor
{
    private const long ChunkElements = 1 << 21;

    /// <summary>Describes the tensor.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="type">Its stored type.</param>
    /// <param name="shape">Its sizes.</param>
    protected StreamedTensor(string name, SafetensorsDType type, long[] shape)
    {
        (Name, Type, Shape) = (name, type, shape);
        Count = shape.Aggregate(1L, (product, size) => checked(product * size));
    }

    /// <summary>Its name in the file.</summary>
    public string Name { get; }

    /// <summary>Its stored type.</summary>
    public SafetensorsDType Type { get; }

    /// <summary>Its sizes.</summary>
    public long[] Shape { get; }

    /// <summary>Its elements.</summary>
    public long Count { get; }

    /// <summary>Its bytes.</summary>
    public long ByteCount => Count * Type.Size;

    /// <summary>Elements that are made at once.</summary>
    public virtual long ChunkSize => ChunkElements;

    /// <summary>Makes some elements.</summary>
    /// <param name="first">The first, row-major.</param>
    /// <param name="bytes">Holds them at its beginning afterwards.</param>
    /// <param name="count">How many.</param>
    public abstract void Fill(long first, byte[] bytes, int count);

    /// <summary>Frees what making it took; it can be made again.</summary>
    public virtual void Release()
    {
    }

    /// <summary>Works with the bytes of a stored tensor in a buffer that is used again.</summary>
    protected static void WithStored(StoredTensor stored, long first, int count, Action<ArraySegment<byte>> work)
    {
        int length = count * stored.Entry.Type.Size;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            stored.Read(first, buffer.AsSpan(0, length));
            work(new ArraySegment<byte>(buffer, 0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Works on parts of a chunk on all cores; the first error of a part is thrown as it is.</summary>
    protected static void InParts(int count, int partSize, Action<int, int> work)
    {
        int parts = (count + partSize - 1) / partSize;
        try
        {
            Parallel.For(0, parts, part => work(part * partSize, Math.Min(partSize, count - (part * partSize))));
        }
        catch (AggregateException error)
        {
            ExceptionDispatchInfo.Capture(error.InnerExceptions[0]).Throw();
        }
    }
}

/// <summary>A tensor of another file as it is there, byte for byte.</summary>
internal sealed class CopiedTensor : StreamedTensor
{
    private const int PartElements = 1 << 18;

    private readonly StoredTensor _stored;

    /// <summary>Describes the copy.</summary>
    /// <param name="stored">The tensor.</param>
    /// <param name="name">Its name in the new file; the same unless given.</param>
    public CopiedTensor(StoredTensor stored, string? name = null)
        : base(name ?? stored.Entry.Name, stored.Entry.Type, stored.Entry.Shape)
    {
        _stored = stored;
    }

    /// <inheritdoc/>
    public override void Fill(long first, byte[] bytes, int count) => InParts(count, PartElements, (start, length) =>
    {
        Span<byte> part = bytes.AsSpan(start * Type.Size, length * Type.Size);
        _stored.Read(first + start, part);
        _stored.RequireFinite(first + start, part);
    });
}

/// <summary>A tensor of another file, rounded to another floating-point type.</summary>
internal sealed class ConvertedTensor : StreamedTensor
{
    private const int PartElements = 1 << 15;

    private readonly StoredTensor _stored;
    private readonly ScalarType _target;

    /// <summary>Describes the tensor.</summary>
    /// <param name="stored">The tensor, of a floating-point type.</param>
    /// <param name="target">The type to write.</param>
    /// <param name="name">Its name in the new file; the same unless given.</param>
    public ConvertedTensor(StoredTensor stored, ScalarType target, string? name = null)
        : base(name ?? stored.Entry.Name, SafetensorsDType.ToWrite(target), stored.Entry.Shape)
    {
        (_stored, _target) = (stored, target);
    }

    /// <inheritdoc/>
    public override void Fill(long first, byte[] bytes, int count) => InParts(count, PartElements, (start, length) =>
        WithStored(_stored, first + start, length, stored =>
        {
            _stored.RequireFinite(first + start, stored);
            Span<byte> part = bytes.AsSpan(start * Type.Size, length * Type.Size);
            if (_stored.Entry.ScalarType == ScalarType.Float64)
            {
                Convert<double>(stored, part, length);
            }
            else
            {
                Convert<float>(stored, part, length);
            }

            if (FiniteCheck.Find(part, Type.Name) >= 0)
            {
                throw new WorkFailedException($"{Name}: a value does not fit {_target}; write the model as bfloat16 or float32.");
            }
        }));

    private void Convert<T>(ReadOnlySpan<byte> stored, Span<byte> part, int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] values = ArrayPool<T>.Shared.Rent(length);
        FloatingBytes.Widen(stored, _stored.Entry.ScalarType, values.AsSpan(0, length));
        FloatingBytes.Narrow<T>(values.AsSpan(0, length), _target, part);
        ArrayPool<T>.Shared.Return(values);
    }
}
