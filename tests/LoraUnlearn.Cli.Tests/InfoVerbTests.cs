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
