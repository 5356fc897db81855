using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Checkpoints;
using LoraUnlearn.Tests.Models.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Models;

/// <summary>Checkpoints as they come: bare names, stored tied heads, buffers, half precision, surplus and missing tensors.</summary>
public sealed class CheckpointLoadingTests : IDisposable
{
    private const string Gpt2 = """{"model_type":"gpt2","vocab_size":11,"n_embd":12,"n_layer":1,"n_head":3,"n_positions":9}""";
    private const string Opt = """{"model_type":"opt","vocab_size":11,"hidden_size":12,"ffn_dim":14,"num_hidden_layers":1,"num_attention_heads":3,"max_position_embeddings":9}""";
    private const string Llama = """{"model_type":"llama","vocab_size":11,"hidden_size":12,"intermediate_size":14,"num_hidden_layers":1,"num_attention_heads":3}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Gpt2, "transformer.")]
    [InlineData(Opt, "model.")]
    [InlineData(Llama, "model.")]
    public void BareNamesAreTheSameModel(string config, string prefix)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor whole = Logits(config, name => name), bare = Logits(config, name => name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name);
        Assert.True(whole.eq(bare).all().item<bool>());
    }

    [Fact]
    public void AStoredTiedHeadAndBuffersAreNotSurplus()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor plain = Logits(Gpt2, name => name);
        using ModelFolder model = Folder(Gpt2, name => name, more:
        [
            new("lm_head.weight", ones(11, 12)), new("transformer.h.0.attn.bias", ones(1, 1, 9, 9)), new("transformer.h.0.attn.masked_bias", ones(1)),
        ]);
        using Decoder decoder = Decoder.Load(model, CPU, ScalarType.Float32);
        Assert.Empty(decoder.UnusedTensors);
        Assert.True(plain.eq(Logits(decoder)).all().item<bool>());
    }

    [Fact]
    public void SurplusTensorsAreListed()
    {
        using DisposeScope scope = NewDisposeScope();
        using ModelFolder model = Folder(Llama, name => name, more: [new("v_head.summary.weight", ones(1, 12)), new("model.layers.1.mlp.up_proj.weight", ones(14, 12)), new("model.layers.0.self_attn.rotary_emb.inv_freq", ones(2))]);
        using Decoder decoder = Decoder.Load(model, CPU, ScalarType.Float32);
        Assert.Equal(["model.layers.1.mlp.up_proj.weight", "v_head.summary.weight"], decoder.UnusedTensors);
    }

    [Fact]
    public void ABiasThatTheConfigurationDeniesIsRefused()
    {
        using DisposeScope scope = NewDisposeScope();
        using ModelFolder model = Folder(Llama, name => name, more: [new("model.layers.0.self_attn.q_proj.bias", ones(12))]);
        Assert.Contains("model.layers.0.self_attn.q_proj.bias", Assert.Throws<InputException>(() => Decoder.Load(model, CPU, ScalarType.Float32)).Message);
    }

    [Theory]
    [InlineData("lm_head.weight", "missing")]
    [InlineData("model.layers.0.mlp.up_proj.weight", "missing")]
    [InlineData("model.norm.weight", "[12]")]
    public void MissingOrMisshapenTensorsAreNamed(string name, string expected)
    {
        using DisposeScope scope = NewDisposeScope();
        bool misshapen = expected != "missing";
        using ModelFolder model = Folder(Llama, stored => stored == name ? "elsewhere" : stored, more: misshapen ? [new(name, ones(13))] : []);
        string message = Assert.Throws<InputException>(() => Decoder.Load(model, CPU, ScalarType.Float32)).Message;
        Assert.Contains(name, message);
        Assert.Contains(expected, message);
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void OtherStoredTypesAreConverted(ScalarType stored)
    {
        using DisposeScope scope = NewDisposeScope();
        using ModelFolder model = Folder(Llama, name => name, stored);
        using Decoder decoder = Decoder.Load(model, CPU, ScalarType.Float32);
        Assert.Equal(ScalarType.Float32, decoder.HeadWeight.dtype);
        PlainCheckpoint weights = new(decoder.Spec);
        Assert.True(decoder.HeadWeight.eq(weights.Read("lm_head.weight").to_type(stored).to_type(ScalarType.Float32)).all().item<bool>());
    }

    [Fact]
    public void TheGemmaNormAddsOneInFloat32()
    {
        // 1 + 2⁻¹⁰ is 1 in bfloat16; the product with the normalised 1.0 rounds only once, at 1 + 2⁻⁷·½ and above.
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = full(8, 1 + Math.Pow(2, -10), ScalarType.Float32), x = full(1, 8, 200, ScalarType.BFloat16);
        Norm gemma = new(NormKind.Rms, 1e-12, weight, null);
        Assert.Equal(1.0, gemma.Forward(x)[0, 0].ToDouble());
        Assert.Equal(ScalarType.BFloat16, gemma.Forward(x).dtype);
        Norm larger = new(NormKind.Rms, 1e-12, full(8, 1 + (3 * Math.Pow(2, -9)), ScalarType.Float32), null); // between 1 and 1 + 2⁻⁷, nearer the latter
        Assert.Equal(1 + Math.Pow(2, -7), larger.Forward(x)[0, 0].ToDouble());
    }

    private ModelFolder Folder(string config, Func<string, string> rename, ScalarType type = ScalarType.Float32, KeyValuePair<string, Tensor>[]? more = null)
    {
        string folder = _folder[Guid.NewGuid().ToString("N")];
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), config);
        DecoderSpec spec = ModelFamilies.Describe(ModelConfig.Parse(config, "config.json"));
        PlainCheckpoint weights = new(spec);
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            [.. weights.Names.Select(name => new KeyValuePair<string, Tensor>(rename(name), weights.Read(name).to_type(type))), .. more ?? []],
            new Dictionary<string, string>());
        return ModelFolder.Open(folder);
    }

    private Tensor Logits(string config, Func<string, string> rename)
    {
        using ModelFolder model = Folder(config, rename);
        using Decoder decoder = Decoder.Load(model, CPU, ScalarType.Float32);
        return Logits(decoder);
    }

    private static Tensor Logits(Decoder decoder) => decoder.Logits(decoder.FinalNorm(decoder.Hidden(tensor([3L, 1, 4], [1, 3]))));
}
