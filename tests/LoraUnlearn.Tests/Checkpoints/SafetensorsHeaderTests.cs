using System.Text;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Tests.Checkpoints;

/// <summary>Headers that lie: each is refused with a message that says what is wrong and where.</summary>
public sealed class SafetensorsHeaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AGoodHeaderGivesEntriesAndMetadata()
    {
        string header = """{"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[2,3],"data_offsets":[8,20]},"a":{"shape":[],"data_offsets":[0,8],"dtype":"I64"}}""";
        string path = _folder.Write("good.safetensors", SafetensorsBytes.File(header, new byte[20]));

        using SafetensorsFile file = SafetensorsFile.Open(path);

        Assert.Equal(path, file.Path);
        Assert.Equal(["a", "b"], file.Entries.Keys.Order());
        Assert.Equal("pt", file.Metadata["format"]);
        SafetensorsEntry b = file.Entries["b"];
        Assert.Equal(("b", "BF16", 8 + header.Length + 8L, 12L, 6L), (b.Name, b.DType, b.Offset, b.ByteCount, b.Count));
        Assert.Equal([2, 3], b.Shape);
        Assert.Empty(file.Entries["a"].Shape);
        Assert.Equal(1, file.Entries["a"].Count);
    }

    [Fact]
    public void AFileWithoutTensorsIsRight()
    {
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Write("none.safetensors", SafetensorsBytes.File("{}")));
        Assert.Empty(file.Entries);
        Assert.Empty(file.Metadata);
    }

    [Fact]
    public void TensorsOfNoBytesAreRightAnywhere()
    {
        string header = """{"e":{"dtype":"F32","shape":[0,7],"data_offsets":[4,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""";
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Write("zero.safetensors", SafetensorsBytes.File(header, new byte[4])));
        Assert.Equal(3, file.Entries.Count);
    }

    [Theory]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""", "not valid JSON")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x""", "not valid JSON")]
    [InlineData("""[1]""", "not a UTF-8 JSON object")]
    [InlineData("""{"x":3}""", "tensor 'x': found 3, expected an object with dtype, shape and data_offsets")]
    [InlineData("""{"x":{"dtype":"F7","shape":[2],"data_offsets":[0,8]}}""", "tensor 'x': unsupported dtype F7; expected one of BOOL, U8")]
    [InlineData("""{"x":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}""", "tensor 'x': dtype: found 7, expected a string")]
    [InlineData("""{"x":{"shape":[2],"data_offsets":[0,8]}}""", "tensor 'x': 'dtype' is missing")]
    [InlineData("""{"x":{"dtype":"F32","data_offsets":[0,8]}}""", "tensor 'x': 'shape' is missing")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2]}}""", "tensor 'x': 'data_offsets' is missing")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}""", "tensor 'x': 'shape' appears twice")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"strides":[1],"data_offsets":[0,8]}}""", "tensor 'x': 'strides' is not a key of the format")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "tensor 'x': shape: found -2, expected an array of integers, none negative")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}""", "tensor 'x': shape: found 2.0, expected")]
    [InlineData("""{"x":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", "tensor 'x': shape: found 2, expected")]
    [InlineData("""{"x":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}}""", "tensor 'x': shape: found an array, expected")]
    [InlineData("""{"x":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", "tensor 'x': shape: found 2, expected an array")]
    [InlineData("""{"x":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""", "tensor 'x': shape: found 99999999999999999999")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", "has more elements than can be addressed")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4294967296,0,4294967296],"data_offsets":[0,0]}}""", "has more elements than can be addressed")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "tensor 'x': found data_offsets [8, 0], expected [begin, end] with begin <= end")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[8]}}""", "tensor 'x': found data_offsets [8], expected [begin, end]")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4,8]}}""", "data_offsets: found more than 2 numbers")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[9223372036854775800,9223372036854775807]}}""", "tensor 'x': found data_offsets [9223372036854775800,")]
    [InlineData("""{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "tensor 'x': found 8 bytes in data_offsets, expected 12 for F32 [3]")]
    [InlineData("""{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "tensor 'x' ends at byte 75, but the file has 71. The file is truncated")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "found 70 bytes, expected 66 by the header: 4 bytes belong to no tensor")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "tensor 'x' leaves a gap of 4 bytes after the header")]
    [InlineData("""{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[5],"data_offsets":[3,8]}}""", "tensor 'y' leaves a gap of 1 bytes after tensor 'x'")]
    [InlineData("""{"x":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},"y":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", "tensor 'y' overlaps tensor 'x': found data begin 4, expected 5")]
    [InlineData("""{"x":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"x":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", "tensor 'x' appears twice in the header")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", "__metadata__ 'a' appears twice")]
    [InlineData("""{"__metadata__":{"a":1}}""", "__metadata__ 'a': found 1, expected a string")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", "'__metadata__' appears twice")]
    [InlineData("""{"__metadata__":"pt"}""", "__metadata__: found pt, expected an object of strings")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", "half of a surrogate pair")]
    [InlineData("""{"x":{"dtype":"\ud800","shape":[8],"data_offsets":[0,8]}}""", "half of a surrogate pair")]
    public void ALieIsNamed(string header, string expected)
    {
        string path = _folder.Write("bad.safetensors", SafetensorsBytes.File(header, new byte[8]));
        string message = Refused(path);
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0UL, "not a UTF-8 JSON object")]
    [InlineData(3UL, "the header claims 3 bytes, expected at most 2")]
    [InlineData(ulong.MaxValue, "the header claims 18446744073709551615 bytes, expected at most 2")]
    [InlineData(9223372036854775807UL, "the header claims 9223372036854775807 bytes")]
    public void ALyingLengthIsNamed(ulong claimed, string expected)
    {
        string path = _folder.Write("bad.safetensors", SafetensorsBytes.File(claimed, "{}"u8.ToArray(), []));
        Assert.Contains(expected, Refused(path), StringComparison.Ordinal);
    }

    [Fact]
    public void AHeaderOverTheFormatsLimitIsRefusedEvenWhereTheFileIsLargeEnough()
    {
        string path = _folder.Write("bad.safetensors", SafetensorsBytes.File(100_000_001, "{"u8.ToArray(), []));
        using (FileStream stream = File.OpenWrite(path))
        {
            stream.SetLength(300_000_000);
        }

        Assert.Contains("the header claims 100000001 bytes, expected at most 100000000", Refused(path), StringComparison.Ordinal);
    }

    [Fact]
    public void AShapeOfManyDimensionsIsRefused()
    {
        string shape = string.Join(",", Enumerable.Repeat("1", 65));
        string path = _folder.Write("bad.safetensors", SafetensorsBytes.OneTensor("U8", $"[{shape}]", new byte[1]));
        Assert.Contains("shape: found more than 64 numbers", Refused(path), StringComparison.Ordinal);
    }

    [Fact]
    public void DeepNestingIsRefused()
    {
        string path = _folder.Write("bad.safetensors", SafetensorsBytes.File("{\"x\":" + new string('[', 100_000)));
        Assert.Contains("tensor 'x': found an array, expected an object", Refused(path), StringComparison.Ordinal);
    }

    [Fact]
    public void ALongNameIsCutInTheMessage()
    {
        string header = "{\"" + new string('n', 1_000_000) + "\":3}";
        string message = Refused(_folder.Write("bad.safetensors", SafetensorsBytes.File(header)));
        Assert.InRange(message.Length, 1, 600);
    }

    [Fact]
    public void BytesThatAreNotUtf8AreRefused()
    {
        byte[] header = [.. "{\"x"u8, 0xFF, .. "\":1}"u8];
        string path = _folder.Write("bad.safetensors", SafetensorsBytes.File((ulong)header.Length, header, []));
        Assert.Contains("not a UTF-8 JSON object", Refused(path), StringComparison.Ordinal);
    }

    [Fact]
    public void EveryPrefixOfAGoodFileIsRefused()
    {
        byte[] whole = SafetensorsBytes.OneTensor("F32", "[2]", [0, 0, 128, 63, 0, 0, 0, 64]);
        for (int length = 0; length < whole.Length; length++)
        {
            Refused(_folder.Write("cut.safetensors", whole[..length]));
        }
    }

    [Fact]
    public void EveryDamagedHeaderByteIsRefusedOrRead()
    {
        byte[] whole = SafetensorsBytes.OneTensor("F32", "[2]", [0, 0, 128, 63, 0, 0, 0, 64]);
        int refused = 0;
        for (int index = 0; index < whole.Length - 8; index++)
        {
            byte[] damaged = [.. whole];
            damaged[index] ^= 0x55;
            try
            {
                SafetensorsFile.Open(_folder.Write("damaged.safetensors", damaged)).Dispose();
            }
            catch (InputException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, whole.Length / 2, whole.Length);
    }

    [Fact]
    public void ManyEntriesThatAllOverlapAreRefused()
    {
        StringBuilder header = new("{");
        for (int index = 0; index < 200_000; index++)
        {
            header.Append('"').Append(index).Append("\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]},");
        }

        header[^1] = '}';
        string path = _folder.Write("bad.safetensors", SafetensorsBytes.File(header.ToString(), new byte[8]));
        Assert.Contains("overlaps", Refused(path), StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingFileAndAFolderAreNamed()
    {
        Assert.Equal($"{_folder["none"]}: no such file.", Refused(_folder["none"]));
        Assert.Equal($"{_folder.Path}: found a folder, expected a file.", Refused(_folder.Path));
    }

    private static string Refused(string path) => Assert.Throws<InputException>(() => SafetensorsFile.Open(path)).Message;
}
