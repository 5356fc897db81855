using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Gguf;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Gguf;

/// <summary>What stands in a GGUF adapter; that llama.cpp computes the same with it, LoraUnlearn.LlamaCpp.Tests shows.</summary>
public sealed class GgufAdapterTests : IDisposable
{
    private const string Llama = """
        {"model_type":"llama","vocab_size":11,"hidden_size":8,"intermediate_size":12,"num_hidden_layers":2,"num_attention_heads":2,"num_key_value_heads":1}
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lora-unlearn-gguf-");
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void KeysNamesSizesAndValues()
    {
        // Row n of B holds n, so that its place can be read off.
        ModuleFactors query = new("model.layers.1.self_attn.q_proj", Counting(3, 8), Rows(8, 3), 2), key = new("model.layers.1.self_attn.k_proj", Counting(3, 8), Rows(4, 3), 2);
        ModuleFactors down = new("model.layers.0.mlp.down_proj", Counting(3, 12), Rows(8, 3), 2);
        using GgufFile file = Write(Llama, ScalarType.Float32, query, down, key);

        Assert.Equal("general.architecture", file.Order[0]);
        Assert.Equal("llama", file.Metadata["general.architecture"]);
        Assert.Equal("adapter", file.Metadata["general.type"]);
        Assert.Equal("lora", file.Metadata["adapter.type"]);
        Assert.Equal(6f, file.Metadata["adapter.lora.alpha"]);
        Assert.Equal(0u, file.Metadata["general.file_type"]);
        Assert.Equal(
            ["blk.0.ffn_down.weight.lora_a", "blk.0.ffn_down.weight.lora_b", "blk.1.attn_q.weight.lora_a", "blk.1.attn_q.weight.lora_b", "blk.1.attn_k.weight.lora_a", "blk.1.attn_k.weight.lora_b"],
            file.Tensors.Keys);
        Assert.Equal([12L, 3], file.Tensors["blk.0.ffn_down.weight.lora_a"].Sizes);
        Assert.Equal([3L, 8], file.Tensors["blk.0.ffn_down.weight.lora_b"].Sizes);
        Assert.Equal(Enumerable.Range(0, 36).Select(value => (float)value), file.Tensors["blk.0.ffn_down.weight.lora_a"].Values);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], FirstOfRows(file, "blk.0.ffn_down.weight.lora_b", 3));

        // Heads of width 4, halves 0 1 | 2 3: llama.cpp has 0 2 1 3. A stays as it is.
        Assert.Equal([0, 2, 1, 3, 4, 6, 5, 7], FirstOfRows(file, "blk.1.attn_q.weight.lora_b", 3));
        Assert.Equal([0, 2, 1, 3], FirstOfRows(file, "blk.1.attn_k.weight.lora_b", 3));
        Assert.Equal(Enumerable.Range(0, 24).Select(value => (float)value), file.Tensors["blk.1.attn_q.weight.lora_a"].Values);
    }

    [Fact]
    public void OnlyLlamaRotatesNeighbours()
    {
        using GgufFile file = Write(
            """{"model_type":"qwen2","vocab_size":11,"hidden_size":8,"intermediate_size":12,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":2}""",
            ScalarType.Float32, new ModuleFactors("model.layers.0.self_attn.q_proj", Counting(1, 8), Rows(8, 1), 1));
        Assert.Equal("qwen2", file.Metadata["general.architecture"]);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], FirstOfRows(file, "blk.0.attn_q.weight.lora_b", 1));
    }

    [Fact]
    public void FusedRowsOfNeoXArePutIntoBlocks()
    {
        using GgufFile file = Write(
            """{"model_type":"gpt_neox","vocab_size":11,"hidden_size":4,"intermediate_size":12,"num_hidden_layers":1,"num_attention_heads":2,"rotary_pct":1.0}""",
            ScalarType.Float32, new ModuleFactors("gpt_neox.layers.0.attention.query_key_value", Counting(1, 4), Rows(12, 1), 1));

        // Head by head q q k k v v; llama.cpp has all queries first.
        Assert.Equal([0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11], FirstOfRows(file, "blk.0.attn_qkv.weight.lora_b", 1));
    }

    [Fact]
    public void ScalesBesideTheCommonAlphaAreFoldedIntoB()
    {
        (string Map, string Name, int Rank, double Scale)[] modules =
        [
            ("model.layers.0.mlp.up_proj", "blk.0.ffn_up", 4, 8.0 / 4),
            ("model.layers.0.mlp.gate_proj", "blk.0.ffn_gate", 2, 8.0 / 2), // rank_pattern
            ("model.layers.1.mlp.up_proj", "blk.1.ffn_up", 2, 3.0 / 2), // alpha_pattern
            ("model.layers.1.mlp.gate_proj", "blk.1.ffn_gate", 4, -8.0 / 2), // rank-stabilised, subtracted
        ];
        using GgufFile file = Write(Llama, ScalarType.Float32, [.. modules.Select(module => new ModuleFactors(module.Map, Counting(module.Rank, 8), Rows(12, module.Rank), module.Scale))]);

        Assert.Equal(8f, file.Metadata["adapter.lora.alpha"]);
        foreach ((_, string name, int rank, double scale) in modules)
        {
            float theirs = 8f / rank; // llama.cpp's scale of the pair
            Assert.Equal(scale * 5, theirs * file.Tensors[name + ".weight.lora_b"].Values[5 * rank], 1e-5);
        }
    }

    [Fact]
    public void Float16IsRoundedOnceAndRefusesWhatDoesNotFit()
    {
        using GgufFile file = Write(Llama, ScalarType.Float16, new ModuleFactors("model.layers.0.mlp.up_proj", full([1, 8], 0.1, ScalarType.Float32), Rows(12, 1), 1));
        Assert.Equal((1u, (float)(Half)0.1f), (file.Tensors["blk.0.ffn_up.weight.lora_a"].Type, file.Tensors["blk.0.ffn_up.weight.lora_a"].Values[0]));
        WorkFailedException error = Assert.Throws<WorkFailedException>(() => Write(Llama, ScalarType.Float16, new ModuleFactors("model.layers.0.mlp.up_proj", Counting(1, 8), Rows(12, 1) * 1e4, 1)));
        Assert.Equal("blk.0.ffn_up.weight.lora_b has values beyond 65504, which do not fit float16; write float32.", error.Message);
    }

    [Theory]
    [InlineData("""{"model_type":"gpt_neo","vocab_size":11,"hidden_size":8,"num_layers":2,"num_heads":2}""", "no GGUF can be written for model_type 'gpt_neo': it is none of the architectures that llama.cpp and this program both know (gemma, gemma2, gpt2, gpt_neox, llama, mistral, phi, phi3, qwen2, qwen3")]
    [InlineData("""{"model_type":"opt","vocab_size":11,"hidden_size":8,"ffn_dim":8,"num_hidden_layers":2,"num_attention_heads":2}""", "for model_type 'opt'")]
    [InlineData("""{"model_type":"llama","vocab_size":11,"hidden_size":8,"intermediate_size":12,"num_hidden_layers":2,"num_attention_heads":2,"hidden_act":"relu"}""", "architecture 'llama' would compute something else than this model; what differs: the MLP (Relu). Use --format peft.")]
    [InlineData("""{"model_type":"llama","vocab_size":11,"hidden_size":8,"intermediate_size":12,"num_hidden_layers":2,"num_attention_heads":2,"rope_scaling":{"type":"dynamic","factor":2.0}}""", "the scaling of the positions (dynamic)")]
    [InlineData("""{"model_type":"gpt2","vocab_size":11,"n_embd":8,"n_layer":2,"n_head":2,"scale_attn_by_inverse_layer_idx":true}""", "the factor of the attention scores")]
    [InlineData("""{"model_type":"gemma2","vocab_size":11,"hidden_size":8,"intermediate_size":12,"num_hidden_layers":2,"num_attention_heads":2,"num_key_value_heads":1,"head_dim":4,"query_pre_attn_scalar":4,"final_logit_softcapping":null}""", "the caps of scores and logits")]
    [InlineData("""{"model_type":"gemma2","vocab_size":11,"hidden_size":8,"intermediate_size":12,"num_hidden_layers":2,"num_attention_heads":2,"num_key_value_heads":1,"head_dim":4,"query_pre_attn_scalar":9}""", "the factor of the attention scores (0.3333)")]
    [InlineData("""{"model_type":"qwen3","vocab_size":11,"hidden_size":8,"intermediate_size":12,"num_hidden_layers":2,"num_attention_heads":2,"num_key_value_heads":1,"attention_bias":true}""", "the biases (QueryKeyValue, AttentionOutput)")]
    public void WhatLlamaCppWouldComputeOtherwiseIsRefused(string config, string message)
    {
        InputException error = Assert.Throws<InputException>(() => Write(config, ScalarType.Float32, new ModuleFactors("m", Counting(1, 8), Rows(8, 1), 1)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AdapterOfAnotherModelIsRefused()
    {
        InputException widths = Assert.Throws<InputException>(() => Write(Llama, ScalarType.Float32, new ModuleFactors("model.layers.0.mlp.up_proj", Counting(1, 8), Rows(8, 1), 1)));
        Assert.Contains("is for a map [8,8], but the model's is [12,8]", widths.Message, StringComparison.Ordinal);
        InputException name = Assert.Throws<InputException>(() => Write(Llama, ScalarType.Float32, new ModuleFactors("model.layers.2.mlp.up_proj", Counting(1, 8), Rows(12, 1), 1)));
        Assert.Contains("which the model does not have", name.Message, StringComparison.Ordinal);
    }

    private GgufFile Write(string config, ScalarType dtype, params ModuleFactors[] modules)
    {
        string configPath = Path.Combine(_folder.FullName, "config.json"), path = Path.Combine(_folder.FullName, "adapter.gguf");
        File.WriteAllText(configPath, config);
        using AdapterFactors factors = new(modules, "an adapter");
        GgufAdapter.Write(path, factors, GgufArchitecture.Of(ModelFamilies.Describe(ModelConfig.Open(configPath)), configPath), dtype, "a name");
        return new GgufFile(path);
    }

    private static Tensor Counting(long rank, long width) => arange(rank * width, ScalarType.Float32).view(rank, width);

    private static Tensor Rows(long height, long rank) => arange(height, ScalarType.Float32).unsqueeze(1).repeat(1, rank);

    private static IEnumerable<int> FirstOfRows(GgufFile file, string name, int rank) => file.Tensors[name].Values.Where((_, index) => index % rank == 0).Select(value => (int)value);
}
