using System.Buffers;
using System.Numerics;
using static TorchSharp.torch;

namespace LoraUnlearn.Checkpoints;

/// <summary>A tensor that is made while it is written, in parts that a processor's cache holds, several at once.</summary>
internal abstract class StreamedTensor
{
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

    /// <summary>Elements of a part; the last may have fewer.</summary>
    public abstract long PartSize { get; }

    /// <summary>Makes a part; called from several threads.</summary>
    /// <param name="first">Its first element, row-major: a multiple of <see cref="PartSize"/>.</param>
    /// <param name="bytes">Room for its elements; all of it is filled.</param>
    public abstract void Fill(long first, ArraySegment<byte> bytes);

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
}

/// <summary>A tensor of another file as it is there, byte for byte.</summary>
internal sealed class CopiedTensor : StreamedTensor
{
    private const int PartBytes = 1 << 18;

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
    public override long PartSize => PartBytes / Type.Size;

    /// <inheritdoc/>
    public override void Fill(long first, ArraySegment<byte> bytes)
    {
        _stored.Read(first, bytes);
        _stored.RequireFinite(first, bytes);
    }
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
    public override long PartSize => PartElements;

    /// <inheritdoc/>
    public override void Fill(long first, ArraySegment<byte> bytes) => WithStored(_stored, first, bytes.Count / Type.Size, stored =>
    {
        _stored.RequireFinite(first, stored);
        if (_stored.Entry.ScalarType == ScalarType.Float64)
        {
            Convert<double>(stored, bytes, bytes.Count / Type.Size);
        }
        else
        {
            Convert<float>(stored, bytes, bytes.Count / Type.Size);
        }

        if (FiniteCheck.Find(bytes, Type.Name) >= 0)
        {
            throw new WorkFailedException($"{Name}: a value does not fit {_target}; write the model as bfloat16 or float32.");
        }
    });

    private void Convert<T>(ReadOnlySpan<byte> stored, Span<byte> part, int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] values = ArrayPool<T>.Shared.Rent(length);
        FloatingBytes.Widen(stored, _stored.Entry.ScalarType, values.AsSpan(0, length));
        FloatingBytes.Narrow<T>(values.AsSpan(0, length), _target, part);
        ArrayPool<T>.Shared.Return(values);
    }
}
