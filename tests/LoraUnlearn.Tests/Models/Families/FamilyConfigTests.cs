using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;

namespace LoraUnlearn.Tests.Models.Families;

/// <summary>Defaults that differ from the obvious, and settings that are refused.</summary>
public class FamilyConfigTests
{
    private const string Llama = "\"model_type\":\"llama\",\"vocab_size\":8,\"hidden_size\":8,\"intermediate_size\":8,\"num_hidden_layers\":2,\"num_attention_heads\":2";
    private const string NeoX = "\"model_type\":\"gpt_neox\",\"vocab_size\":8,\"hidden_size\":32,\"intermediate_size\":8,\"num_hidden_layers\":2,\"num_attention_heads\":2";
    private const string Neo = "\"model_type\":\"gpt_neo\",\"vocab_size\":8,\"hidden_size\":8,\"num_layers\":4,\"num_heads\":2";
    private const string Gpt2 = "\"model_type\":\"gpt2\",\"vocab_size\":8,\"n_embd\":8,\"n_layer\":2,\"n_head\":2";
    private const string Opt = "\"model_type\":\"opt\",\"vocab_size\":8,\"hidden_size\":8,\"ffn_dim\":8,\"num_hidden_layers\":2,\"num_attention_heads\":2";

    [Fact]
    public void AbsentKeysMeanWhatTransformersAssumes()
    {
        Assert.Equal((1e-6, 2, 4L, false, 2048L), Describe(Llama) is var llama
            ? (llama.NormEpsilon, llama.KeyValueHeads, llama.HeadWidth, llama.TiedHead, llama.MaximumLength) : default);
        DecoderSpec neoX = Describe(NeoX);
        Assert.Equal((BlockLayout.Parallel, 4L, 10000.0, Activation.Gelu, Biases.Blocks), (neoX.Layout, neoX.Rotary!.Width, neoX.Rotary.Base, neoX.Activation, neoX.Biases));
        DecoderSpec neo = Describe(Neo);
        Assert.Equal([null, 256, null, 256], neo.AttentionWindows);
        Assert.Equal((32L, true, 1.0, 2048L), (neo.MlpWidth, neo.TiedHead, neo.AttentionScale, neo.MaximumLength));
        DecoderSpec gpt2 = Describe(Gpt2 + ",\"n_inner\":null");
        Assert.Equal((32L, true, 0.5, 1024L, Activation.GeluTanh), (gpt2.MlpWidth, gpt2.TiedHead, gpt2.AttentionScale, gpt2.MaximumLength, gpt2.Activation));
        DecoderSpec phi = Describe(NeoX.Replace("gpt_neox", "phi", StringComparison.Ordinal));
        Assert.Equal((8L, 10000.0, false, Activation.GeluTanh), (phi.Rotary!.Width, phi.Rotary.Base, phi.TiedHead, phi.Activation));
        Assert.Equal((true, 2050L), Describe(Opt) is var opt ? (opt.TiedHead, opt.MaximumLength + opt.PositionOffset) : default);
    }

    [Fact]
    public void NullAndAbsentWindowsDiffer()
    {
        string mistral = Llama.Replace("llama", "mistral", StringComparison.Ordinal) + ",\"num_key_value_heads\":1";
        Assert.Equal([4096, 4096], Describe(mistral).AttentionWindows);
        Assert.Equal([null, null], Describe(mistral + ",\"sliding_window\":null").AttentionWindows);
        Assert.Equal([7, 7], Describe(mistral + ",\"sliding_window\":7").AttentionWindows);
        string qwen = Llama.Replace("llama", "qwen2", StringComparison.Ordinal) + ",\"num_key_value_heads\":2,\"sliding_window\":7";
        Assert.Equal([null, null], Describe(qwen).AttentionWindows);
        Assert.Equal([null, null], Describe(qwen + ",\"use_sliding_window\":true").AttentionWindows); // the first 28 layers are full
        Assert.Equal([null, 7], Describe(qwen + ",\"use_sliding_window\":true,\"max_window_layers\":1").AttentionWindows);
        string gemma = Llama.Replace("llama", "gemma2", StringComparison.Ordinal) + ",\"num_key_value_heads\":2";
        Assert.Equal([4096, null], Describe(gemma).AttentionWindows);
        Assert.Equal((50.0, 30.0, 256L, 1.0 / 16), Describe(gemma) is var spec ? (spec.AttentionSoftCap, spec.LogitSoftCap, spec.HeadWidth, spec.AttentionScale) : default);
    }

