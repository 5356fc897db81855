using LLama.Native;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Gguf;
using TorchSharp;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace LoraUnlearn.LlamaCpp.Tests;

/// <summary>The real llama.cpp loads our GGUF models and adapters, and computes what we compute, for every architecture that both know.</summary>
public class ArchitectureTests(ITestOutputHelper output)
{
    private const string Sizes = "\"vocab_size\":61,\"hidden_size\":64,\"intermediate_size\":96,\"num_hidden_layers\":3,\"num_attention_heads\":4,\"max_position_embeddings\":64";
    private const string LongSizes = "\"vocab_size\":61,\"hidden_size\":64,\"intermediate_size\":96,\"num_hidden_layers\":3,\"num_attention_heads\":4,\"max_position_embeddings\":600";
    private const double Float32Tolerance = 1e-3;
    private const double Float16Tolerance = 2e-2;

    private static readonly Dictionary<string, string> Configs = new()
    {
        ["llama"] = $$"""{"model_type":"llama",{{Sizes}},"num_key_value_heads":2,"rms_norm_eps":1e-5,"rope_theta":1000}""",
        ["llama with biases, a head size of its own and a tied head"] =
            $$"""{"model_type":"llama",{{Sizes}},"num_key_value_heads":2,"head_dim":24,"attention_bias":true,"mlp_bias":true,"tie_word_embeddings":true}""",
        ["llama, llama3 scaling"] =
            $$$"""{"model_type":"llama",{{{Sizes}}},"rope_theta":1000,"rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":40}}""",
        ["llama, linear scaling"] = $$$"""{"model_type":"llama",{{{Sizes}}},"rope_scaling":{"rope_type":"linear","factor":2.5}}""",
        ["llama, yarn scaling"] =
            $$$"""{"model_type":"llama",{{{Sizes}}},"rope_theta":1000,"rope_scaling":{"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":16}}""",
        ["mistral"] = $$"""{"model_type":"mistral",{{Sizes}},"num_key_value_heads":2,"sliding_window":48}""",
        ["qwen2"] = $$"""{"model_type":"qwen2",{{Sizes}},"num_key_value_heads":2,"rope_theta":100000.0,"tie_word_embeddings":true}""",
        ["qwen3"] = $$"""{"model_type":"qwen3",{{Sizes}},"num_key_value_heads":2,"head_dim":24,"rope_theta":100000.0}""",
        ["phi"] = $$"""{"model_type":"phi",{{Sizes}},"partial_rotary_factor":0.5}""",
        ["phi3"] = $$"""{"model_type":"phi3",{{Sizes}},"num_key_value_heads":2,"sliding_window":48}""",
        ["phi3, longrope"] =
            $$$"""{"model_type":"phi3",{{{LongSizes}}},"num_key_value_heads":2,"original_max_position_embeddings":300,"rope_scaling":{"type":"longrope","short_factor":[1.1,1.2,1.3,1.4,1.5,1.6,1.7,1.8],"long_factor":[1.5,2.5,2.5,3.5,4,4,4,4]}}""",
        ["gpt_neox"] = $$"""{"model_type":"gpt_neox",{{Sizes}},"rotary_pct":0.25,"hidden_act":"gelu_new"}""",
        ["gpt_neox, one after the other"] = $$"""{"model_type":"gpt_neox",{{Sizes}},"rotary_pct":0.5,"hidden_act":"gelu_new","use_parallel_residual":false}""",
        ["gpt_neox, gelu of the error function"] = $$"""{"model_type":"gpt_neox",{{Sizes}},"rotary_pct":0.25,"hidden_act":"gelu"}""",
        ["gpt2"] = """{"model_type":"gpt2","vocab_size":61,"n_embd":64,"n_layer":3,"n_head":4,"n_positions":64}""",
        ["gemma"] = $$"""{"model_type":"gemma",{{Sizes}},"num_key_value_heads":2,"head_dim":16}""",
        ["gemma2"] = $$"""{"model_type":"gemma2",{{Sizes}},"num_key_value_heads":2,"head_dim":16,"query_pre_attn_scalar":16,"sliding_window":8}""",
    };

    public static TheoryData<string> Names => [.. Configs.Keys];

    private static long[] Ids(int length = 24) => [.. Enumerable.Range(0, length).Select(position => (long)((position * 17) + 5) % 61)];

    [Theory]
    [MemberData(nameof(Names))]
    public void SameLogitsInFloat32(string name) => Compare(name, ScalarType.Float32, Float32Tolerance);

    [Theory]
    [MemberData(nameof(Names))]
    public void SameLogitsInFloat16(string name) => Compare(name, ScalarType.Float16, Float16Tolerance);

    [Fact]
    public void LongFactorsServeLongTexts() => Compare("phi3, longrope", ScalarType.Float32, Float32Tolerance, length: 320, context: 512);

    private void Compare(string name, ScalarType dtype, double tolerance, int length = 24, uint context = 32)
    {
        long[] ids = Ids(length);
        using RandomCheckpoint checkpoint = new(Configs[name]);
        using ModelFolder model = ModelFolder.Open(checkpoint.Folder);
        using AdapterFactors adapter = checkpoint.Adapter();
        IReadOnlyList<string> notes = GgufModel.Write(checkpoint.In("base.gguf"), model, [], dtype);
        GgufModel.Write(checkpoint.In("merged.gguf"), model, [new WeightedAdapter(adapter)], dtype);
        GgufAdapter.Write(checkpoint.In("adapter.gguf"), adapter, GgufArchitecture.Of(checkpoint.Spec, "config.json"), dtype, "a test");
        float[][] ours = checkpoint.Logits(ids), oursAdapted = checkpoint.Logits(ids, adapter);

        using LlamaCppModel theirs = new(checkpoint.In("base.gguf"), context);
        double plain = Difference(ours, theirs.Logits(ids));
        LoraAdapter lora = theirs.LoadAdapter(checkpoint.In("adapter.gguf"));
        double loadedOnly = Difference(oursAdapted, theirs.Logits(ids));
        theirs.Apply((lora, 1));
        double adapted = Difference(oursAdapted, theirs.Logits(ids));
        theirs.Apply();
        double off = Difference(ours, theirs.Logits(ids));
        using LlamaCppModel mergedModel = new(checkpoint.In("merged.gguf"), context);
        double merged = Difference(oursAdapted, mergedModel.Logits(ids));

        double largest = ours.Concat(oursAdapted).SelectMany(row => row).Max(Math.Abs);
        output.WriteLine($"{name}, {dtype}: base {plain:e1}, adapter {adapted:e1}, merged {merged:e1}, not applied {loadedOnly:e1}, largest logit {largest:0.0}{string.Concat(notes.Select(note => $"\n  {note}"))}");
        Assert.InRange(plain, 0, tolerance);
        Assert.InRange(adapted, 0, tolerance);
        Assert.InRange(merged, 0, tolerance);
        Assert.InRange(off, 0, tolerance);
        Assert.True(loadedOnly > 10 * Float16Tolerance, $"an adapter that is loaded but not applied must not pass: {loadedOnly}");
    }

    private static double Difference(float[][] first, float[][] second) =>
        first.Zip(second).Max(rows => rows.First.Zip(rows.Second).Max(pair => Math.Abs((double)pair.First - pair.Second)));
}
