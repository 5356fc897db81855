using System.Text.Json.Nodes;

namespace LoraUnlearn.Cli.Tests.Reporting;

/// <summary>A report of everything that there is to report, of a run of the demo and files made up for it.</summary>
internal static class ReportMaterial
{
    /// <summary>Trains, evaluates, and writes the page; its path.</summary>
    public static string Write(DemoMaterial demo, params string[] more)
    {
        string run = demo.In("forgotten"), basic = demo.In("basic.json"), membership = demo.In("membership.json"), page = demo.In("report.html");
        Succeeds(demo.Unlearn(run, 6, "--eval-every", "2"));
        Succeeds("evaluate", "--model", DemoMaterial.Model, "--adapter", run, "--forget", demo.Forget, "--retain", demo.Retain, "--max-rows", "4", "--out", basic);
        Succeeds("evaluate", "--suite", "membership", "--model", DemoMaterial.Model, "--adapter", run, "--forget", demo.Forget, "--holdout", demo.Retain, "--no-gradients", "--resamples", "100", "--out", membership);
        Succeeds(["report", "--run", run, "--model", DemoMaterial.Model, "--evaluation", basic, "--evaluation", membership, "--evaluation", Tofu(demo), "--audit", Audit(demo), "--out", page, .. more]);
        return page;
    }

    /// <summary>What the suite tofu writes, of a model whose truth ratios stand out.</summary>
    public static string Tofu(DemoMaterial demo, string adapter = "forgotten") => demo.Write("tofu.json", new JsonObject
    {
        ["suite"] = "tofu",
        ["model"] = "models/llama",
        ["adapter"] = adapter,
        ["split"] = "forget10",
        ["model_utility"] = 0.61,
        ["forget"] = new JsonObject { ["rows"] = 40, ["probability"] = 0.2, ["truth_ratio"] = 0.5, ["truth_ratio_median"] = 2.0 },
        ["truth_ratios"] = new JsonArray([.. Enumerable.Range(1, 40).Select(row => (JsonNode)(row / 10.0))]),
        ["reference_truth_ratios"] = new JsonArray([.. Enumerable.Range(1, 40).Select(row => (JsonNode)(row / 20.0))]),
    }.ToJsonString());

    /// <summary>What an audit writes.</summary>
    public static string Audit(DemoMaterial demo) => demo.Write("audit.json", new JsonObject
    {
        ["format"] = "lora-unlearn-audit/1",
        ["model"] = "models/llama",
        ["adapter"] = "forgotten",
        ["reference"] = "models/retain90",
        ["attacks"] = new JsonArray(Attack("relearning", "fine-tuning steps"), Attack("adapter_scaling", "scale of the adapter")),
        ["verdict"] = new JsonArray("Ten steps of fine-tuning bring back what was forgotten.", "Nothing else does."),
    }.ToJsonString());

    private static JsonObject Attack(string name, string x) => new()
    {
        ["name"] = name,
        ["tried"] = "Something was tried.",
        ["x_title"] = x,
        ["curves"] = new JsonArray(Curve("unlearned", 0.1), Curve("retain-only", 0.02)),
        ["came_back"] = "Something came back.",
        ["baseline"] = 0.1,
        ["value"] = 0.7,
    };

    private static JsonObject Curve(string name, double slope) => new()
    {
        ["name"] = name,
        ["x"] = new JsonArray([.. Enumerable.Range(0, 8).Select(step => (JsonNode)step)]),
        ["y"] = new JsonArray([.. Enumerable.Range(0, 8).Select(step => (JsonNode)(step * slope))]),
    };

    private static void Succeeds(params string[] arguments)
    {
        ToolRun run = ToolRun.Of(arguments);
        Assert.True(run.ExitCode == 0, $"{string.Join(' ', arguments)}: {run.Error}");
    }
}
