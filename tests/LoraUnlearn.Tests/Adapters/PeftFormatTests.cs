using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Checkpoints;
using LoraUnlearn.Tests.Models.Families;
using LoraUnlearn.Tests.Support;
using TorchSharp;
using Xunit.Sdk;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

/// <summary>Whatever form an adapter is written in, the folder has exactly PEFT's keys, types, shapes and metadata.</summary>
public sealed class PeftFormatTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string> Families => FixtureModel.Families;

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void EveryFormOfEveryFamily(string family)
    {
        using FixtureModel fixture = new(family);
        PeftFormat.Require(fixture.AdapterFolder, MapsOf(fixture.Decoder), "F32"); // what PEFT itself wrote passes
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        WriteForms(fixture.Decoder, adapter.Factors);
    }

    [Fact]
    public void WeightsOfConv1DAreSaidToBeTurned()
    {
        DecoderSpec spec = ModelFamilies.Describe(ModelConfig.Parse("""{"model_type":"gpt2","vocab_size":11,"n_embd":12,"n_layer":2,"n_head":3,"n_positions":9}""", "config.json"));
        using Decoder decoder = Decoder.Build(spec, new PlainCheckpoint(spec), CPU, ScalarType.Float32);
        using AdapterFactors factors = Random(decoder.Maps);
        WriteForms(decoder, factors);
    }

    [Fact]
    public void SomeMapsAlone()
    {
        using FixtureModel fixture = new();
        using AdapterFactors one = Random([fixture.Decoder.Maps[1], fixture.Decoder.Maps[8]]);
        Write(fixture.Decoder, one, ScalarType.Float32, "F32");
        using AdapterFactors queries = Random([.. fixture.Decoder.Maps.Where(map => map.Name.EndsWith("q_proj", StringComparison.Ordinal))]);
        Write(fixture.Decoder, queries, ScalarType.Float32, "F32");
    }

    [Fact]
    public void CheckerSeesWhatIsWrong()
    {
        using FixtureModel fixture = new();
        IReadOnlyDictionary<string, (long, long)> maps = MapsOf(fixture.Decoder);
        foreach ((string from, string to) in new[]
        {
            ("\"r\": 4", "\"r\": 5"), ("\"lora_dropout\": 0.0", "\"lora_dropout\": null"), ("\"revision\": null,", ""), ("\"q_proj\",", ""),
            ("\"use_rslora\": false", "\"use_rslora\": \"false\""), ("\"rank_pattern\": {}", "\"rank_pattern\": {\"other\": 2}"), ("\"fan_in_fan_out\": false", "\"fan_in_fan_out\": true"),
        })
        {
            string config = File.ReadAllText(Path.Combine(fixture.AdapterFolder, "adapter_config.json"));
            Assert.Contains(from, config, StringComparison.Ordinal);
            _folder.Write("adapter_config.json", config.Replace(from, to, StringComparison.Ordinal));
            File.Copy(Path.Combine(fixture.AdapterFolder, "adapter_model.safetensors"), _folder["adapter_model.safetensors"], overwrite: true);
            Assert.ThrowsAny<XunitException>(() => PeftFormat.Require(_folder.Path, maps, "F32"));
        }
    }

    private void WriteForms(Decoder decoder, AdapterFactors factors)
    {
        Write(decoder, factors, ScalarType.Float32, "F32");
        Write(decoder, factors, ScalarType.BFloat16, "BF16");
        Write(decoder, factors, ScalarType.Float16, "F16");
        using AdapterFactors lower = Recompression.ToRank(factors, 2).Factors;
        using AdapterFactors mixed = new(
            [.. factors.Modules.Zip(lower.Modules, (whole, half) => whole.Module.Contains("1.", StringComparison.Ordinal) ? half : whole).Select(module => module with { A = module.A.clone(), B = module.B.clone() })], "mixed");
        using AdapterFactors uniform = AdapterForms.WithOneRank(mixed), sum = AdapterComposition.Sum([new(factors), new(mixed, -0.5)]);
        Assert.Equal(2, mixed.Modules.Select(module => module.Rank).Distinct().Count()); // a rank_pattern
        Write(decoder, lower, ScalarType.Float32, "F32");
        Write(decoder, mixed, ScalarType.Float32, "F32");
        Write(decoder, uniform, ScalarType.Float16, "F16");
        Write(decoder, sum, ScalarType.Float32, "F32");
    }

    private void Write(Decoder decoder, AdapterFactors factors, ScalarType dtype, string name)
    {
        PeftAdapter.Write(_folder.Path, factors, PeftExport.For(decoder.Spec, factors, "some/base") with { Dtype = dtype });
        PeftFormat.Require(_folder.Path, MapsOf(decoder), name, decoder.Spec.TransposedWeights);
    }

    private static Dictionary<string, (long Output, long Input)> MapsOf(Decoder decoder) => decoder.Maps.ToDictionary(map => map.Name, map => (map.OutputWidth, map.InputWidth));

    private static AdapterFactors Random(IReadOnlyList<LinearMap> maps)
    {
        using Generator generator = new(3);
        return new AdapterFactors(
            [.. maps.Select(map => new ModuleFactors(map.Name, randn([4, map.InputWidth], ScalarType.Float32, generator: generator), randn([map.OutputWidth, 4], ScalarType.Float32, generator: generator), 2))], "made up");
    }
}
