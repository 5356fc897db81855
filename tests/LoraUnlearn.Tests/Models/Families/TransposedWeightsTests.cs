using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Fisher;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Models.Families;

/// <summary>GPT-2's weights are stored [i,o]: Fisher rows are still those of output units, and adapters merge transposed.</summary>
public sealed class TransposedWeightsTests : IDisposable
{
    private const string Config = """{"model_type":"gpt2","vocab_size":11,"n_embd":12,"n_layer":2,"n_head":3,"n_positions":9}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FisherRowsAreOfOutputUnits()
    {
        using DisposeScope scope = NewDisposeScope();
        DecoderSpec spec = ModelFamilies.Describe(ModelConfig.Parse(Config, "config.json"));
        PlainCheckpoint weights = new(spec);
        using Decoder stored = Decoder.Build(spec, weights, CPU, ScalarType.Float64);
        using Decoder upright = Decoder.Build(spec with { TransposedWeights = false }, new Upright(weights), CPU, ScalarType.Float64);
        LabelledSequence[] rows = [LabelledSequence.ScoredFrom([1, 5, 3, 9, 2], 2), LabelledSequence.ScoredFrom([4, 4, 8], 1)];
        using FisherResult first = new FisherEstimator(stored, stored.Maps, new FisherOptions()).Estimate(rows, null);
        using FisherResult second = new FisherEstimator(upright, upright.Maps, new FisherOptions()).Estimate(rows, null);
        foreach (LinearMap map in stored.Maps)
        {
            Tensor expected = second.Modules[map.Name].Forget;
            Assert.Equal([map.OutputWidth], first.Modules[map.Name].Forget.shape);
            Assert.True(expected.max().ToDouble() > 0);
            Assert.InRange(((first.Modules[map.Name].Forget - expected).abs().max() / expected.max()).ToDouble(), 0, 1e-10);
        }
    }

    [Fact]
    public void AdaptersMergeTransposed()
    {
        using DisposeScope scope = NewDisposeScope();
        DecoderSpec spec = ModelFamilies.Describe(ModelConfig.Parse(Config, "config.json"));
        PlainCheckpoint weights = new(spec);
        _folder.Write("config.json", Config);
        SafetensorsWriter.Write(
            _folder["model.safetensors"],
            [.. weights.Names.Select(name => new KeyValuePair<string, Tensor>(name["transformer.".Length..], weights.Read(name).to_type(ScalarType.Float32)))],
            new Dictionary<string, string>());
        using ModelFolder model = ModelFolder.Open(_folder.Path);
        using Decoder decoder = Decoder.Load(model, CPU, ScalarType.Float32);
        using Generator generator = new(5);
        using AdapterFactors factors = new(
            [.. decoder.Maps.Select(map => new ModuleFactors(map.Name, randn([2, map.InputWidth], generator: generator), randn([map.OutputWidth, 2], generator: generator), 0.1))],
            "test");
        AdapterMerge.Write(model, [new(factors)], _folder["merged"]);

        using ModelFolder merged = ModelFolder.Open(_folder["merged"]);
        ModuleFactors last = factors.Modules[^1];
        Tensor expected = model.Weights.Read("h.1.mlp.c_proj.weight") + (last.B.mm(last.A) * 0.1).t(); // [48,12]
        Assert.InRange((expected - merged.Weights.Read("h.1.mlp.c_proj.weight")).abs().max().ToDouble(), 0, 1e-6);
        using Decoder changed = Decoder.Load(merged, CPU, ScalarType.Float32);
        Tensor before = Logits(decoder);
        using FixedAdapter attached = new(decoder, [new(factors)]);
        Assert.InRange((Logits(decoder) - Logits(changed)).abs().max().ToDouble(), 0, 1e-4);
        Assert.InRange((before - Logits(changed)).abs().max().ToDouble(), 1e-2, 1e3);
    }

    private static Tensor Logits(Decoder decoder) => decoder.Logits(decoder.FinalNorm(decoder.Hidden(tensor([3L, 1, 4, 1], [1, 4]))));

    private sealed class Upright(PlainCheckpoint weights) : ITensorSource
    {
        public string Description => weights.Description;

        public bool Contains(string name) => weights.Contains(name);

        public Tensor Read(string name) => name.Contains(".c_", StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal)
            ? weights.Read(name).t().contiguous()
            : weights.Read(name);
    }
}
