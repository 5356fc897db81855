using System.Text;
using System.Text.Json;
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
using Decoder = LoraUnlearn.Models.Decoder;

namespace LoraUnlearn.Tests.Quantization;

/// <summary>Quantised model folders: written, read back, merged into.</summary>
public sealed class QuantisedFolderTests : IDisposable
{
    private const string Gpt2 = """{"model_type":"gpt2","vocab_size":11,"n_embd":12,"n_layer":1,"n_head":3,"n_positions":9}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(BasePrecision.FourBit)]
    [InlineData(BasePrecision.EightBit)]
    public void AWrittenFolderIsWhatQuantisingWhileLoadingGives(BasePrecision precision)
    {
        using DisposeScope scope = NewDisposeScope();
        using FixtureModel fixture = new();
        QuantisedCopy.Write(fixture.Model, _folder["out"], precision);
        using ModelFolder written = ModelFolder.Open(_folder["out"]);
        using Decoder loaded = Decoder.Load(written, CPU, ScalarType.Float32), onTheFly = Decoder.Load(fixture.Model, CPU, ScalarType.Float32, precision);
        Assert.Empty(loaded.UnusedTensors);
        Assert.Equal(onTheFly.WeightBytes, loaded.WeightBytes);
        Assert.Equal(onTheFly.WeightBytes, BaseSize.Of(written, loaded.Spec, new ComputeSettings(CPU, ScalarType.Float32)) - Unheld(written));
        foreach ((LinearMap first, LinearMap second) in loaded.Maps.Zip(onTheFly.Maps))
        {
            Assert.Equal(second.Quantised!.Format, first.Quantised!.Format);
            Assert.True(first.CopyWeight(ScalarType.Float32).eq(second.CopyWeight(ScalarType.Float32)).all().item<bool>());
        }

        Assert.Equal(0, FixtureModel.Difference(fixture.LogitsOf(loaded), fixture.LogitsOf(onTheFly)));
        CheckpointFit.Check(written);
        Assert.Contains("quantised already", Assert.Throws<InputException>(() => QuantisedCopy.Write(written, _folder["again"], precision)).Message);
    }

    [Fact]
    public void TheLayoutIsBitsandbytes()
    {
        using FixtureModel fixture = new();
        QuantisedCopy.Write(fixture.Model, _folder["out"], BasePrecision.FourBit);
        using ModelFolder written = ModelFolder.Open(_folder["out"]);
        const string Name = "model.layers.0.self_attn.q_proj.weight"; // 32 x 32: 16 blocks
        (string, string, long[])[] expected =
        [
            (Name, "U8", [512, 1]), (Name + ".absmax", "U8", [16]), (Name + ".quant_map", "F32", [16]),
            (Name + ".nested_absmax", "F32", [1]), (Name + ".nested_quant_map", "F32", [256]),
        ];
        Assert.All(expected, part =>
        {
            SafetensorsEntry entry = written.Weights.Entries[part.Item1];
            Assert.Equal(part.Item2, entry.DType);
            Assert.Equal(part.Item3, entry.Shape);
        });
        using Tensor bytes = written.Weights.Read(Name + ".quant_state.bitsandbytes__nf4");
        JsonElement state = JsonDocument.Parse(Encoding.UTF8.GetString(bytes.bytes)).RootElement;
        Assert.Equal(("nf4", 64, "float32", 256), (state.GetProperty("quant_type").GetString(), state.GetProperty("blocksize").GetInt32(), state.GetProperty("dtype").GetString(), state.GetProperty("nested_blocksize").GetInt32()));
        Assert.Equal([32, 32], state.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()));
        JsonElement config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_folder["out"], "config.json"))).RootElement;
        JsonElement quantisation = config.GetProperty("quantization_config");
        Assert.Equal("bitsandbytes", quantisation.GetProperty("quant_method").GetString());
        Assert.True(quantisation.GetProperty("load_in_4bit").GetBoolean());
        Assert.Equal("lm_head", quantisation.GetProperty("llm_int8_skip_modules")[0].GetString());
        Assert.Equal("F32", written.Weights.Entries["lm_head.weight"].DType);
        Assert.True(File.Exists(Path.Combine(_folder["out"], "adapter")) == File.Exists(Path.Combine(fixture.Folder, "adapter")));
    }

    [Fact]
    public void ATransposedModelComesBackUpright()
    {
        using DisposeScope scope = NewDisposeScope();
        using ModelFolder model = PlainFolder.Write(_folder["gpt2"], Gpt2);
        QuantisedCopy.Write(model, _folder["out"], BasePrecision.FourBit);
        using ModelFolder written = ModelFolder.Open(_folder["out"]);
        using Decoder loaded = Decoder.Load(written, CPU, ScalarType.Float32), onTheFly = Decoder.Load(model, CPU, ScalarType.Float32, BasePrecision.FourBit);
        Assert.Equal(36, loaded.Maps[0].OutputWidth);
        Assert.True(loaded.Maps[0].CopyWeight(ScalarType.Float32).eq(onTheFly.Maps[0].CopyWeight(ScalarType.Float32)).all().item<bool>());
    }

    [Fact]
    public void PrecisionFullDequantisesWhileLoading()
    {
        using DisposeScope scope = NewDisposeScope();
        using FixtureModel fixture = new();
        QuantisedCopy.Write(fixture.Model, _folder["out"], BasePrecision.FourBit);
        using ModelFolder written = ModelFolder.Open(_folder["out"]);
        using Decoder plain = Decoder.Load(written, CPU, ScalarType.Float32, BasePrecision.Full), quantised = Decoder.Load(written, CPU, ScalarType.Float32);
        Assert.All(plain.Maps, map => Assert.Null(map.Quantised));
        Assert.Null(plain.Quantisation);
        Assert.Equal("nf4", quantised.Quantisation);
        Assert.InRange(FixtureModel.Difference(fixture.LogitsOf(plain), fixture.LogitsOf(quantised)), 0, 1e-5);
    }

    [Theory]
    [InlineData("llama-gqa")]
    [InlineData("qwen2")]
    public void MergingDequantisesAndAdds(string family)
    {
        using DisposeScope scope = NewDisposeScope();
        using FixtureModel fixture = new(family);
        QuantisedCopy.Write(fixture.Model, _folder["nf4"], BasePrecision.FourBit);
        using ModelFolder model = ModelFolder.Open(_folder["nf4"]);
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        WeightedAdapter[] adapters = [new(adapter.Factors)];
        AdapterMerge.Write(model, adapters, _folder["exact"], new MergeOptions { Dtype = ScalarType.Float32 });
        MergeResult result = AdapterMerge.Write(model, adapters, _folder["usual"]);
        using ModelFolder exact = ModelFolder.Open(_folder["exact"]), usual = ModelFolder.Open(_folder["usual"]);
        using Decoder merged = Decoder.Load(exact, CPU, ScalarType.Float32), under = Decoder.Load(model, CPU, ScalarType.Float32);
        using FixedAdapter change = new(under, adapters);
        Assert.Empty(merged.UnusedTensors);
        Assert.InRange(FixtureModel.Difference(fixture.LogitsOf(merged), fixture.LogitsOf(under)), 0, 1e-4);
        Assert.Equal("BF16", usual.Weights.Entries["model.layers.0.self_attn.q_proj.weight"].DType);
        Assert.Equal("BF16", usual.Weights.Entries["model.embed_tokens.weight"].DType);
        Assert.Equal("bfloat16", usual.Config.GetString("torch_dtype"));
        Assert.False(usual.Config.Has("quantization_config"));
        Assert.InRange(result.All.Kept, 0.9, 1.1);
    }

    [Fact]
    public void QuantisingAgainKeepsAccountOfWhatItEats()
    {
        using DisposeScope scope = NewDisposeScope();
        using FixtureModel fixture = new();
        QuantisedCopy.Write(fixture.Model, _folder["nf4"], BasePrecision.FourBit);
        using ModelFolder model = ModelFolder.Open(_folder["nf4"]);
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        MergeResult eight = AdapterMerge.Write(model, [new(adapter.Factors)], _folder["int8"], new MergeOptions { Requantise = BasePrecision.EightBit });
        MergeResult four = AdapterMerge.Write(model, [new(adapter.Factors)], _folder["again"], new MergeOptions { Requantise = BasePrecision.FourBit });
        Assert.True(four.All.RelativeError > 2 * eight.All.RelativeError);
        using ModelFolder again = ModelFolder.Open(_folder["again"]);
        using Decoder written = Decoder.Load(again, CPU, ScalarType.Float32), before = Decoder.Load(model, CPU, ScalarType.Float32);
        Assert.Equal("nf4", written.Quantisation);
        // The account, taken again from what lies on the disk.
        double error = 0, energy = 0;
        foreach (ModuleFactors factors in adapter.Factors.Modules)
        {
            Tensor delta = factors.B.mm(factors.A).mul(factors.Scale.ToScalar());
            Tensor moved = Weight(written, factors.Module) - Weight(before, factors.Module);
            error += (moved - delta).pow(2.ToScalar()).sum().ToDouble();
            energy += delta.pow(2.ToScalar()).sum().ToDouble();
        }

        Assert.Equal(Math.Sqrt(error / energy), four.All.RelativeError, 1e-4);
    }

    private static Tensor Weight(Decoder decoder, string module) => decoder.Maps.Single(map => map.Name == module || map.Name == "model." + module).CopyWeight(ScalarType.Float32);

    // Bytes of the checkpoint's maps that no memory holds: descriptions and layouts.
    private static long Unheld(ModelFolder folder) => folder.Weights.Entries.Values
        .Where(entry => entry.Name.Contains(".quant_state.", StringComparison.Ordinal) || entry.Name.EndsWith(".weight_format", StringComparison.Ordinal))
        .Sum(entry => entry.ByteCount);
}
