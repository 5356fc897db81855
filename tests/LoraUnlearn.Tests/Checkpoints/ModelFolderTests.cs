using LoraUnlearn.Checkpoints;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Tests.Checkpoints;

public sealed class ModelFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AFolderGivesItsParts()
    {
        WriteModel("""{"model_type":"llama"}""");
        _folder.Write("tokenizer.json", "{}");
        using ModelFolder model = ModelFolder.Open(_folder.Path);
        Assert.Equal("llama", model.Config.ModelType);
        Assert.True(model.Weights.Contains("a"));
        Assert.Equal(_folder["tokenizer.json"], model.TokenizerPath);
    }

    [Fact]
    public void ASettingCanBeLeftOut()
    {
        WriteModel("""{"model_type":"llama","strange":1,"other":2}""");
        using ModelFolder model = ModelFolder.Open(_folder.Path, ["strange"]);
        Assert.False(model.Config.Has("strange"));
        Assert.Equal(["model_type", "other"], model.Config.Keys);
        Assert.Null(model.TokenizerPath);
    }

    [Fact]
    public void TheDigestIsThatOfTheFilesInOrder()
    {
        WriteModel("{}");
        using ModelFolder model = ModelFolder.Open(_folder.Path);
        byte[] all = [.. File.ReadAllBytes(_folder["config.json"]), .. File.ReadAllBytes(_folder["model.safetensors"])];
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(all)), model.Digest());
    }

    [SharedFact("models/stories260K")]
    public void TheDigestOfASharedModelIsWhatSha256SumPrints()
    {
        using ModelFolder model = ModelFolder.Open(Repository.InShared("models/stories260K"));
        Assert.Equal("cbb7b4b0f2abe192e63f2497f5ec5399449427c3124d722864125184a67c0b87", model.Digest());
        Assert.Equal(model.Digest(), model.Digest());
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("pytorch_model-00001-of-00002.bin")]
    [InlineData("consolidated.00.pth")]
    [InlineData("model.pt")]
    [InlineData("last.ckpt")]
    public void PicklesAreNamedWithTheWayToConvertThem(string name)
    {
        _folder.Write("config.json", "{}");
        _folder.Write(name, "x");
        string message = Refused();
        Assert.StartsWith($"{_folder.Path}: no weights found. {name}: ", message, StringComparison.Ordinal);
        Assert.Contains("model.save_pretrained(dir, safe_serialization=True)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void GgufIsNamedWithTheWayToConvertIt()
    {
        _folder.Write("config.json", "{}");
        _folder.Write("q4.gguf", "x");
        Assert.Contains("q4.gguf: .gguf weights are not read. Use the model's original safetensors folder", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatATrainerLeavesIsNotTakenForWeights()
    {
        _folder.Write("config.json", "{}");
        _folder.Write("training_args.bin", "x");
        Assert.EndsWith(
            "no weights found. Expected model.safetensors, or model.safetensors.index.json and the files it names.", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderThatIsNoneIsNamed()
    {
        string file = _folder.Write("model.safetensors", "x");
        Assert.StartsWith($"{file}: found a file, expected a model folder", Refused(file), StringComparison.Ordinal);
        Assert.StartsWith($"{_folder["none"]}: no such folder.", Refused(_folder["none"]), StringComparison.Ordinal);
        Assert.StartsWith($"{_folder.Path}: there is no config.json. Expected a Hugging Face model folder", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void ABadConfigIsNamed()
    {
        WriteModel("[]");
        Assert.Equal($"{_folder["config.json"]}: found an array of 0 at the root, expected a JSON object.", Refused());
    }

    private void WriteModel(string config)
    {
        _folder.Write("config.json", config);
        _folder.Write("model.safetensors", SafetensorsBytes.File("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1));
    }

    private string Refused() => Refused(_folder.Path);

    private static string Refused(string path) => Assert.Throws<InputException>(() => ModelFolder.Open(path)).Message;
}
