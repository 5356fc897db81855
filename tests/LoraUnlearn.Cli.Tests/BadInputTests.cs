using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>Bad input ends with exit code 2 and a message that says what, where and what to do; nothing is left half-written.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void MissingDataFile() => Refused(Unlearn(forget: _demo.In("none.jsonl")), "none.jsonl");

    [Fact]
    public void MissingModelFolder() => Refused(Unlearn(model: _demo.In("none")), "none: no such folder");

    [Fact]
    public void TruncatedWeights()
    {
        string model = _demo.CopyModel(), weights = Path.Combine(model, "model.safetensors");
        using (FileStream file = File.OpenWrite(weights))
        {
            file.SetLength(file.Length - 100);
        }

        Refused(Unlearn(model: model), "model.safetensors");
    }

    [Fact]
    public void LyingHeaderLength()
    {
        string model = _demo.CopyModel();
        using (FileStream file = File.OpenWrite(Path.Combine(model, "model.safetensors")))
        {
            file.Write(BitConverter.GetBytes(long.MaxValue / 2));
        }

        Refused(Unlearn(model: model), "model.safetensors");
    }

    [Fact]
    public void LyingOffsets()
    {
        string model = _demo.CopyModel();
        RewriteHeader(model, header => header["lm_head.weight"]!["data_offsets"] = new JsonArray(0, 1L << 60));

        Refused(Unlearn(model: model), "lm_head.weight");
    }

    [Fact]
    public void TensorOfAnotherShape()
    {
        string model = _demo.CopyModel();
        RewriteHeader(model, header =>
        {
            JsonArray shape = header["model.layers.0.mlp.up_proj.weight"]!["shape"]!.AsArray();
            header["model.layers.0.mlp.up_proj.weight"]!["shape"] = new JsonArray((long)shape[1]!, (long)shape[0]!);
        });

        Refused(Unlearn(model: model), "model.layers.0.mlp.up_proj.weight");
    }

    [Fact]
    public void MissingTensor()
    {
        string model = _demo.CopyModel();
        RewriteHeader(model, header =>
        {
            JsonNode tensor = header["model.layers.1.self_attn.q_proj.weight"]!.DeepClone();
            header.Remove("model.layers.1.self_attn.q_proj.weight");
            header["model.layers.1.self_attn.q_porj.weight"] = tensor;
        });

        Refused(Unlearn(model: model), "model.layers.1.self_attn.q_proj.weight");
    }

    [Fact]
    public void UnknownFamily()
    {
        string model = _demo.CopyModel(), config = Path.Combine(model, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("LlamaForCausalLM", "MambaForCausalLM", StringComparison.Ordinal).Replace("\"llama\"", "\"mamba\"", StringComparison.Ordinal));

        Refused(Unlearn(model: model), "amba");
    }

    [Fact]
    public void PickledWeights()
    {
        string model = _demo.CopyModel();
        File.Move(Path.Combine(model, "model.safetensors"), Path.Combine(model, "pytorch_model.bin"));

        Refused(Unlearn(model: model), "pytorch_model.bin");
    }

    [Fact]
    public void MalformedRow()
    {
        string rows = _demo.Write("bad.jsonl", "{\"text\": \"one row is good\"}\n\n{\"text\": \"this one is not\"\n");

        Refused(Unlearn(forget: rows), "bad.jsonl, line 3");
    }

    [Fact]
    public void EmptyForgetSet() => Refused(Unlearn(forget: _demo.Write("empty.jsonl", "\n\n")), "empty.jsonl");

    [Fact]
    public void RowWithNothingToScore()
    {
        string rows = _demo.Write("bad.jsonl", "{\"input_ids\": [5, 6, 7]}\n{\"input_ids\": [5, 6, 7], \"labels\": [-100, -100, -100]}\n");

        Refused(Unlearn(forget: rows), "bad.jsonl, line 2");
    }

    [Fact]
    public void RankLargerThanAMap() => Refused(Unlearn(more: ["--rank", "97"]), "Rank 97 is larger than 'model.layers.0.self_attn.k_proj' [96,192]");

    [Fact]
    public void UnknownOption() => Refused(Unlearn(more: ["--rnak", "4"]), "Did you mean '--rank'?");

    [Fact]
    public void UnknownObjective() => Refused(Unlearn(more: ["--objective", "ihk"]), "'ihk'");

    [Fact]
    public void UnknownRetainTerm() => Refused(Unlearn(more: ["--retain-loss", "nlll"]), "'nlll'");

    [Fact]
    public void UnknownTarget() => Refused(Unlearn(more: ["--targets", "q_proj,w_proj"]), "'w_proj'");

    [Fact]
    public void RetainTermWithoutARetainSet()
    {
        string[] arguments = ["unlearn", "--model", DemoMaterial.Model, "--forget", _demo.Forget, "--retain-loss", "nll", "--out", _demo.In("out")];

        Refused(arguments, "--retain");
    }

    [Fact]
    public void OutputThatExists()
    {
        Directory.CreateDirectory(_demo.In("out"));
        File.WriteAllText(_demo.In("out/mine.txt"), "mine");
        ToolRun run = ToolRun.Of(Unlearn());

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("exists already and is not empty", run.Error, StringComparison.Ordinal);
        Assert.Equal(["mine.txt"], Directory.EnumerateFileSystemEntries(_demo.In("out")).Select(Path.GetFileName));
    }

    [Fact]
    public void OutputUnderAFile()
    {
        string file = _demo.Write("file", "not a folder");
        ToolRun run = ToolRun.Of([.. Unlearn()[..^2], "--out", Path.Combine(file, "out")]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(Path.Combine(file, "out"), run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void OutputFolderThatIsMissingForAFile()
    {
        ToolRun run = ToolRun.Of("score", "--model", DemoMaterial.Model, "--data", _demo.Forget, "--out", _demo.In("none/scores.jsonl"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("none does not exist", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AdapterOfAnotherModel()
    {
        string adapter = Path.Combine(Repository.Fixtures, "models", "llama-gqa", "adapter");

        Refused(["score", "--model", DemoMaterial.Model, "--adapter", adapter, "--data", _demo.Forget], "adapter");
    }

    [TmpfsFact]
    public void FullDisk()
    {
        string mount = _demo.In("small");
        Directory.CreateDirectory(mount);
        Run("mount", "-t", "tmpfs", "-o", "size=112k", "tmpfs", mount);
        try
        {
            ToolRun run = ToolRun.Of("fisher", "--model", DemoMaterial.Model, "--forget", _demo.Forget, "--retain", _demo.Retain, "--threads", "1", "--out", Path.Combine(mount, "fisher.safetensors"));
            ToolRun merge = ToolRun.Of("merge", "--model", DemoMaterial.Model, "--adapter", _demo.TrainAdapter(), "--out", Path.Combine(mount, "merged"));

            Assert.Equal(0, run.ExitCode);
            Assert.Equal(2, merge.ExitCode);
            Assert.Matches(@"[kM]B are needed, and the disk has [0-9.]+ kB free; nothing was written", merge.Error); // asked before the writing starts
            Assert.Equal(["fisher.safetensors"], Directory.EnumerateFileSystemEntries(mount).Select(Path.GetFileName));
        }
        finally
        {
            Run("umount", mount);
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private string[] Unlearn(string? model = null, string? forget = null, string[]? more = null) =>
    [
        "unlearn", "--model", model ?? DemoMaterial.Model, "--forget", forget ?? _demo.Forget, "--retain", _demo.Retain, .. more ?? [], "--threads", "1", "--out", _demo.In("out"),
    ];

    private void Refused(string[] arguments, string message)
    {
        string[] before = [.. _demo.Names()];
        ToolRun run = ToolRun.Of(arguments);

        Assert.True(run.ExitCode == 2, $"exit code {run.ExitCode}: {run.Error}");
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Out);
        Assert.Equal(before, _demo.Names());
    }

    // Changes the header and leaves the data as it is.
    private static void RewriteHeader(string model, Action<JsonObject> change)
    {
        string path = Path.Combine(model, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(path);
        int length = checked((int)BinaryPrimitives.ReadInt64LittleEndian(bytes));
        JsonObject header = JsonNode.Parse(bytes.AsSpan(8, length))!.AsObject();
        change(header);
        byte[] text = Encoding.UTF8.GetBytes(header.ToJsonString());
        Array.Resize(ref text, (text.Length + 7) / 8 * 8);
        text.AsSpan().Replace((byte)0, (byte)' ');
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, text.Length);
        File.WriteAllBytes(path, [.. prefix, .. text, .. bytes.AsSpan(8 + length)]);
    }
}
