using System.Globalization;
using System.Text;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Gguf;

/// <summary>A tensor of a GGUF file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">ggml's name of its type, such as F16 or Q4_K; <c>type N</c> where the number is not known.</param>
/// <param name="Shape">Its sizes, the slowest first, as in a safetensors file; ggml's <c>ne</c> turned round.</param>
public sealed record GgufTensor(string Name, string Type, IReadOnlyList<long> Shape)
{
    /// <summary>Elements, the product of the sizes.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));
}

/// <summary>
/// The keys and tensors at the start of a GGUF file of version 2 or 3 (ggml's docs/gguf.md). Every length is checked against the file
/// before it is believed; of a list no more is kept than its length.
/// </summary>
/// <param name="Version">The format's version.</param>
/// <param name="Values">The keys in the order of the file: text, long, double or bool; of a list <c>N of KIND</c>.</param>
/// <param name="Tensors">The tensors in the order of the file.</param>
public sealed record GgufHeader(uint Version, IReadOnlyList<KeyValuePair<string, object>> Values, IReadOnlyList<GgufTensor> Tensors)
{
    private const int LongestText = 1 << 20;
    private const int LongestKey = 1 << 16;
    private const int MostSizes = 8;
    private const int DeepestList = 4;

    private static readonly string[] Kinds = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "bool", "text", "list", "uint64", "int64", "float64"];
    private static readonly int[] Sizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

    // By ggml's number (enum ggml_type); empty where a number is not, or no longer, in use.
    private static readonly string[] Types =
    [
        "F32", "F16", "Q4_0", "Q4_1", "", "", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K",
        "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "I8", "I16", "I32", "I64", "F64", "IQ1_M", "BF16",
        "", "", "", "TQ1_0", "TQ2_0", "", "", "", "MXFP4",
    ];

    /// <summary>The value of a key; null where there is none.</summary>
    /// <param name="key">The key.</param>
    public object? Find(string key) => Values.FirstOrDefault(pair => pair.Key == key).Value;

    /// <summary>Whether a file begins as GGUF files do.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static bool IsGguf(string path)
    {
        using FileStream stream = InputFile.Open(path);
        Span<byte> magic = stackalloc byte[4];
        return stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic.SequenceEqual("GGUF"u8);
    }

    /// <summary>Reads the start of a file; no tensor's data.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It cannot be read, or is no right GGUF file; the message says why.</exception>
    public static GgufHeader Read(string path)
    {
        using FileStream stream = InputFile.Open(path);
        using BinaryReader reader = new(stream);
        try
        {
            return new Reading(path, reader, stream.Length).Header();
        }
        catch (EndOfStreamException error)
        {
            throw new InputException($"{path}: the file ends within its header; it is truncated. Get it again.", error);
        }
        catch (IOException error)
        {
            throw new InputException($"{path}: cannot read the header: {FileFault.Reason(error)}.", error);
        }
    }

    private sealed class Reading(string path, BinaryReader reader, long length)
    {
        public GgufHeader Header()
        {
            if (!reader.ReadBytes(4).AsSpan().SequenceEqual("GGUF"u8))
            {
                throw Wrong("it does not begin with GGUF");
            }

            uint version = reader.ReadUInt32();
            if (version is not (2 or 3))
            {
                throw Wrong($"its version is {version}, and 2 and 3 are read");
            }

            ulong tensorCount = Counted(reader.ReadUInt64(), 24, "tensors"), keyCount = Counted(reader.ReadUInt64(), 13, "keys");
            List<KeyValuePair<string, object>> values = [];
            HashSet<string> keys = new(StringComparer.Ordinal);
            for (ulong number = 0; number < keyCount; number++)
            {
                string key = Text(LongestKey);
                values.Add(new(keys.Add(key) ? key : throw Wrong($"the key '{BoundedJson.Shorten(key)}' appears twice"), Value(reader.ReadUInt32(), 0)));
            }

            List<GgufTensor> tensors = [];
            for (ulong number = 0; number < tensorCount; number++)
            {
                tensors.Add(Tensor());
            }

            return new GgufHeader(version, values, tensors);
        }

        private GgufTensor Tensor()
        {
            string name = Text(LongestKey);
            uint sizes = reader.ReadUInt32();
            if (sizes > MostSizes)
            {
                throw Wrong($"the tensor '{BoundedJson.Shorten(name)}' has {sizes} sizes");
            }

            long[] shape = new long[sizes];
            Int128 count = 1;
            for (int place = shape.Length - 1; place >= 0; place--)
            {
                shape[place] = reader.ReadInt64();
                count *= shape[place];
                if (shape[place] < 0 || count > long.MaxValue)
                {
                    throw Wrong($"the tensor '{BoundedJson.Shorten(name)}' has an impossible size");
                }
            }

            uint type = reader.ReadUInt32();
            ulong offset = reader.ReadUInt64();
            return offset <= (ulong)length
                ? new GgufTensor(name, type < Types.Length && Types[type].Length > 0 ? Types[type] : string.Create(CultureInfo.InvariantCulture, $"type {type}"), shape)
                : throw Wrong($"the tensor '{BoundedJson.Shorten(name)}' begins after the file's end");
        }

        private object Value(uint kind, int depth) => kind switch
        {
            0 => (long)reader.ReadByte(),
            1 => (long)reader.ReadSByte(),
            2 => (long)reader.ReadUInt16(),
            3 => (long)reader.ReadInt16(),
            4 => (long)reader.ReadUInt32(),
            5 => (long)reader.ReadInt32(),
            6 => (double)reader.ReadSingle(),
            7 => reader.ReadByte() != 0,
            8 => Text(LongestText),
            9 when depth < DeepestList => List(depth),
            10 => reader.ReadUInt64() is var number && number <= long.MaxValue ? (long)number : (double)number,
            11 => reader.ReadInt64(),
            12 => reader.ReadDouble(),
            _ => throw Wrong($"a value is of kind {kind}"),
        };

        private string List(int depth)
        {
            uint kind = reader.ReadUInt32();
            if (kind >= Kinds.Length)
            {
                throw Wrong($"a list is of kind {kind}");
            }

            int size = Sizes[kind];
            ulong count = Counted(reader.ReadUInt64(), size > 0 ? size : 8, "elements");
            if (size > 0)
            {
                reader.BaseStream.Seek((long)count * size, SeekOrigin.Current);
            }
            else
            {
                for (ulong number = 0; number < count; number++)
                {
                    if (kind == 8)
                    {
                        reader.BaseStream.Seek((long)Counted(reader.ReadUInt64(), 1, "bytes"), SeekOrigin.Current);
                    }
                    else
                    {
                        Value(kind, depth + 1);
                    }
                }
            }

            return string.Create(CultureInfo.InvariantCulture, $"{count} of {Kinds[kind]}");
        }

        private string Text(int longest)
        {
            ulong bytes = Counted(reader.ReadUInt64(), 1, "bytes");
            return bytes <= (ulong)longest
                ? Encoding.UTF8.GetString(reader.ReadBytes((int)bytes) is var read && read.Length == (int)bytes ? read : throw new EndOfStreamException())
                : throw Wrong($"a text has {bytes} bytes, more than {longest}");
        }

        // So many things of at least so many bytes have room in what is left of the file.
        private ulong Counted(ulong count, int size, string what) => count <= (ulong)Math.Max(0, length - reader.BaseStream.Position) / (ulong)size
            ? count
            : throw Wrong($"it claims {count} {what}, more than it has room for");

        private InputException Wrong(string what) => new($"{path}: this is no right GGUF file: {what}. It is damaged, or something else; get it again.");
    }
}
