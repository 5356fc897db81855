using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Models.Families;

/// <summary>
/// The tensors of a small model of each family, and the modules that an adapter sits on, against approved text: a
/// configuration, the names that transformers stores with their shapes, and the module names that PEFT uses.
/// </summary>
public class TensorListingTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "LoraUnlearn.Tests", "Models", "Families", "Approved");

    public static TheoryData<string> Listings => [.. Directory.GetFiles(Folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Listings))]
    public void TensorsAndAdapterTargets(string file)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Folder, file));
        int adapted = Array.IndexOf(lines, "adapted:");
        DecoderSpec spec = ModelFamilies.Describe(ModelConfig.Parse(lines[0], file));
        Assert.Equal(lines[2..(adapted - 1)], DecoderTensors.Of(spec).Select(tensor => tensor.ToString()));
        using Decoder decoder = Decoder.Build(spec, new PlainCheckpoint(spec), CPU, ScalarType.Float32);
        Assert.Equal(lines[(adapted + 1)..], decoder.Maps.Select(map => map.Name));
        Assert.All(decoder.Maps, map => Assert.Equal(spec.Family == "gpt2", map.IsTransposed));
    }

    [Fact]
    public void EveryFamilyHasAListing()
    {
        IEnumerable<string> listed = Directory.GetFiles(Folder).Select(file => ModelConfig.Parse(File.ReadLines(file).First(), file).ModelType).Distinct();
        Assert.Equal(ModelFamilies.All.SelectMany(family => family.ModelTypes).Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }
}
