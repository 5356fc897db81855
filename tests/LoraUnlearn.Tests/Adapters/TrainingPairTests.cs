using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Initialization;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

public sealed class TrainingPairTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AnUntrainedPairIsTheBaseInEveryForm()
    {
        using FixtureModel fixture = new();
        Tensor untouched = fixture.Logits();
        using (AdapterSet adapters = Pissa(fixture))
        {
            Assert.Equal(0, FixtureModel.Difference(fixture.Logits(), untouched));
            TrainingPair.WriteFolder(_folder.Path, adapters, "base");
        }

        Assert.True(TrainingPair.IsPairFolder(_folder.Path));
        using (PeftAdapter read = PeftAdapter.Read(_folder.Path))
        using (FixedAdapter attached = new(fixture.Decoder, [new(read.Factors)]))
        {
            Assert.Equal(2 * 3, read.Factors.Rank);
            Assert.InRange(FixtureModel.Difference(fixture.Logits(), fixture.BaseLogits), 0, 1e-4);
            PeftAdapter.Write(_folder["export"], read.Factors, PeftExport.For(fixture.Decoder.Spec, read.Factors, "base"));
        }

        using (PeftAdapter exported = PeftAdapter.Read(_folder["export"]))
        using (FixedAdapter attached = new(fixture.Decoder, [new(exported.Factors)]))
        {
            Assert.InRange(FixtureModel.Difference(fixture.Logits(), fixture.BaseLogits), 0, 1e-4);
        }

        using AdapterSet loaded = PeftAdapter.LoadTrainable(fixture.Decoder, _folder.Path);
        Assert.All(loaded.Pairs, pair => Assert.NotNull(pair.InitialA));
        Assert.Equal(0, FixtureModel.Difference(fixture.Logits(), untouched));
    }

    [Fact]
    public void OnAHalfPrecisionBaseStepZeroIsExactAndSmallStepsAreNotRoundedAway()
    {
        using FixtureModel fixture = new();
        using Decoder decoder = Decoder.Load(fixture.Model, CPU, ScalarType.BFloat16);
        LinearMap map = decoder.Maps[0];
        using Generator generator = new(2);
        Tensor input = randn([5, map.InputWidth], ScalarType.Float32, generator: generator).to_type(ScalarType.BFloat16);
        Tensor before = map.Forward(input, null);
        using AdapterSet adapters = new(decoder, [map], 3, 6);
        new AdapterInitialisation(InitialisationKind.Pissa, 1).Apply(adapters, null);
        Assert.Equal(0, FixtureModel.Difference(map.Forward(input, null), before));

        // A step of 1e-4 is below the resolution of bfloat16 at the size of A and B, about 1e-3.
        using IDisposable noGrad = no_grad();
        LowRankPair pair = adapters.Pairs[0];
        Tensor step = randn(adapters.Parameters.shape, ScalarType.Float32, generator: generator) * 1e-4;
        adapters.Parameters.add_(step);
        Tensor change = pair.AddTo(zeros(before.shape, ScalarType.BFloat16), input).to_type(ScalarType.Float64);
        (Tensor a, Tensor b) = pair.Factors();
        Tensor exact = input.to_type(ScalarType.Float64).mm(a.to_type(ScalarType.Float64).t()).mm(b.to_type(ScalarType.Float64).t()) * pair.Scale;
        Assert.InRange(FixtureModel.Difference(change, exact) / exact.abs().max().ToDouble(), 0, 0.02);
    }

    [Fact]
    public void TheFolderHoldsThePairAndBesideItItsInitialValues()
    {
        using FixtureModel fixture = new();
        using AdapterSet adapters = Pissa(fixture);
        Perturb(adapters);
        TrainingPair.WriteFolder(_folder.Path, adapters, "base");
        using SafetensorsFile trained = SafetensorsFile.Open(_folder["adapter_model.safetensors"]);
        using SafetensorsFile pairs = SafetensorsFile.Open(_folder[TrainingPair.RelativePath]);
        foreach (LowRankPair pair in adapters.Pairs)
        {
            string module = pair.Map.Name;
            Assert.Equal(0, FixtureModel.Difference(trained.Read($"base_model.model.{module}.lora_A.weight"), pair.A.detach()));
            Assert.Equal(0, FixtureModel.Difference(trained.Read($"base_model.model.{module}.lora_B.weight"), pair.B.detach()));
            Assert.Equal(0, FixtureModel.Difference(pairs.Read(module + ".A0"), pair.InitialA!));
            Assert.Equal(0, FixtureModel.Difference(pairs.Read(module + ".B0"), pair.InitialB!));
        }

        JsonNode config = JsonNode.Parse(File.ReadAllText(_folder["adapter_config.json"]))!;
        Assert.Equal((3, 6), ((int)config["r"]!, (int)config["lora_alpha"]!));
    }

    [Fact]
    public void SavedAndRestoredItIsTheSame()
    {
        using FixtureModel fixture = new();
        Tensor before, parameters;
        using (AdapterSet adapters = Pissa(fixture))
        {
            Perturb(adapters);
            TrainingPair.Save(_folder["pair.safetensors"], adapters);
            before = fixture.Logits();
            parameters = adapters.Parameters.detach().clone();
        }

        using AdapterSet restored = TrainingPair.Restore(fixture.Decoder, _folder["pair.safetensors"]);
        Assert.Equal((3, 6.0, false), (restored.Rank, restored.Alpha, restored.IsRankStabilised));
        Assert.Equal(0, FixtureModel.Difference(restored.Parameters.detach(), parameters));
        Assert.Equal(0, FixtureModel.Difference(fixture.Logits(), before));
    }

    [Fact]
    public void TheExportOfATrainedPairComputesTheSameOnTheUntouchedBase()
    {
        using FixtureModel fixture = new();
        Tensor trained;
        AdapterFactors factors;
        using (AdapterSet adapters = Pissa(fixture))
        {
            Perturb(adapters);
            trained = fixture.Logits();
            factors = AdapterFactors.Of(adapters);
        }

        using (factors)
        {
            PeftAdapter.Write(_folder.Path, factors, PeftExport.For(fixture.Decoder.Spec, factors, "base"));
        }

        Assert.True(FixtureModel.Difference(trained, fixture.BaseLogits) > 0.01);
        Assert.False(TrainingPair.IsPairFolder(_folder.Path));
        JsonNode config = JsonNode.Parse(File.ReadAllText(_folder["adapter_config.json"]))!;
        Assert.Equal((6, 12), ((int)config["r"]!, (int)config["lora_alpha"]!)); // 2r, 2α
        using PeftAdapter exported = PeftAdapter.Read(_folder.Path);
        using FixedAdapter attached = new(fixture.Decoder, [new(exported.Factors)]);
        Assert.InRange(FixtureModel.Difference(fixture.Logits(), trained), 0, 1e-4);
    }

    [Fact]
    public void WithoutAnOffsetTheFolderIsAPlainAdapter()
    {
        using FixtureModel fixture = new();
        using (AdapterSet adapters = new(fixture.Decoder, fixture.Decoder.Maps, 3, 6))
        {
            new AdapterInitialisation(InitialisationKind.Lora, 1).Apply(adapters, null);
            TrainingPair.WriteFolder(_folder.Path, adapters, "base");
        }

        Assert.False(TrainingPair.IsPairFolder(_folder.Path));
        using PeftAdapter read = PeftAdapter.Read(_folder.Path);
        Assert.Equal(3, read.Factors.Rank);
        using AdapterSet restored = TrainingPair.Load(fixture.Decoder, _folder.Path);
        Assert.All(restored.Pairs, pair => Assert.Null(pair.InitialA));
    }

    [Fact]
    public void InitialValuesThatAreGoneAreMissed()
    {
        using FixtureModel fixture = new();
        using (AdapterSet adapters = Pissa(fixture))
        {
            TrainingPair.WriteFolder(_folder.Path, adapters, "base");
        }

        File.Delete(_folder[TrainingPair.RelativePath]);
        InputException error = Assert.Throws<InputException>(() => PeftAdapter.Read(_folder.Path));
        Assert.Contains("the initial values A₀, B₀ are missing", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rank", "x", "metadata 'rank': found 'x', expected a positive integer")]
    [InlineData("alpha", "-1", "metadata 'alpha': found '-1', expected a positive number")]
    [InlineData("rank_stabilised", "", "metadata 'rank_stabilised': found '', expected true or false")]
    [InlineData("rank", "4", "is F32 [3,32]; expected F32 [4,input width]")]
    public void MetadataThatIsNotRightIsRefused(string key, string value, string message)
    {
        using FixtureModel fixture = new();
        Dictionary<string, string> metadata = new() { ["rank"] = "3", ["alpha"] = "6", ["rank_stabilised"] = "false" };
        metadata[key] = value;
        Assert.Contains(message, RestoreError(fixture, metadata, ("model.layers.0.self_attn.q_proj.A", [3, 32]), ("model.layers.0.self_attn.q_proj.B", [32, 3])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.layers.0.self_attn.k_proj", "A0", "'model.layers.0.self_attn.k_proj.B0' is missing")]
    [InlineData("model.layers.0.self_attn.k_proj", "B0", "'model.layers.0.self_attn.k_proj.A0' is missing")]
    [InlineData("model.layers.0.self_attn.k_proj", "C", "is none of '<module>.A'")]
    [InlineData("model.layers.0.self_attn.k_proj", null, "is for a map [32,32], but the model's is [16,32]")]
    [InlineData("model.layers.7.self_attn.q_proj", null, "which the model does not have")]
    public void TensorsThatAreNotRightAreRefused(string module, string? extra, string message)
    {
        using FixtureModel fixture = new();
        Dictionary<string, string> metadata = new() { ["rank"] = "3", ["alpha"] = "6", ["rank_stabilised"] = "false" };
        (string, long[])[] tensors = [(module + ".A", [3, 32]), (module + ".B", [32, 3]), .. extra is null ? Array.Empty<(string, long[])>() : [($"{module}.{extra}", extra == "A0" ? [3, 32] : [32, 3])]];
        Assert.Contains(message, RestoreError(fixture, metadata, tensors), StringComparison.Ordinal);
        Assert.All(fixture.Decoder.Maps, map => Assert.Null(map.Delta));
    }

    private static AdapterSet Pissa(FixtureModel fixture)
    {
        AdapterSet adapters = new(fixture.Decoder, fixture.Decoder.Maps, 3, 6);
        new AdapterInitialisation(InitialisationKind.Pissa, 1).Apply(adapters, null);
        return adapters;
    }

    /// <summary>As if trained: A and B move, A₀ and B₀ do not.</summary>
    private static void Perturb(AdapterSet adapters)
    {
        using IDisposable noGrad = no_grad();
        using Generator generator = new(9);
        using Tensor noise = randn(adapters.Parameters.shape, ScalarType.Float32, generator: generator);
        adapters.Parameters.add_(noise, 0.02);
    }

    private string RestoreError(FixtureModel fixture, Dictionary<string, string> metadata, params (string Name, long[] Shape)[] tensors)
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(_folder["pair.safetensors"], tensors.Select(tensor => KeyValuePair.Create(tensor.Name, ones(tensor.Shape))), metadata);
        return Assert.Throws<InputException>(() => TrainingPair.Restore(fixture.Decoder, _folder["pair.safetensors"])).Message;
    }
}
