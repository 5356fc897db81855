using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

public sealed class PeftAdapterTests : IDisposable
{
    private const string Query = "model.layers.1.self_attn.q_proj";
    private const string Down = "model.layers.1.mlp.down_proj";

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Families => FixtureModel.Families;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AFolderReadAndWrittenIsWhatPeftWrote()
    {
        using FixtureModel fixture = new();
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        PeftAdapter.Write(_folder.Path, adapter.Factors, PeftExport.For(fixture.Decoder.Spec, adapter.Factors, string.Empty));
        JsonNode? expected = JsonNode.Parse(File.ReadAllText(Path.Combine(fixture.AdapterFolder, "adapter_config.json")));
        JsonNode? written = JsonNode.Parse(File.ReadAllText(_folder["adapter_config.json"]));
        Assert.Equal(expected!.ToJsonString(), written!.ToJsonString());
        Assert.Equal(File.ReadAllBytes(Path.Combine(fixture.AdapterFolder, "adapter_model.safetensors")), File.ReadAllBytes(_folder["adapter_model.safetensors"]));
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors"], _folder.FileNames);
    }

    [Fact]
    public void PartOfTheMapsGetsShortNamesOnlyWhereTheseSelectItExactly()
    {
        string[] all = ["model.layers.0.a.q", "model.layers.0.b.q", "model.layers.0.a.k", "model.layers.1.a.q", "model.layers.1.b.q", "model.layers.1.a.k"];
        Assert.Equal(["k"], PeftExport.ShortNames(["model.layers.0.a.k", "model.layers.1.a.k"], all));
        Assert.Null(PeftExport.ShortNames(["model.layers.0.a.k"], all));
        Assert.Null(PeftExport.ShortNames(["model.layers.0.a.q", "model.layers.1.a.q"], all));
        using AdapterFactors one = Factors((Query, 2, 1.0));
        PeftAdapter.Write(_folder.Path, one, new PeftExport());
        Assert.Equal([Query], PeftConfig.Read(_folder["adapter_config.json"]).TargetModules!);
    }

    [Fact]
    public void RanksAndScalesThatDifferGoIntoThePatterns()
    {
        using AdapterFactors factors = Factors((Query, 2, 1.5), (Down, 3, 0.7), ("model.layers.0.mlp.up_proj", 2, 1.5));
        PeftAdapter.Write(_folder.Path, factors, new PeftExport { BaseModel = "some/base" });
        JsonNode json = JsonNode.Parse(File.ReadAllText(_folder["adapter_config.json"]))!;
        Assert.Equal(2, (int)json["r"]!);
        Assert.Equal("3", json["lora_alpha"]!.ToJsonString());
        Assert.Equal("{\"" + Down + "\":3}", json["rank_pattern"]!.ToJsonString());
        Assert.Equal(2.1, (double)json["alpha_pattern"]![Down]!, 12);
        Assert.Equal("some/base", (string)json["base_model_name_or_path"]!);
        using PeftAdapter read = PeftAdapter.Read(_folder.Path);
        foreach (ModuleFactors module in factors.Modules)
        {
            ModuleFactors same = Assert.Single(read.Factors.Modules, other => other.Module == module.Module);
            Assert.Equal(module.Scale, same.Scale, 12);
            Assert.Equal(0, FixtureModel.Difference(module.A, same.A));
            Assert.Equal(0, FixtureModel.Difference(module.B, same.B));
        }
    }

