using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Models;

/// <summary>A head of its own in a checkpoint whose configuration ties it to the embedding (issue 12, item 4).</summary>
public sealed class TiedHeadTests : IDisposable
{
    private const string Config = """{"model_type":"llama","vocab_size":8,"hidden_size":4,"intermediate_size":4,"num_hidden_layers":1,"num_attention_heads":1,"tie_word_embeddings":true}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AnEqualHeadIsNoMatter()
    {
        using ModelFolder folder = Write(difference: 0);
        Assert.Null(TiedHead.Warning(folder, ModelFamilies.Describe(folder.Config)));
    }

    // As in transformers: the logits are those of the embedding.
    [Fact]
    public void AnotherHeadIsWarnedOfAndTheTiedOneIsUsed()
    {
        using ModelFolder folder = Write(difference: 1);
        string warning = TiedHead.Warning(folder, ModelFamilies.Describe(folder.Config))!;
        Assert.Contains("ties the output head to the embedding", warning);
        Assert.Contains("lm_head.weight", warning);
        Assert.Contains("set tie_word_embeddings to false", warning);
        using Decoder decoder = Decoder.Load(folder, CPU, ScalarType.Float32);
        using DisposeScope scope = NewDisposeScope();
        Assert.True(decoder.HeadWeight.Equals(folder.Weights.Read("model.embed_tokens.weight")));
    }

    [Fact]
    public void AHeadOfAnUntiedModelIsItsOwn()
    {
        using ModelFolder folder = Write(difference: 1, Config.Replace("true", "false", StringComparison.Ordinal));
        DecoderSpec spec = ModelFamilies.Describe(folder.Config);
        Assert.Null(TiedHead.UnusedHead(folder.Weights, spec));
        Assert.Null(TiedHead.Warning(folder, spec));
    }

    private ModelFolder Write(double difference, string config = Config)
    {
        using DisposeScope scope = NewDisposeScope();
        _folder.Write("config.json", config);
        DecoderSpec spec = ModelFamilies.Describe(ModelConfig.Open(_folder["config.json"]));
        Dictionary<string, Tensor> tensors = DecoderTensors.Of(spec).ToDictionary(tensor => tensor.Name, tensor => linspace(-1, 1, tensor.Shape.Aggregate(1L, (a, b) => a * b)).reshape([.. tensor.Shape]));
        tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"] + difference;
        SafetensorsWriter.Write(_folder["model.safetensors"], tensors);
        return ModelFolder.Open(_folder.Path);
    }
}