    [Theory]
    [InlineData(Llama, "\"quantization_config\":{\"quant_method\":\"hqq\",\"nbits\":4}", "quantization_config", "hqq")]
    [InlineData(Llama, "\"residual_multiplier\":0.22", "residual_multiplier", "0.22")]
    [InlineData(Llama, "\"hidden_act\":\"relu2\"", "hidden_act", "relu2")]
    [InlineData(Llama, "\"rope_interleaved\":true", "rope_interleaved", "true")]
    [InlineData(Llama, "\"sliding_window\":4096", "sliding_window", "4096")]
    [InlineData(Llama, "\"head_dim\":3", "rotary", "3")]
    [InlineData(Llama, "\"num_key_value_heads\":3", "key/value", "3")]
    [InlineData(Llama, "\"rms_norm_eps\":\"small\"", "rms_norm_eps", "small")]
    [InlineData(Llama, "\"rms_norm_eps\":-1e-5", "rms_norm_eps", "above 0")]
    [InlineData(Llama, "\"num_hidden_layers\":1000000000", "num_hidden_layers", "268435456")]
    [InlineData(Llama, "\"num_hidden_layers\":5000", "num_hidden_layers", "4096")]
    [InlineData(Llama, "\"hidden_size\":0", "hidden_size", "positive")]
    [InlineData(Llama, "\"hidden_size\":99999999999999", "hidden_size", "268435456")]
    [InlineData(Llama, "\"hidden_size\":9", "9", "divide")]
    [InlineData(Llama, "\"rope_theta\":1", "rope_theta", "above 1")]
    [InlineData(Llama, "\"pruned_heads\":{\"0\":[1]}", "pruned_heads", "{}")]
    [InlineData(Llama, "\"rope_scaling\":{\"type\":\"linear\",\"factor\":2.0},\"rope_parameters\":{\"rope_type\":\"default\"}", "rope_parameters", "rope_scaling")]
    [InlineData(NeoX, "\"rotary_pct\":0.25,\"partial_rotary_factor\":0.5", "rotary_pct", "0.5")]
    [InlineData(NeoX, "\"rotary_pct\":1.5", "partial_rotary_factor", "at most 1")]
    [InlineData(Neo, "\"attention_types\":[[[\"global\"],3]]", "attention_types", "4 layers")]
    [InlineData(Neo, "\"attention_types\":[[[\"global\"],2000000000]]", "attention_types", "pairs")]
    [InlineData(Neo, "\"attention_types\":[[[\"global\",\"far\"],2]]", "attention_types", "local")]
    [InlineData(Neo, "\"attention_types\":\"global\"", "attention_types", "pairs")]
    [InlineData(Neo, "\"attention_types\":[[[\"global\"],4]],\"attention_layers\":[\"local\",\"global\",\"global\",\"global\"]", "attention_layers", "attention_types")]
    [InlineData(Gpt2, "\"add_cross_attention\":true", "add_cross_attention", "true")]
    [InlineData(Gpt2, "\"tie_word_embeddings\":\"yes\"", "tie_word_embeddings", "yes")]
    [InlineData(Opt, "\"layer_norm_elementwise_affine\":false", "layer_norm_elementwise_affine", "norms without weights")]
    public void WhatIsNotSupportedIsNamedWithItsValue(string config, string more, string key, string value)
    {
        string message = Assert.Throws<InputException>(() => Describe(config, more)).Message;
        Assert.StartsWith("folder/config.json", message);
        Assert.Contains(key, message);
        Assert.Contains(value, message);
    }

    // Writers between two versions put the rule into both places.
    [Fact]
    public void AgreeingRotaryRulesAreOne()
    {
        const string rule = "\"factor\":2.0,\"rope_theta\":500.0";
        DecoderSpec both = Describe(Llama, "\"rope_scaling\":{\"type\":\"linear\",\"factor\":2.0},\"rope_parameters\":{\"rope_type\":\"linear\"," + rule + "}");
        Assert.Equal(Describe(Llama, "\"rope_parameters\":{\"rope_type\":\"linear\"," + rule + "}"), both);
        Assert.Equal(500, both.Rotary!.Base);
        Assert.NotNull(both.Rotary.Scaling);
    }

    [Theory]
    [InlineData("\"num_experts\":8", "num_experts")]
    [InlineData("\"use_parallel_residual\":true", "use_parallel_residual")]
    [InlineData("\"layer_types\":[\"full_attention\",\"sliding_attention\"]", "layer_types")]
    [InlineData("\"some_switch\":true", "some_switch")]
    [InlineData("\"some_number\":0", "some_number")]
    [InlineData("\"rope_scaling\":{\"type\":\"linear\",\"factor\":2.0},\"rope_parameters\":{\"rope_type\":\"linear\",\"factor\":4.0}", "factor")]
    public void WhatIsNotNeutralIsRefused(string more, string key)
    {
        string message = Assert.Throws<InputException>(() => Describe(Llama, more)).Message;
        Assert.Contains(key, message);
    }

