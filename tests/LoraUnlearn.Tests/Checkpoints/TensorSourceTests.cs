using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Checkpoints;

public sealed class TensorSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ShardsAreReadThroughTheirIndex()
    {
        WriteShard("model-00001-of-00002.safetensors", "a", 7);
        WriteShard("model-00002-of-00002.safetensors", "b", 9);
        WriteIndex("""{"metadata":{"total_size":2},"weight_map":{"b":"model-00002-of-00002.safetensors","a":"model-00001-of-00002.safetensors"}}""");

        using TensorSource source = TensorSource.Open(_folder.Path);

        Assert.Equal(["a", "b"], source.Entries.Keys.Order());
        Assert.True(source.Contains("a"));
        Assert.False(source.Contains("c"));
        Assert.Equal([_folder["model-00001-of-00002.safetensors"], _folder["model-00002-of-00002.safetensors"]], source.Files);
        using Tensor a = source.Read("a");
        using Tensor b = source.Read("b");
        Assert.Equal((7, 9), (a.item<byte>(), b.item<byte>()));
    }

    [Fact]
    public void OneFileGoesBeforeAnIndex()
    {
        WriteShard("model.safetensors", "whole", 1);
        WriteIndex("""{"weight_map":{"a":"absent.safetensors"}}""");
        using TensorSource source = TensorSource.Open(_folder.Path);
        Assert.True(source.Contains("whole"));
    }

    [Fact]
    public void ASingleFileOfAnotherNameIsTaken()
    {
        WriteShard("weights.safetensors", "a", 1);
        using TensorSource source = TensorSource.Open(_folder.Path);
        Assert.Equal(_folder["weights.safetensors"], source.Path);
    }

    [Fact]
    public void SeveralFilesWithoutAnIndexAreRefused()
    {
        WriteShard("1.safetensors", "a", 1);
        WriteShard("2.safetensors", "b", 1);
        Assert.Contains("found 2 safetensors files but neither model.safetensors nor model.safetensors.index.json", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingTensorListsNearNames()
    {
        WriteShard("model.safetensors", "model.norm.weight", 1);
        using TensorSource source = TensorSource.Open(_folder.Path);
        string message = Assert.Throws<InputException>(() => source.Read("norm.weight")).Message;
        Assert.EndsWith(
            "the tensor 'norm.weight' is missing: found 1 others. Near names: 'model.norm.weight'.", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{}""", "'weight_map' is missing or is not an object")]
    [InlineData("""{"weight_map":[]}""", "'weight_map' is missing or is not an object")]
    [InlineData("""{"weight_map":{}}""", "'weight_map' names 0 files, expected 1 to 10000")]
    [InlineData("""{"weight_map":{"a":1}}""", "weight_map 'a': found the number 1, expected the name of a .safetensors file in the same folder")]
    [InlineData("""{"weight_map":{"a":"../m.safetensors"}}""", "weight_map 'a': found the string \"../m.safetensors\"")]
    [InlineData("""{"weight_map":{"a":"/etc/m.safetensors"}}""", "expected the name of a .safetensors file in the same folder")]
    [InlineData("""{"weight_map":{"a":"m.bin"}}""", "expected the name of a .safetensors file in the same folder")]
    [InlineData("""{"weight_map":{"a":"m.safetensors","a":"m.safetensors"}}""", "line 1: the key 'a' appears twice")]
    [InlineData("""{"weight_map":{"a":"m.safetensors","b":"n.safetensors","c":"o.safetensors"}}""", "2 of 3 weight files are missing: n.safetensors and 1 more")]
    [InlineData("""{"weight_map":{"a":"m.safetensors","b":"m.safetensors"}}""", "the tensor 'b' should be in m.safetensors, but is not")]
    public void ABrokenIndexIsNamed(string index, string expected)
    {
        WriteShard("m.safetensors", "a", 1);
        WriteIndex(index);
        string message = Refused();
        Assert.StartsWith(_folder["model.safetensors.index.json"], message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void ABrokenShardIsNamed()
    {
        _folder.Write("m.safetensors", "x");
        WriteIndex("""{"weight_map":{"a":"m.safetensors"}}""");
        Assert.StartsWith($"{_folder["m.safetensors"]}: found 1 bytes", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void APickleIsRefusedByName()
    {
        string path = _folder.Write("adapter_model.bin", "x");
        string message = Assert.Throws<InputException>(() => TensorSource.Open(path)).Message;
        Assert.Contains("safe_serialization=True", message, StringComparison.Ordinal);
    }

    private void WriteIndex(string json) => _folder.Write("model.safetensors.index.json", json);

    private void WriteShard(string file, string tensor, byte value) => _folder.Write(
        file, SafetensorsBytes.File($$$"""{"{{{tensor}}}":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", value));

    private string Refused() => Assert.Throws<InputException>(() => TensorSource.Open(_folder.Path)).Message;
}
