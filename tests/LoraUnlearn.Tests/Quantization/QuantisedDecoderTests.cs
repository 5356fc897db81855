using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Errors;
using LoraUnlearn.Models;
using LoraUnlearn.Quantization;
using LoraUnlearn.Tests.Adapters;
using LoraUnlearn.Tests.Checkpoints;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Quantization;

/// <summary>A model with quantised weights is the model with the dequantised ones: forward, backward, in every family.</summary>
public sealed class QuantisedDecoderTests
{
    [Theory]
    [MemberData(nameof(FixtureModel.Families), MemberType = typeof(FixtureModel))]
    public void LogitsAreThoseOfTheDequantisedWeights(string family)
    {
        using DisposeScope scope = NewDisposeScope();
        using FixtureModel fixture = new(family);
        foreach (BasePrecision precision in new[] { BasePrecision.FourBit, BasePrecision.EightBit })
        {
            using Decoder quantised = Decoder.Load(fixture.Model, CPU, ScalarType.Float32, precision);
            using Decoder plain = Decoder.Build(quantised.Spec, new Dequantised(fixture.Model.Weights, quantised), CPU, ScalarType.Float32);
            Assert.All(quantised.Maps, map => Assert.NotNull(map.Quantised));
            Assert.InRange(FixtureModel.Difference(fixture.LogitsOf(quantised), fixture.LogitsOf(plain)), 0, 1e-5);
            Assert.InRange(FixtureModel.Difference(fixture.LogitsOf(quantised), fixture.BaseLogits), 1e-7, 20); // something was rounded
        }
    }

    [Theory]
    [InlineData(BasePrecision.FourBit)]
    [InlineData(BasePrecision.EightBit)]
    public void GradientsOfAdaptersAreThoseOfTheDequantisedWeights(BasePrecision precision)
    {
        using DisposeScope scope = NewDisposeScope();
        using FixtureModel fixture = new();
        using Decoder quantised = Decoder.Load(fixture.Model, CPU, ScalarType.Float32, precision);
        using Decoder plain = Decoder.Build(quantised.Spec, new Dequantised(fixture.Model.Weights, quantised), CPU, ScalarType.Float32);
        foreach (bool checkpoint in new[] { true, false })
        {
            float[] expected = Gradient(plain, fixture, checkpoint), found = Gradient(quantised, fixture, checkpoint);
            Closeness.AssertClose(expected, found, 1e-5, $"gradients, checkpointing {checkpoint}");
        }
    }

    [Fact]
    public void ATransposedCheckpointIsQuantisedUpright()
    {
        // GPT-2 stores [i,o]; the blocks of its quantised form run along the rows of [o,i].
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using ModelFolder model = PlainFolder.Write(folder["gpt2"], """{"model_type":"gpt2","vocab_size":11,"n_embd":12,"n_layer":1,"n_head":3,"n_positions":9}""");
        using Decoder plain = Decoder.Load(model, CPU, ScalarType.Float32), quantised = Decoder.Load(model, CPU, ScalarType.Float32, BasePrecision.FourBit);
        foreach ((LinearMap exact, LinearMap rounded) in plain.Maps.Zip(quantised.Maps))
        {
            using FourBitMatrix expected = FourBitQuantiser.Quantise(exact.Weight);
            Assert.True(expected.Dequantise(ScalarType.Float32).eq(rounded.CopyWeight(ScalarType.Float32)).all().item<bool>());
            Assert.True(exact.Weight.eq(rounded.ReadOriginal!()).all().item<bool>());
        }
    }

    [Fact]
    public void WeightsTakeAFewBits()
    {
        using FixtureModel fixture = new();
        using Decoder four = Decoder.Load(fixture.Model, CPU, ScalarType.BFloat16, BasePrecision.FourBit);
        long maps = four.Maps.Sum(map => map.InputWidth * map.OutputWidth), bytes = four.Maps.Sum(map => map.Quantised!.ByteCount);
        long blocks = four.Maps.Sum(map => ((map.InputWidth * map.OutputWidth) + 63) / 64), nested = four.Maps.Sum(map => (((map.InputWidth * map.OutputWidth) + (64 * 256) - 1) / (64 * 256)));
        Assert.Equal((maps / 2) + blocks + (4 * nested) + (four.Maps.Count * 4 * (16 + 256)), bytes); // entries, scales, their scales, two tables
        long all = DecoderTensors.Of(four.Spec).Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size));
        Assert.Equal(2 * (all - maps), four.WeightBytes - bytes);
        Assert.Equal(four.WeightBytes, BaseSize.Of(fixture.Model, four.Spec, new ComputeSettings(CPU, ScalarType.BFloat16) { Base = BasePrecision.FourBit }));
        using Decoder eight = Decoder.Load(fixture.Model, CPU, ScalarType.BFloat16, BasePrecision.EightBit);
        Assert.Equal(eight.WeightBytes, BaseSize.Of(fixture.Model, four.Spec, new ComputeSettings(CPU, ScalarType.BFloat16) { Base = BasePrecision.EightBit }));
        Assert.Equal(fixture.Decoder.WeightBytes, BaseSize.Of(fixture.Model, four.Spec, new ComputeSettings(CPU, ScalarType.Float32)));
        Assert.Equal(4 * all, fixture.Decoder.WeightBytes);
    }

    [Fact]
    public void AQuantisedCheckpointIsNotQuantisedAgain()
    {
        using TemporaryFolder folder = new();
        using ModelFolder model = PlainFolder.Write(folder["m"], """{"model_type":"llama","vocab_size":11,"hidden_size":12,"intermediate_size":14,"num_hidden_layers":1,"num_attention_heads":3,"quantization_config":{"quant_method":"bitsandbytes","load_in_4bit":true}}""");
        Assert.Contains("quantised already", Assert.Throws<InputException>(() => Decoder.Load(model, CPU, ScalarType.Float32, BasePrecision.FourBit)).Message);
    }

    private static float[] Gradient(Decoder decoder, FixtureModel fixture, bool checkpoint)
    {
        using DisposeScope scope = NewDisposeScope();
        using AdapterSet adapters = new(decoder, decoder.Maps, 2, 4);
        foreach (LowRankPair pair in adapters.Pairs)
        {
            using Generator generator = new(1);
            pair.Initialise(randn(pair.A.shape, ScalarType.Float32, generator: generator).mul_(0.1.ToScalar()), randn(pair.B.shape, ScalarType.Float32, generator: generator).mul_(0.1.ToScalar()), offset: false);
        }

        using BlockwisePass pass = new(decoder, fixture.InputIds, adapters, checkpoint);
        using Generator direction = new(9);
        pass.Backward(new Dictionary<int, Tensor> { [pass.Layers] = randn(pass.Hidden.shape, ScalarType.Float32, generator: direction) });
        return [.. adapters.Gradient.data<float>()];
    }

    /// <summary>A checkpoint with the maps' weights replaced by what a quantised decoder multiplies with.</summary>
    private sealed class Dequantised(ITensorSource source, Decoder decoder) : ITensorSource
    {
        public string Description => source.Description;

        public IEnumerable<string> Names => source.Names;

        public bool Contains(string name) => source.Contains(name);

        public Tensor Read(string name) => decoder.Maps.FirstOrDefault(map => map.Name + ".weight" == name) is not { } map ? source.Read(name)
            : map.IsTransposed ? map.CopyWeight(ScalarType.Float32).t().contiguous() : map.CopyWeight(ScalarType.Float32);
    }
}