    [Fact]
    public void AnUnknownKeyCanBeLeftOut()
    {
        Assert.EndsWith("--ignore-config-key some_switch.", Assert.Throws<InputException>(() => Describe(Llama, "\"some_switch\":true")).Message);
    }

    [Theory]
    [InlineData("phi", "\"qk_layernorm\":true", "qk_layernorm")]
    [InlineData("qwen2", "\"use_mrope\":true", "use_mrope")]
    [InlineData("qwen3", "\"layer_types\":[\"full_attention\"]", "layer_types")]
    [InlineData("qwen3", "\"layer_types\":[\"full_attention\",\"chunked_attention\"]", "layer_types")]
    [InlineData("gemma", "\"hidden_act\":\"silu\"", "hidden_act")]
    [InlineData("gemma2", "\"use_bidirectional_attention\":true", "use_bidirectional_attention")]
    [InlineData("gemma2", "\"sliding_window\":4,\"sliding_window_size\":512", "sliding_window_size")]
    [InlineData("phi3", "\"interpolate_factor\":2", "interpolate_factor")]
    [InlineData("mistral", "\"attention_bias\":true", "attention_bias")]
    [InlineData("phi3", "\"rope_scaling\":{\"type\":\"su\",\"short_factor\":[1,1],\"long_factor\":[1,1],\"short_mscale\":1.2}", "short_mscale")]
    public void WhatAFamilyDoesNotHaveIsNamed(string family, string more, string refused) =>
        Assert.Contains(refused, Assert.Throws<InputException>(() => Describe(Of(family), more)).Message);

    [Fact]
    public void WhatReleasedFilesSayIsAccepted()
    {
        Assert.Equal([512, null], Describe(Of("gemma2"), "\"sliding_window_size\":512").AttentionWindows);
        Assert.Equal(Describe(Of("phi3")) with { AttentionWindows = [] }, Describe(Of("phi3"), "\"full_attn_mod\":1,\"interpolate_factor\":1,\"lm_head_bias\":false") with { AttentionWindows = [] });
    }

    [Theory]
    [InlineData("\"_name_or_path\":\"x\",\"architectures\":[\"LlamaForCausalLM\"],\"torch_dtype\":\"bfloat16\",\"transformers_version\":\"4.44.2\",\"use_cache\":true")]
    [InlineData("\"bos_token_id\":1,\"eos_token_id\":[1,2],\"pad_token_id\":null,\"initializer_range\":0.02,\"attention_dropout\":0.0,\"pretraining_tp\":1")]
    [InlineData("\"is_llama_config\":true,\"rope_interleaved\":false,\"transformers.js_config\":{\"dtype\":\"q4\"},\"quantization_config\":null")]
    [InlineData("\"use_sliding_window\":false,\"layer_types\":[\"full_attention\",\"full_attention\"],\"use_parallel_residual\":false,\"num_experts\":0,\"some_switch\":false,\"some_list\":[],\"some_name\":\"\"")]
    [InlineData("\"rope_scaling\":{\"type\":\"default\"}")]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"default\"},\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":10000.0}")]
    [InlineData("\"rope_scaling\":null,\"head_dim\":null,\"dtype\":\"float32\",\"is_encoder_decoder\":false,\"id2label\":{\"0\":\"A\"}")]
    public void HarmlessKeysAreAccepted(string more) => Assert.Equal(Describe(Llama), Describe(Llama, more));

    [Theory]
    [InlineData("{}", "model_type")]
    [InlineData("{\"model_type\":3}", "model_type")]
    [InlineData("{\"model_type\":\"mamba\"}", "mamba")]
    [InlineData("{\"model_type\":\"llama\"}", "hidden_size")]
    [InlineData("{\"model_type\":\"llama\",\"hidden_size\":8,\"num_attention_heads\":[2]}", "num_attention_heads")]
    [InlineData("[]", "object")]
    [InlineData("{\"model_type\":", "config.json")]
    public void MalformedFilesAreInputErrors(string text, string named) =>
        Assert.Contains(named, Assert.Throws<InputException>(() => ModelFamilies.Describe(ModelConfig.Parse(text, "folder/config.json"))).Message);

    private static string Of(string family) => Llama.Replace("llama", family, StringComparison.Ordinal) + ",\"num_key_value_heads\":2";

    private static DecoderSpec Describe(string config, string? more = null)
    {
        // A key that comes again replaces the one before.
        string key = more is null ? string.Empty : more[..more.IndexOf(':', StringComparison.Ordinal)];
        string kept = string.Join(',', config.Split(',').Where(entry => key.Length == 0 || !entry.StartsWith(key + ":", StringComparison.Ordinal)));
        return ModelFamilies.Describe(ModelConfig.Parse($"{{{kept}{(more is null ? string.Empty : "," + more)}}}", "folder/config.json"));
    }
}
