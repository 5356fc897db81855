using System.Text;

namespace LoraUnlearn.Tests.Gguf;

/// <summary>Reads a small GGUF file as ggml's docs/gguf.md describes version 3, for comparison with what was meant.</summary>
internal sealed class GgufFile : IDisposable
{
    private readonly BinaryReader _reader;
    private readonly byte[] _bytes;

    public GgufFile(string path)
    {
        _bytes = File.ReadAllBytes(path);
        _reader = new BinaryReader(new MemoryStream(_bytes));
        Assert.Equal("GGUF", Encoding.ASCII.GetString(_reader.ReadBytes(4)));
        Assert.Equal(3u, _reader.ReadUInt32());
        ulong tensors = _reader.ReadUInt64(), keys = _reader.ReadUInt64();
        for (ulong key = 0; key < keys; key++)
        {
            string name = ReadText();
            Metadata.Add(name, ReadValue(_reader.ReadUInt32()));
            Order.Add(name);
        }

        List<(string Name, long[] Sizes, uint Type, long Offset)> infos = [];
        for (ulong tensor = 0; tensor < tensors; tensor++)
        {
            string name = ReadText();
            long[] sizes = [.. Enumerable.Range(0, (int)_reader.ReadUInt32()).Select(_ => (long)_reader.ReadUInt64())];
            infos.Add((name, sizes, _reader.ReadUInt32(), (long)_reader.ReadUInt64()));
        }

        long start = (_reader.BaseStream.Position + 31) / 32 * 32, end = start;
        foreach ((string name, long[] sizes, uint type, long offset) in infos)
        {
            Assert.Equal(0, offset % 32);
            Assert.Equal(end, start + offset); // one after the other, without gaps but for alignment
            long count = sizes.Aggregate(1L, (product, size) => product * size);
            int width = type == 0 ? 4 : 2;
            ReadOnlySpan<byte> data = _bytes.AsSpan((int)(start + offset), (int)(count * width));
            float[] values = new float[count];
            for (int index = 0; index < count; index++)
            {
                values[index] = type == 0 ? BitConverter.ToSingle(data[(index * 4)..]) : (float)BitConverter.ToHalf(data[(index * 2)..]);
            }

            Tensors.Add(name, (sizes, type, values));
            end = (start + offset + (count * width) + 31) / 32 * 32;
        }

        Assert.Equal(end, _bytes.Length);
    }

    public Dictionary<string, object> Metadata { get; } = new(StringComparer.Ordinal);

    public List<string> Order { get; } = [];

    /// <summary>By name: the sizes ne (fastest first), ggml's number of the type, the values.</summary>
    public Dictionary<string, (long[] Sizes, uint Type, float[] Values)> Tensors { get; } = new(StringComparer.Ordinal);

    public void Dispose() => _reader.Dispose();

    private string ReadText() => Encoding.UTF8.GetString(_reader.ReadBytes((int)_reader.ReadUInt64()));

    private object ReadValue(uint type) => type switch
    {
        4 => _reader.ReadUInt32(),
        5 => _reader.ReadInt32(),
        6 => _reader.ReadSingle(),
        7 => _reader.ReadByte() switch { 0 => false, 1 => true, byte other => throw new InvalidDataException($"a truth of {other}") },
        8 => ReadText(),
        9 => ReadArray(_reader.ReadUInt32(), (int)_reader.ReadUInt64()),
        _ => throw new InvalidDataException($"type {type}"),
    };

    private object[] ReadArray(uint type, int count) => [.. Enumerable.Range(0, count).Select(_ => ReadValue(type))];
}
