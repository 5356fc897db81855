using System.Text;
using System.Text.Json;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

public sealed class InfoVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void SafetensorsFileIsListed()
    {
        string path = WriteSafetensors(
            """{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"a":{"dtype":"F16","shape":[],"data_offsets":[24,26]}}""", 26);
        ToolRun run = ToolRun.Of("info", path, "--json");

        Assert.Equal("", run.Error);
        using JsonDocument document = JsonDocument.Parse(run.Out);
        JsonElement root = document.RootElement;
        Assert.Equal("safetensors", root.GetProperty("kind").GetString());
        Assert.Equal(7, root.GetProperty("parameters").GetInt64());
        Assert.Equal(26, root.GetProperty("bytes").GetInt64());
        Assert.Equal("pt", root.GetProperty("metadata").GetProperty("format").GetString());
        Assert.Equal(["a", "b"], root.GetProperty("tensors").EnumerateArray().Select(tensor => tensor.GetProperty("name").GetString()!));
        Assert.Equal([2, 3], root.GetProperty("tensors")[1].GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()));
    }

    [Fact]
    public void PeopleSeeATable()
    {
        string path = WriteSafetensors("""{"w":{"dtype":"BF16","shape":[4,2],"data_offsets":[0,16]}}""", 16);
        ToolRun run = ToolRun.Of("info", path);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("parameters     8\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("tensor  type  shape\nw       BF16  [4, 2]\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void ControlCharactersOfANameDoNotReachTheTerminal()
    {
        string path = WriteSafetensors("""{"w\u001b[2J":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4);
        ToolRun run = ToolRun.Of("info", path);

        Assert.Equal(0, run.ExitCode);
        Assert.DoesNotContain('\u001b', run.Out);
    }

    [Fact]
    public void TruncatedFileIsBadInput()
    {
        string path = WriteSafetensors("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", 12);
        ToolRun run = ToolRun.Of("info", path, "--json");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("", run.Out);
        Assert.Contains(path, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingPathIsBadInput()
    {
        ToolRun run = ToolRun.Of("info", Path.Combine(_folder.Path, "none"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("none does not exist; expected a model folder", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void NoPathIsBadUsage() => Assert.Equal(2, ToolRun.Of("info").ExitCode);

    [Fact]
    public void MistypedOptionIsNotTakenForThePath()
    {
        ToolRun run = ToolRun.Of("info", "--jsn");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'--jsn' is not an option of 'info'. Did you mean '--json'?", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ManifestIsShownByItsKeys()
    {
        string path = _folder.Write("unlearn_manifest.json", """{"base_digest":"ab12","metrics":{"forget":0.1}}""");
        ToolRun run = ToolRun.Of("info", path);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("base digest  ab12\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void EmptyFolderIsBadInput()
    {
        ToolRun run = ToolRun.Of("info", _folder.Path);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("config.json", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"hidden_size\": 192", "\"hidden_size\": -192", "hidden_size")]
    [InlineData("\"rope_theta\": 10000", "\"rope_theta\": \"\"", "rope_theta")]
    [InlineData("\"model_type\": \"llama\"", "\"model_type\": \"mamba\"", "mamba")]
    [InlineData("\"vocab_size\": 1024", "\"vocab_size\": 1025", "config.json asks for [1025,192]")]
    [InlineData("\"num_hidden_layers\": 4", "\"num_hidden_layers\": 5", "the tensor 'model.layers.4.")]
    public void ModelThatCannotBeComputedIsMarked(string good, string bad, string reason)
    {
        using DemoMaterial demo = new();
        string model = demo.CopyModel(), config = Path.Combine(model, "config.json");
        string text = File.ReadAllText(config);
        Assert.Contains(good, text, StringComparison.Ordinal);
        File.WriteAllText(config, text.Replace(good, bad, StringComparison.Ordinal));

        ToolRun run = ToolRun.Of("info", model, "--json");
        ToolRun score = ToolRun.Of("score", "--model", model, "--data", demo.Forget);

        JsonElement root = DemoMaterial.Json(run);
        Assert.False(root.GetProperty("runs").GetBoolean());
        Assert.Contains(reason, root.GetProperty("fault").GetString(), StringComparison.Ordinal);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.Equal(2, score.ExitCode);
        Assert.Contains(reason, score.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void QuietOnlyChecks()
    {
        ToolRun run = ToolRun.Of("info", DemoMaterial.Model, "--quiet");

        Assert.Equal((0, "", ""), (run.ExitCode, run.Out, run.Error));
        Assert.True(DemoMaterial.Json(ToolRun.Of("info", DemoMaterial.Model, "--json")).GetProperty("runs").GetBoolean());
    }

    [Fact]
    public void GgufAdapterIsDescribed()
    {
        string adapter = Path.Combine(Repository.Root, "adapters", "demo-people"), file = Path.Combine(_folder.Path, "adapter.gguf");
        Assert.Equal(0, ToolRun.Of("export", "--adapter", adapter, "--model", DemoMaterial.Model, "--format", "gguf", "--dtype", "float16", "--no-measure", "--out", file).ExitCode);

        JsonElement found = DemoMaterial.Json(ToolRun.Of("info", file, "--json")), folder = DemoMaterial.Json(ToolRun.Of("info", adapter, "--json"));

        Assert.Equal(("gguf", "adapter", "llama", "lora"), (Text("kind"), Text("type"), Text("architecture"), Text("adapter_type")));
        Assert.Equal(folder.GetProperty("lora_alpha").GetDouble(), found.GetProperty("adapter_lora_alpha").GetDouble());
        Assert.Equal(folder.GetProperty("parameters").GetInt64(), found.GetProperty("parameters").GetInt64());
        Assert.Equal("F16", Assert.Single(found.GetProperty("dtypes").EnumerateArray()).GetString());
        Assert.Contains(found.GetProperty("tensors").EnumerateArray(), tensor => tensor.GetProperty("name").GetString() == "blk.0.attn_q.weight.lora_a" && tensor.GetProperty("shape")[0].GetInt32() == 16);
        Assert.Matches(@"\nblk\.0\.attn_q\.weight\.lora_a +F16 +\[16, \d+\]\n", ToolRun.Of("info", file).Out);

        string? Text(string key) => found.GetProperty(key).GetString();
    }

    [Fact]
    public void AdapterIsASummaryUnlessItsTensorsAreAskedFor()
    {
        string adapter = Path.Combine(Repository.Root, "adapters", "demo-people");
        ToolRun summary = ToolRun.Of("info", adapter), all = ToolRun.Of("info", adapter, "--tensors");

        Assert.InRange(summary.Out.Split('\n').Length, 5, 20);
        Assert.Contains("modules count", summary.Out, StringComparison.Ordinal);
        Assert.Contains("lora_A.weight", all.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("lora_A.weight", summary.Out, StringComparison.Ordinal);
    }

    [SharedFact("fixtures/models/llama-gqa")]
    public void ModelFolderAndItsAdapterAreDescribed()
    {
        ToolRun model = ToolRun.Of("info", Repository.InShared("fixtures/models/llama-gqa"), "--json");
        ToolRun adapter = ToolRun.Of("info", Repository.InShared("fixtures/models/llama-gqa/adapter"), "--json");

        using JsonDocument described = JsonDocument.Parse(model.Out);
        Assert.Equal("model", described.RootElement.GetProperty("kind").GetString());
        Assert.Equal("llama", described.RootElement.GetProperty("family").GetString());
        Assert.Equal(2, described.RootElement.GetProperty("num_key_value_heads").GetInt32());
        using JsonDocument pair = JsonDocument.Parse(adapter.Out);
        Assert.Equal("adapter", pair.RootElement.GetProperty("kind").GetString());
        Assert.Equal(4, pair.RootElement.GetProperty("r").GetInt32());
        Assert.Equal(7, pair.RootElement.GetProperty("target_modules").GetArrayLength());
    }

    [SharedFact("models/tofu-llama-full")]
    public void ParametersOfATrainedCheckpointAreCounted()
    {
        ToolRun run = ToolRun.Of("info", Repository.InShared("models/tofu-llama-full"), "--json");

        using JsonDocument document = JsonDocument.Parse(run.Out);
        Assert.Equal(5_639_424, document.RootElement.GetProperty("parameters").GetInt64());
    }

    private string WriteSafetensors(string header, int dataBytes)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        string path = Path.Combine(_folder.Path, "file.safetensors");
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)json.Length), .. json, .. new byte[dataBytes]]);
        return path;
    }
}
