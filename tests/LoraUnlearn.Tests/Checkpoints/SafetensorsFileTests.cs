using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Checkpoints;

/// <summary>Reading tensors: literal bytes to literal values, in every type, mapped and copied.</summary>
public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Type, bytes, expected tensor type, expected values.</summary>
    public static TheoryData<string, byte[], ScalarType, double[]> StoredValues => new()
    {
        { "F64", [0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0], ScalarType.Float64, [1.5, -2] },
        { "F32", [0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0], ScalarType.Float32, [1.5, -2] },
        { "F16", [0, 0x3E, 0, 0xC0], ScalarType.Float16, [1.5, -2] },
        { "BF16", [0xC0, 0x3F, 0, 0xC0], ScalarType.BFloat16, [1.5, -2] },
        { "I64", [1, 0, 0, 0, 1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], ScalarType.Int64, [4294967297, -2] },
        { "I32", [1, 0, 1, 0, 0xFE, 0xFF, 0xFF, 0xFF], ScalarType.Int32, [65537, -2] },
        { "I16", [1, 1, 0xFE, 0xFF], ScalarType.Int16, [257, -2] },
        { "I8", [127, 0xFE], ScalarType.Int8, [127, -2] },
        { "U8", [127, 0xFE], ScalarType.Byte, [127, 254] },
        { "BOOL", [0, 1], ScalarType.Bool, [0, 1] },
        { "BOOL", [0, 7], ScalarType.Bool, [0, 1] },
        { "U16", [1, 0, 0xFF, 0xFF], ScalarType.Int32, [1, 65535] },
        { "U32", [1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], ScalarType.Int64, [1, 4294967295] },
        { "U64", [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0], ScalarType.Int64, [1, 4294967296] },

        // E4M3: 0x38 = 1, 0x7E = 448 (the largest), 0x01 = 2^-9 (the smallest), 0xB8 = -1.
        { "F8_E4M3", [0x38, 0x7E, 0x01, 0xB8, 0x00], ScalarType.Float32, [1, 448, 0.001953125, -1, 0] },

        // E5M2: 0x3C = 1, 0x7B = 57344 (the largest), 0x01 = 2^-16 (the smallest).
        { "F8_E5M2", [0x3C, 0x7B, 0x01], ScalarType.Float32, [1, 57344, 0.0000152587890625] },
    };

    [Theory]
    [MemberData(nameof(StoredValues))]
    public void StoredBytesGiveTheirValues(string dtype, byte[] stored, ScalarType type, double[] expected)
    {
        foreach (int shift in new[] { 0, 1 })
        {
            // With a shift of 1 no element of several bytes is aligned, so that it is copied and not mapped.
            byte[] content = SafetensorsBytes.OneTensor(dtype, $"[1,{expected.Length}]", stored, shift);
            using SafetensorsFile file = SafetensorsFile.Open(_folder.Write($"{shift}.safetensors", content));
            using Tensor x = file.Read("x");
            Assert.Equal(type, x.dtype);
            Assert.Equal(type, file.Entries["x"].ScalarType);
            Assert.Equal([1, expected.Length], x.shape);
            Assert.Equal(expected, Values(x));
        }
    }

    [Theory]
    [InlineData("F32", "[]", 4)]
    [InlineData("F32", "[0]", 0)]
    [InlineData("BF16", "[3,0,2]", 0)]
    [InlineData("F8_E4M3", "[0,2]", 0)]
    [InlineData("U8", "[2,1,3]", 6)]
    public void ShapesAreKept(string dtype, string shape, int byteCount)
    {
        using SafetensorsFile file = SafetensorsFile.Open(
            _folder.Write("x.safetensors", SafetensorsBytes.OneTensor(dtype, shape, new byte[byteCount])));
        using Tensor x = file.Read("x");
        Assert.Equal(shape, $"[{string.Join(",", x.shape)}]");
    }

    [Fact]
    public void AValueTooLargeForInt64IsAnError()
    {
        byte[] content = SafetensorsBytes.OneTensor("U64", "[1]", [0, 0, 0, 0, 0, 0, 0, 0x80]);
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Write("x.safetensors", content));
        InputException error = Assert.Throws<InputException>(() => file.Read("x"));
        Assert.Contains("tensor 'x': a U64 value is 9223372036854775808 or more", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WritingToATensorChangesNeitherTheFileNorLaterCopies()
    {
        byte[] content = SafetensorsBytes.OneTensor("F32", "[1]", [0, 0, 0xC0, 0x3F]);
        string path = _folder.Write("x.safetensors", content);
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            using Tensor x = file.Read("x");
            x.zero_();
        }

        Assert.Equal(content, File.ReadAllBytes(path));
    }

    [Fact]
    public void ATensorOutlivesItsFileAndADisposeScope()
    {
        byte[] content = SafetensorsBytes.OneTensor("F32", "[2]", [0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0]);
        string path = _folder.Write("x.safetensors", content);
        Tensor first;
        Tensor second;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            using (NewDisposeScope())
            {
                first = file.Read("x").MoveToOuterDisposeScope();
            }

            second = file.Read("x");
        }

        using (first)
        using (second)
        {
            Assert.Equal([1.5, -2], Values(first));
            Assert.Equal([1.5, -2], Values(second));
        }
    }

    [Fact]
    public void AMissingNameListsNearOnes()
    {
        string header = """{"layers.0.up.weight":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"norm":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""";
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Write("x.safetensors", SafetensorsBytes.File(header, 1, 2)));
        string message = Assert.Throws<InputException>(() => file.Read("layers.0.up_weight")).Message;
        Assert.EndsWith("there is no tensor 'layers.0.up_weight'. Near names: 'layers.0.up.weight', 'norm'.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileOfFourGigabytesIsMapped()
    {
        using SafetensorsFile file = SafetensorsFile.Open(WriteWithHole(rows: 32768));
        using Tensor hole = file.Read("hole");
        using Tensor end = file.Read("end");
        using Tensor corner = hole[32767, 32767];
        Assert.Equal([32768, 32768], hole.shape);
        Assert.Equal(0, corner.item<float>());
        Assert.Equal([1.5, -2], Values(end));
    }

    [Fact]
    public void AFileTooLargeForTheSystemToMapIsReadTensorByTensor()
    {
        // 1 TiB: more than the memory of the machine, for which a private map is refused.
        using SafetensorsFile file = SafetensorsFile.Open(WriteWithHole(rows: 8388608));
        using Tensor end = file.Read("end");
        Assert.Equal([1.5, -2], Values(end));
    }

    /// <summary>A float32 tensor "hole" [rows, 32768] that is a hole in the file, and behind it "end" with the values 1.5 and -2.</summary>
    private string WriteWithHole(long rows)
    {
        long size = rows * 32768 * 4;
        string header = $$$"""{"hole":{"dtype":"F32","shape":[{{{rows}}},32768],"data_offsets":[0,{{{size}}}]},"end":{"dtype":"F32","shape":[2],"data_offsets":[{{{size}}},{{{size + 8}}}]}}""";
        header += new string(' ', 8 - (header.Length % 8));
        string path = _folder.Write("large.safetensors", SafetensorsBytes.File(header));
        using FileStream stream = File.OpenWrite(path);
        stream.Position = 8 + header.Length + size;
        stream.Write([0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0]);
        return path;
    }

    private static double[] Values(Tensor tensor)
    {
        using Tensor values = tensor.to_type(ScalarType.Float64).flatten();
        return values.data<double>().ToArray();
    }
}
