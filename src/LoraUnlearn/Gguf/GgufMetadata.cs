using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace LoraUnlearn.Gguf;

/// <summary>The keys and values at the start of a GGUF file, in the order in which they are added (ggml's docs/gguf.md, version 3).</summary>
public sealed class GgufMetadata
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);

    private enum ValueKind : uint
    {
        UInt32 = 4,
        Int32 = 5,
        Float32 = 6,
        Bool = 7,
        Text = 8,
        Array = 9,
    }

    /// <summary>How many keys there are.</summary>
    public int Count => _keys.Count;

    /// <summary>The pairs as they stand in the file.</summary>
    internal ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    /// <summary>Adds a text.</summary>
    /// <param name="key">Its key, in lowercase words between dots.</param>
    /// <param name="value">The text.</param>
    /// <exception cref="ArgumentException">The key is there already.</exception>
    public void Add(string key, string value)
    {
        Begin(key, ValueKind.Text);
        PutText(_bytes, value);
    }

    /// <summary>Adds a whole number, as the 32 unsigned bits in which llama.cpp reads sizes and token ids.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">From 0 up.</param>
    /// <exception cref="ArgumentException">The key is there already.</exception>
    /// <exception cref="OverflowException">The value does not fit.</exception>
    public void Add(string key, long value)
    {
        Begin(key, ValueKind.UInt32);
        PutUInt32(checked((uint)value));
    }

    /// <summary>Adds a number, as float32.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">The number.</param>
    /// <exception cref="ArgumentException">The key is there already.</exception>
    public void Add(string key, float value)
    {
        Begin(key, ValueKind.Float32);
        BinaryPrimitives.WriteSingleLittleEndian(_bytes.GetSpan(4), value);
        _bytes.Advance(4);
    }

    /// <summary>Adds true or false.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The key is there already.</exception>
    public void Add(string key, bool value)
    {
        Begin(key, ValueKind.Bool);
        _bytes.Write([value ? (byte)1 : (byte)0]);
    }

    /// <summary>Adds a list of texts.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="values">The texts.</param>
    /// <exception cref="ArgumentException">The key is there already.</exception>
    public void Add(string key, IReadOnlyList<string> values)
    {
        BeginArray(key, ValueKind.Text, values.Count);
        foreach (string value in values)
        {
            PutText(_bytes, value);
        }
    }

    /// <summary>Adds a list of numbers, as float32.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="values">The numbers.</param>
    /// <exception cref="ArgumentException">The key is there already.</exception>
    public void Add(string key, IReadOnlyList<float> values)
    {
        BeginArray(key, ValueKind.Float32, values.Count);
        foreach (float value in values)
        {
            BinaryPrimitives.WriteSingleLittleEndian(_bytes.GetSpan(4), value);
            _bytes.Advance(4);
        }
    }

    /// <summary>Adds a list of whole numbers, as int32.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="values">The numbers.</param>
    /// <exception cref="ArgumentException">The key is there already.</exception>
    public void Add(string key, IReadOnlyList<int> values)
    {
        BeginArray(key, ValueKind.Int32, values.Count);
        foreach (int value in values)
        {
            PutUInt32(unchecked((uint)value));
        }
    }

    /// <summary>Writes a text as the format has it: its length in bytes, then UTF-8.</summary>
    internal static void PutText(IBufferWriter<byte> bytes, string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.GetSpan(8), (ulong)length);
        bytes.Advance(8);
        Encoding.UTF8.GetBytes(text, bytes);
    }

    private void BeginArray(string key, ValueKind kind, int count)
    {
        Begin(key, ValueKind.Array);
        PutUInt32((uint)kind);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.GetSpan(8), (ulong)count);
        _bytes.Advance(8);
    }

    private void Begin(string key, ValueKind kind)
    {
        if (!_keys.Add(key))
        {
            throw new ArgumentException($"The key '{key}' is there already.", nameof(key));
        }

        PutText(_bytes, key);
        PutUInt32((uint)kind);
    }

    private void PutUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.GetSpan(4), value);
        _bytes.Advance(4);
    }
}