    [Theory]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8}""", 2)]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"use_rslora":true}""", 4)]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"alpha_pattern":{"q_proj":2}}""", 0.5)]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"alpha_pattern":{"proj":2}}""", 2)]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"alpha_pattern":{"layers\\.[0-9]+\\.self_attn\\..*":6}}""", 1.5)]
    [InlineData("""{"peft_type":"LORA","r":4,"lora_alpha":8,"alpha_pattern":{"(?=q)q_proj":2}}""", 0.5)]
    [InlineData("""{"peft_type":"LORA","r":16,"lora_alpha":8,"rank_pattern":{"model.layers.1.self_attn.q_proj":4}}""", 2)]
    [InlineData("""{"peft_type":"LORA","r":16,"lora_alpha":8,"rank_pattern":{"q_proj":4},"alpha_pattern":{"self_attn.q_proj":6},"use_rslora":true}""", 3)]
    [InlineData("""{"peft_type":"lora","r":4.0,"lora_alpha":0.5,"init_lora_weights":"gaussian","target_modules":"all-linear","modules_to_save":[],"use_dora":false}""", 0.125)]
    public void TheScaleIsWhatPeftComputes(string config, double scale)
    {
        WriteAdapter(config, Query, 4);
        using PeftAdapter adapter = PeftAdapter.Read(_folder.Path);
        Assert.Equal(scale, Assert.Single(adapter.Factors.Modules).Scale, 12);
    }

    /// <summary>Each of these selects the module by the rules of peft.tuners.tuners_utils.check_target_module_exists.</summary>
    [Theory]
    [InlineData("\"target_modules\":\".*\\\\.(q|v)_proj\"")]
    [InlineData("\"target_modules\":\"^model\\\\.layers\\\\.\\\\d+\\\\.self_attn\\\\.(?P<part>q_proj|k_proj)$\"")]
    [InlineData("\"target_modules\":\"^(?!.*vision).*(?:q_proj|v_proj)$\"")]
    [InlineData("\"target_modules\":\"model.layers.1.self_attn.q|.*self_attn.q_proj\"")]
    [InlineData("\"target_modules\":\"all-linear\",\"exclude_modules\":[\"k_proj\"]")]
    [InlineData("\"target_modules\":[\"q_proj\"],\"layers_to_transform\":[1]")]
    [InlineData("\"target_modules\":[\"q_proj\"],\"layers_to_transform\":1,\"layers_pattern\":\"layers\"")]
    [InlineData("\"target_modules\":[\"q_proj\"],\"layers_to_transform\":[0,1],\"layers_pattern\":[\"h\",\"layers\"]")]
    [InlineData("\"target_modules\":[\"q_proj\"],\"layers_to_transform\":[]")]
    [InlineData("\"target_modules\":[\"model.layers.1.self_attn.q_proj\"],\"layers_to_transform\":[0]")] // a whole name counts in any layer
    [InlineData("\"layers_to_transform\":[1]")]
    public void WhatTheSelectionCoversIsRead(string selection)
    {
        WriteAdapter($$"""{"peft_type":"LORA","r":4,"lora_alpha":8,{{selection}}}""", Query, 4);
        using PeftAdapter adapter = PeftAdapter.Read(_folder.Path);
        Assert.Equal(Query, Assert.Single(adapter.Factors.Modules).Module);
    }

    [Theory]
    [InlineData("base_model.model.model.layers.1.self_attn.q_proj.lora_{0}.weight")]
    [InlineData("base_model.model.layers.1.self_attn.q_proj.lora_{0}.weight")]
    [InlineData("model.layers.1.self_attn.q_proj.lora_{0}.weight")]
    [InlineData("layers.1.self_attn.q_proj.lora_{0}.weight")]
    [InlineData("base_model.model.model.layers.1.self_attn.q_proj.lora_{0}.default.weight")]
    [InlineData("base_model.model.model.layers.1.self_attn.q_proj.lora_{0}.forget-me.weight")]
    public void NamesAreFoundWithAndWithoutPrefixes(string pattern)
    {
        using FixtureModel fixture = new();
        WriteAdapter("""{"peft_type":"LORA","r":4,"lora_alpha":8}""", pattern.Replace("{0}", "A", StringComparison.Ordinal), pattern.Replace("{0}", "B", StringComparison.Ordinal), 4);
        using PeftAdapter adapter = PeftAdapter.Read(_folder.Path);
        using FixedAdapter attached = new(fixture.Decoder, [new(adapter.Factors)]);
        Assert.Equal(Query, Assert.Single(attached.Maps).Name);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void LoadedForTrainingItHasTheGradientsThatPeftHas(string family)
    {
        using FixtureModel fixture = new(family);
        using AdapterSet adapters = PeftAdapter.LoadTrainable(fixture.Decoder, fixture.AdapterFolder);
        Tensor loss = fixture.Loss();
        Assert.Equal(fixture.Golden("loss").item<float>(), loss.item<float>(), 1e-4f);
        IList<Tensor> gradients = autograd.grad([loss], [.. adapters.Pairs.SelectMany(pair => new[] { pair.A, pair.B })]);
        for (int index = 0; index < adapters.Pairs.Count; index++)
        {
            foreach ((string factor, Tensor gradient) in new[] { ("A", gradients[2 * index]), ("B", gradients[(2 * index) + 1]) })
            {
                Tensor expected = fixture.Golden($"grad.base_model.model.{adapters.Pairs[index].Map.Name}.lora_{factor}.weight");
                Assert.InRange(FixtureModel.Difference(gradient, expected) / expected.abs().max().ToDouble(), 0, 1e-3);
            }
        }
    }

    [Fact]
    public void LoadedForTrainingItComputesTheSameAndHasNoOffset()
    {
        using FixtureModel fixture = new();
        using AdapterSet adapters = PeftAdapter.LoadTrainable(fixture.Decoder, fixture.AdapterFolder);
        Assert.Equal((4, 8.0, 2.0), (adapters.Rank, adapters.Alpha, adapters.Scale));
        Assert.Equal(fixture.Decoder.Maps.Count, adapters.Pairs.Count);
        Assert.All(adapters.Pairs, pair => Assert.Null(pair.InitialA));
        Assert.InRange(FixtureModel.Difference(fixture.Logits(), fixture.AdapterLogits), 0, 1e-4);
    }

    [Fact]
    public void ARankStabilisedAdapterCanBeLoadedForTraining()
    {
        using FixtureModel fixture = new();
        WriteAdapter("""{"peft_type":"LORA","r":4,"lora_alpha":8,"use_rslora":true}""", Query, 4);
        using AdapterSet adapters = PeftAdapter.LoadTrainable(fixture.Decoder, _folder.Path);
        Assert.Equal(8, adapters.Alpha, 12);
        Assert.Equal(4, adapters.Scale, 12);
        Assert.True(adapters.IsRankStabilised);
        Assert.Equal(Query, Assert.Single(adapters.Pairs).Map.Name);
    }

    [Fact]
    public void SeveralRanksCannotBeLoadedForTraining()
    {
        using FixtureModel fixture = new();
        using AdapterFactors factors = Factors((Query, 2, 1.5), ("model.layers.0.self_attn.q_proj", 3, 1.5));
        PeftAdapter.Write(_folder.Path, factors, new PeftExport());
        InputException error = Assert.Throws<InputException>(() => PeftAdapter.LoadTrainable(fixture.Decoder, _folder.Path));
        Assert.Contains("must have one rank and one alpha", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HalfPrecisionIsRoundedAndWhatDoesNotFitIsAnError()
    {
        using DisposeScope scope = NewDisposeScope();
        using AdapterFactors factors = new([new(Query, full([1, 32], 1.00390625f), full([32, 1], 70000f), 1)], "big");
        PeftAdapter.Write(_folder.Path, factors, new PeftExport { Dtype = ScalarType.BFloat16 });
        using PeftAdapter read = PeftAdapter.Read(_folder.Path);
        Assert.Equal(1, read.Factors.Modules[0].A.max().item<float>()); // 1 + 2⁻⁸ is a tie, rounded to even
        Assert.Equal(70144, read.Factors.Modules[0].B.max().item<float>()); // steps of 512 at 2¹⁶
        WorkFailedException error = Assert.Throws<WorkFailedException>(() => PeftAdapter.Write(_folder.Path, factors, new PeftExport { Dtype = ScalarType.Float16 }));
        Assert.Contains("do not fit Float16", error.Message, StringComparison.Ordinal);
    }

    private static AdapterFactors Factors(params (string Module, int Rank, double Scale)[] modules)
    {
        using Generator generator = new(5);
        return new AdapterFactors(
            [.. modules.Select(module => new ModuleFactors(
                module.Module, randn([module.Rank, 32], ScalarType.Float32, generator: generator), randn([32, module.Rank], ScalarType.Float32, generator: generator), module.Scale))],
            "made up");
    }

    private void WriteAdapter(string config, string module, int rank) =>
        WriteAdapter(config, $"base_model.model.{module}.lora_A.weight", $"base_model.model.{module}.lora_B.weight", rank);

    private void WriteAdapter(string config, string nameOfA, string nameOfB, int rank)
    {
        using DisposeScope scope = NewDisposeScope();
        _folder.Write("adapter_config.json", config);
        SafetensorsWriter.Write(_folder["adapter_model.safetensors"], [new(nameOfA, ones([rank, 32])), new(nameOfB, ones([32, rank]))]);
    }
}
