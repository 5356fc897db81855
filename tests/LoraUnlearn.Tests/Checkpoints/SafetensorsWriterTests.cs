using System.Text;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Checkpoints;

/// <summary>Writing: literal bytes, the reference implementation's files reproduced, and failures that leave nothing behind.</summary>
public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheBytesAreTheFormats()
    {
        using Tensor small = tensor(new float[] { 1.5f, -2f }).to_type(ScalarType.BFloat16);
        using Tensor large = tensor(new float[] { 1.5f });
        using Tensor ids = tensor(new long[] { 1, -2 });
        SafetensorsWriter.Write(
            _folder["x.safetensors"],
            new Dictionary<string, Tensor> { ["b"] = large, ["a"] = small, ["c"] = ids },
            new Dictionary<string, string> { ["z"] = "é\"", ["format"] = "pt" });

        string header = """{"__metadata__":{"format":"pt","z":"é\""},"c":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[1],"data_offsets":[16,20]},"a":{"dtype":"BF16","shape":[2],"data_offsets":[20,24]}}""";
        int padding = (8 - (Encoding.UTF8.GetByteCount(header) % 8)) % 8;
        byte[] expected = SafetensorsBytes.File(
            header + new string(' ', padding),
            1, 0, 0, 0, 0, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
            0, 0, 0xC0, 0x3F,
            0xC0, 0x3F, 0, 0xC0);
        Assert.Equal(expected, File.ReadAllBytes(_folder["x.safetensors"]));
    }

    [Theory]
    [InlineData(ScalarType.Bool, "BOOL", new byte[] { 1, 0 })]
    [InlineData(ScalarType.Byte, "U8", new byte[] { 2, 0 })]
    [InlineData(ScalarType.Int8, "I8", new byte[] { 2, 0 })]
    [InlineData(ScalarType.Int16, "I16", new byte[] { 2, 0, 0, 0 })]
    [InlineData(ScalarType.Int32, "I32", new byte[] { 2, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(ScalarType.Float16, "F16", new byte[] { 0, 0x40, 0, 0 })]
    [InlineData(ScalarType.Float64, "F64", new byte[] { 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0 })]
    public void EveryTypeIsWritten(ScalarType type, string name, byte[] expected)
    {
        using Tensor source = tensor(new float[] { 2, 0 }).to_type(type);
        SafetensorsWriter.Write(_folder["x.safetensors"], [new("x", source)]);
        byte[] content = File.ReadAllBytes(_folder["x.safetensors"]);
        Assert.Equal(expected, content[^expected.Length..]);
        using SafetensorsFile file = SafetensorsFile.Open(_folder["x.safetensors"]);
        Assert.Equal(name, file.Entries["x"].DType);
        using Tensor back = file.Read("x");
        using Tensor same = back.eq(source).all();
        Assert.True(same.item<bool>());
    }

    [SharedTheory("fixtures/models")]
    [InlineData("fixtures/models/llama-gqa/model.safetensors")]
    [InlineData("fixtures/models/llama-gqa/golden.safetensors")]
    [InlineData("models/tofu-llama-full/model.safetensors")]
    public void AFileOfTheReferenceImplementationIsReproducedByteForByte(string relative)
    {
        string original = Repository.InShared(relative);
        using SafetensorsFile file = SafetensorsFile.Open(original);
        SafetensorsWriter.Write(
            _folder["copy.safetensors"],
            file.Entries.Values.Select(entry => new TensorDeclaration(entry.Name, entry.ScalarType, entry.Shape)),
            file.Read,
            file.Metadata);
        Assert.Equal(File.ReadAllBytes(original), File.ReadAllBytes(_folder["copy.safetensors"]));
    }

    [Fact]
    public void ANonContiguousTensorThatRequiresGradientIsWrittenInRowMajorOrder()
    {
        using Tensor values = tensor(new float[] { 1, 2, 3, 4, 5, 6 }).requires_grad_();
        using Tensor transposed = values.view(2, 3).t();
        SafetensorsWriter.Write(_folder["x.safetensors"], [new("x", transposed)]);
        using SafetensorsFile file = SafetensorsFile.Open(_folder["x.safetensors"]);
        using Tensor back = file.Read("x");
        Assert.Equal([3, 2], back.shape);
        Assert.Equal([1f, 4f, 2f, 5f, 3f, 6f], back.flatten().data<float>().ToArray());
    }

    [Fact]
    public void ATensorLongerThanAChunkIsWhole()
    {
        const int Count = (1 << 24) + 5;
        using Tensor source = arange(0, Count, ScalarType.Int32);
        SafetensorsWriter.Write(_folder["x.safetensors"], [new("x", source)]);
        using FileStream stream = File.OpenRead(_folder["x.safetensors"]);
        byte[] bytes = new byte[4];
        foreach (int index in new[] { 0, (1 << 24) - 1, 1 << 24, Count - 1 })
        {
            stream.Position = stream.Length - (4L * (Count - index));
            stream.ReadExactly(bytes);
            Assert.Equal(index, BitConverter.ToInt32(bytes));
        }
    }

    [Fact]
    public void StreamedTensorsAreMadeOneAtATimeAndDisposed()
    {
        List<string> order = [];
        List<Tensor> made = [];
        TensorDeclaration[] declarations =
        [
            new("b", ScalarType.Float16, [2]), new("z", ScalarType.Float32, []), new("a", ScalarType.Float32, [3]),
        ];
        SafetensorsWriter.Write(_folder["x.safetensors"], declarations, name =>
        {
            Assert.All(made, earlier => Assert.True(earlier.IsInvalid));
            order.Add(name);
            TensorDeclaration declaration = declarations.Single(item => item.Name == name);
            Tensor values = ones(declaration.Shape, declaration.DType);
            made.Add(values);
            return values;
        });

        Assert.Equal(["a", "z", "b"], order);
        Assert.All(made, values => Assert.True(values.IsInvalid));
        using SafetensorsFile file = SafetensorsFile.Open(_folder["x.safetensors"]);
        Assert.Equal(3, file.Entries.Count);
    }

    [Fact]
    public void AFailureInTheMiddleLeavesTheOldFileAndNothingElse()
    {
        string path = _folder.Write("x.safetensors", "old");
        TensorDeclaration[] declarations = [new("a", ScalarType.Float32, [3]), new("b", ScalarType.Float32, [3])];
        Assert.Throws<TimeZoneNotFoundException>(() => SafetensorsWriter.Write(
            path, declarations, name => name == "a" ? ones([3]) : throw new TimeZoneNotFoundException()));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal(["x.safetensors"], _folder.FileNames);
    }

    [Fact]
    public void ATensorThatIsNotAsDeclaredIsAnError()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(
            _folder["x.safetensors"], [new TensorDeclaration("a", ScalarType.Float32, [3])], _ => ones([2])));
        Assert.Equal("Tensor 'a' is Float32 [2], but was declared as Float32 [3].", error.Message);
        Assert.Empty(_folder.FileNames);
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "__metadata__")]
    public void ANameThatIsTakenIsAnError(string first, string second)
    {
        TensorDeclaration[] declarations = [new(first, ScalarType.Float32, [0]), new(second, ScalarType.Float32, [0])];
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(_folder["x.safetensors"], declarations, _ => zeros([0])));
    }
}
