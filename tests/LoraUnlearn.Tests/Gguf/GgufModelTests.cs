using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Gguf;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Checkpoints;
using LoraUnlearn.Tests.Models.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Gguf;

/// <summary>GGUF models as files; that llama.cpp computes the same with them, LoraUnlearn.LlamaCpp.Tests shows.</summary>
public sealed class GgufModelTests : IDisposable
{
    private const string Llama = """
        {"model_type":"llama","vocab_size":11,"hidden_size":8,"intermediate_size":12,"num_hidden_layers":2,"num_attention_heads":2,"num_key_value_heads":1,"tie_word_embeddings":true}
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(Llama)]
    [InlineData("""{"model_type":"gpt2","vocab_size":11,"n_embd":12,"n_layer":2,"n_head":3,"n_positions":9}""")]
    [InlineData("""{"model_type":"gpt_neox","vocab_size":11,"hidden_size":8,"intermediate_size":12,"num_hidden_layers":1,"num_attention_heads":2,"rotary_pct":0.5,"tie_word_embeddings":true}""")]
    public void PiecesMakeTheSameFile(string config)
    {
        using ModelFolder model = Checkpoint(config, out AdapterFactors adapter);
        using (adapter)
        {
            GgufModel.Write(_folder["whole.gguf"], model, [new(adapter)], ScalarType.Float32);
            GgufModel.Write(_folder["pieces.gguf"], model, [new(adapter)], ScalarType.Float32, pieceElements: 20);
        }

        using GgufFile whole = new(_folder["whole.gguf"]), pieces = new(_folder["pieces.gguf"]);
        Assert.Equal(whole.Tensors.Keys, pieces.Tensors.Keys);
        Assert.All(whole.Tensors, tensor => Assert.All(
            tensor.Value.Values.Zip(pieces.Tensors[tensor.Key].Values), pair => Assert.Equal(pair.First, pair.Second, 1e-6f))); // products of other shapes may round otherwise
    }

    [Fact]
    public void SettingsNamesAndTypes()
    {
        using ModelFolder model = Checkpoint(Llama, out AdapterFactors adapter);
        adapter.Dispose();
        IReadOnlyList<string> notes = GgufModel.Write(_folder["model.gguf"], model, [], ScalarType.Float16);
        using GgufFile file = new(_folder["model.gguf"]);

        Assert.Contains("takes and gives token ids only", Assert.Single(notes), StringComparison.Ordinal);
        Assert.Equal(("llama", "model", 1u, "no_vocab"), (file.Metadata["general.architecture"], file.Metadata["general.type"], file.Metadata["general.file_type"], file.Metadata["tokenizer.ggml.model"]));
        Assert.Equal(
            (8u, 12u, 2u, 2u, 1u, 4u, 11u, 2048u),
            (file.Metadata["llama.embedding_length"], file.Metadata["llama.feed_forward_length"], file.Metadata["llama.block_count"], file.Metadata["llama.attention.head_count"],
                file.Metadata["llama.attention.head_count_kv"], file.Metadata["llama.rope.dimension_count"], file.Metadata["llama.vocab_size"], file.Metadata["llama.context_length"]));
        Assert.False(file.Tensors.ContainsKey("output.weight")); // llama.cpp takes the embedding
        Assert.Equal((1u, 0u), (file.Tensors["blk.1.attn_k.weight"].Type, file.Tensors["blk.1.attn_norm.weight"].Type));
        Assert.Equal([8L, 4], file.Tensors["blk.1.attn_k.weight"].Sizes);
    }

    [Fact]
    public void WindowsLimitTheContextAndAreNoted()
    {
        using ModelFolder model = Checkpoint(Llama.Replace("\"llama\"", "\"mistral\",\"sliding_window\":48", StringComparison.Ordinal), out AdapterFactors adapter);
        adapter.Dispose();
        IReadOnlyList<string> notes = GgufModel.Write(_folder["model.gguf"], model, [], ScalarType.Float32);
        using GgufFile file = new(_folder["model.gguf"]);
        Assert.Equal(48u, file.Metadata["llama.context_length"]);
        Assert.Contains(notes, note => note.Contains("its context is limited to the window, 48 tokens of 131072", StringComparison.Ordinal));
    }

    [Fact]
    public void FileThatCannotBeWrittenLeavesTheOldOne()
    {
        using ModelFolder model = Checkpoint(Llama, out AdapterFactors adapter);
        File.WriteAllText(_folder["model.gguf"], "an earlier file");
        using AdapterFactors large = new([adapter.Modules[0] with { B = adapter.Modules[0].B * 1e6 }], "large");
        Assert.Throws<WorkFailedException>(() => GgufModel.Write(_folder["model.gguf"], model, [new(large)], ScalarType.Float16));
        Assert.Equal("an earlier file", File.ReadAllText(_folder["model.gguf"]));
        adapter.Dispose();
    }

    private ModelFolder Checkpoint(string config, out AdapterFactors adapter)
    {
        DecoderSpec spec = ModelFamilies.Describe(ModelConfig.Parse(config, "config.json"));
        PlainCheckpoint weights = new(spec);
        _folder.Write("config.json", config);
        SafetensorsWriter.Write(_folder["model.safetensors"], [.. weights.Names.Select(name => KeyValuePair.Create(name, weights.Read(name).to_type(ScalarType.Float32)))]);
        using Decoder decoder = Decoder.Build(spec, weights, CPU, ScalarType.Float32);
        using Generator generator = new(5);
        adapter = new AdapterFactors(
            [.. decoder.Maps.Select(map => new ModuleFactors(map.Name, randn([2, map.InputWidth], generator: generator), randn([map.OutputWidth, 2], generator: generator), 0.1))], "test");
        return ModelFolder.Open(_folder.Path);
    }
}
