using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Cli.Tests;

/// <summary>The dry run: the plan that <c>unlearn</c> prints, and what it would refuse.</summary>
public sealed class CheckVerbTests : IDisposable
{
    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void PrintsThePlan()
    {
        ToolRun run = ToolRun.Of(Check());
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("model: llama, 2.0 M parameters", run.Out);
        Assert.Contains("EOS 0 (<|endoftext|>)", run.Out);
        Assert.Contains($"forget: {_demo.Forget}: 8 rows, ", run.Out);
        Assert.Contains($"retain: {_demo.Retain}: 16 rows, ", run.Out);
        Assert.Contains(", template plain", run.Out);
        Assert.Contains("adapter: rank 16 on 28 maps, ", run.Out);
        Assert.Contains("training: 5 steps of ihl, padding ", run.Out);
        Assert.Contains("memory: about ", run.Out);
        Assert.Contains("time: ", run.Out);
        Assert.Contains("the model has no chat template", run.Out);
    }

    // Counted by hand: 8 rows in one batch of 16, 5 epochs; rank 16 on every map; parameters as the file has them.
    [Fact]
    public void TheFiguresAreThoseOfTheRunAndOfTheFile()
    {
        JsonElement plan = DemoMaterial.Json(ToolRun.Of([.. Check(), "--json", "--dtype", "float32"]));
        using TensorSource weights = TensorSource.Open(DemoMaterial.Model);
        long parameters = weights.Entries.Values.Sum(entry => entry.Shape.Aggregate(1L, (product, size) => product * size));
        Assert.Equal(parameters, plan.GetProperty("parameters").GetInt64());
        JsonElement forget = plan.GetProperty("forget");
        JsonElement rows = DemoMaterial.Json(ToolRun.Of("tokenize", "--model", DemoMaterial.Model, "--data", _demo.Forget, "--rows", "99", "--json"));
        Assert.Equal(rows.EnumerateArray().Sum(row => row.GetProperty("input_ids").GetArrayLength()), forget.GetProperty("tokens").GetInt32());
        Assert.Equal(8, forget.GetProperty("rows").GetInt32());
        Assert.Equal(5, plan.GetProperty("steps").GetInt32());
        Assert.True(plan.GetProperty("memory_bytes").GetInt64() > parameters * 4);

        // Training alone is two passes of 2 operations a weight and position.
        double training = 5.0 * 2 * 2 * forget.GetProperty("tokens").GetInt32();
        Assert.InRange(plan.GetProperty("operations").GetDouble() / training, parameters / 4, parameters * 10.0);
    }

    [Fact]
    public void UnlearnPrintsTheSamePlanFirst()
    {
        string[] same = ["--steps", "1", "--batch-size", "4", "--rank", "4", "--threads", "1"];
        ToolRun check = ToolRun.Of([.. Check(), .. same]);
        ToolRun unlearn = ToolRun.Of(["unlearn", .. Check().Skip(1), .. same, "--out", _demo.In("out")]);
        Assert.Equal(0, unlearn.ExitCode);
        foreach (string line in check.Out.Split('\n').Where(line => line.Length > 0 && !line.StartsWith("time:", StringComparison.Ordinal)))
        {
            Assert.Contains(line.StartsWith("note: ", StringComparison.Ordinal) ? line[6..] : line, unlearn.Error);
        }

        Assert.True(unlearn.Error.IndexOf("training: 1 steps", StringComparison.Ordinal) < unlearn.Error.IndexOf("Fisher information", StringComparison.Ordinal));
    }

    [Fact]
    public void TheFirstRowIsShownInDetail()
    {
        ToolRun run = ToolRun.Of([.. Check(), "--verbose"]);
        Assert.Contains($"first row of {_demo.Forget}: position, id, whether scored, token", run.Error);
        Assert.Contains("    0     272         \"Question\"", run.Error);
        Assert.Contains("   20       0 scored  \"<|endoftext|>\"", run.Error);
    }

    public static TheoryData<string[], string> Refused => new()
    {
        { ["--targets", "nothing"], "--targets names 'nothing'" },
        { ["--rank", "4000"], "is larger than" },
        { ["--objective", "dpo"], "no replacement answer" },
        { ["--template", "llama3"], "needs the special token <|begin_of_text|>" },
        { ["--max-length", "5000"], "positions" },
        { ["--objective", "rmu", "--set", "layer=99"], "layer" },
        { ["--combiner", "ngdiff", "--retain-loss", "none"], "no retain term" },
        { ["--stop-when", "forget.nonsense < 1"], "nonsense" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void RefusesWhatUnlearnRefuses(string[] more, string problem)
    {
        ToolRun check = ToolRun.Of([.. Check(), .. more]);
        ToolRun unlearn = ToolRun.Of(["unlearn", .. Check().Skip(1), .. more, "--out", _demo.In("out")]);
        Assert.Equal(2, check.ExitCode);
        Assert.Contains(problem, check.Error);
        Assert.Equal(unlearn.Error.Split('\n').Last(line => line.Length > 0), check.Error.Split('\n').Last(line => line.Length > 0));
        Assert.False(Directory.Exists(_demo.In("out")));
    }

    [Fact]
    public void AModelThatCannotBeComputedIsRefused()
    {
        string model = _demo.CopyModel();
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(model, "config.json")))!.AsObject();
        config["hidden_size"] = config["hidden_size"]!.GetValue<int>() * 2;
        File.WriteAllText(Path.Combine(model, "config.json"), config.ToJsonString());
        ToolRun run = ToolRun.Of("check", "--model", model, "--forget", _demo.Forget);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("config.json asks for", run.Error);
    }

    // A weight that is not a number is found where it is read: nothing is read here.
    [Fact]
    public void NoWeightIsRead()
    {
        string model = _demo.CopyModel(), file = Path.Combine(model, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        Array.Fill<byte>(bytes, 0xFF, bytes.Length / 2, bytes.Length / 2);
        File.WriteAllBytes(file, bytes);
        Assert.Equal(0, ToolRun.Of("check", "--model", model, "--forget", _demo.Forget).ExitCode);
    }

    private string[] Check() => ["check", "--model", DemoMaterial.Model, "--forget", _demo.Forget, "--retain", _demo.Retain];
}
