using System.Text.Json;

namespace LoraUnlearn.Cli.Tests;

/// <summary>The verb geffect, and what unlearn does with the G-effect.</summary>
public sealed class GeffectVerbTests : IDisposable
{
    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void ObjectivesAreMeasuredByLayerModuleAndRow()
    {
        string output = _demo.In("effects");
        JsonElement document = DemoMaterial.Json(ToolRun.Of(Geffect("--objective", "ga,npo", "--set", "npo.beta=0.5", "--retain-loss", "nll", "--by", "layer,module,instance", "--out", output, "--json")));
        JsonElement record = document.GetProperty("records")[0];
        Assert.Equal(["ga", "npo", "retain nll"], record.GetProperty("objectives").EnumerateArray().Select(effect => effect.GetProperty("objective").GetString()));
        foreach (JsonElement effect in record.GetProperty("objectives").EnumerateArray())
        {
            double total = effect.GetProperty("total").GetProperty("retaining").GetDouble(), scale = effect.GetProperty("total").GetProperty("objective_norm").GetDouble() * effect.GetProperty("total").GetProperty("retain_norm").GetDouble();
            foreach (string parts in new[] { "layers", "modules", "instances" })
            {
                Assert.InRange(Math.Abs(effect.GetProperty(parts).EnumerateArray().Sum(part => part.GetProperty("retaining").GetDouble()) - total), 0, 1e-4 * scale);
            }
        }

        // Gradient ascent's gradient is the risk's, turned round; the retain term's effect on the retain set is its own square.
        JsonElement ascent = record.GetProperty("objectives")[0].GetProperty("total"), keeping = record.GetProperty("objectives")[2].GetProperty("total");
        Assert.Equal(-1, ascent.GetProperty("unlearning_cosine").GetDouble(), 1e-4);
        Assert.Equal(1, keeping.GetProperty("retaining_cosine").GetDouble(), 1e-4);
        string[] files = [.. Directory.EnumerateFiles(output).Select(path => Path.GetFileName(path)!)];
        Assert.Contains("geffect.html", files);
        Assert.Contains("geffect.json", files);
        Assert.Contains("npo-retaining-by-row.svg", files);
        Assert.Contains("retaining-cosine-by-objective.svg", files);
    }

    [Fact]
    public void ARunIsMeasuredAtItsCheckpoints()
    {
        string run = _demo.In("run"), output = _demo.In("trajectory");
        Assert.Equal(0, ToolRun.Of(_demo.Unlearn(run, 4, "--objective", "wga", "--checkpoint-every", "2", "--keep-checkpoints", "--geffect-every", "2", "--freeze-by", "geffect", "--train-layers", "1", "--row-weights", "geffect")).ExitCode);
        Assert.True(File.Exists(Path.Combine(run, "geffect.html")));
        JsonElement document = DemoMaterial.Json(ToolRun.Of(Geffect("--run", run, "--parameters", "adapter", "--out", output, "--json")));
        Assert.Equal([0, 2, 4], document.GetProperty("records").EnumerateArray().Select(record => record.GetProperty("step").GetInt32()));
        Assert.All(document.GetProperty("records").EnumerateArray(), record => Assert.Equal("wga", record.GetProperty("objectives")[0].GetProperty("objective").GetString()));
        Assert.True(File.Exists(Path.Combine(output, "wga-retaining-by-layer.svg")));
        ToolRun text = ToolRun.Of(Geffect("--adapter", run, "--objective", "ga", "--parameters", "last-1-layers"));
        Assert.Contains("ga by layer", text.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatCannotBeMeasuredIsRefused()
    {
        string adapter = _demo.TrainAdapter();
        Refused("holds no checkpoints", Geffect("--run", adapter));
        Refused("no such folder", Geffect("--run", _demo.In("none")));
        Refused("--parameters adapter needs an adapter", Geffect("--parameters", "adapter"));
        Refused("Did you mean 'npo'", Geffect("--objective", "nop"));
        Refused("say whose it is", Geffect("--objective", "npo,wga", "--set", "beta=1"));
        Refused("'dpo' is not measured", Geffect("--objective", "npo", "--set", "dpo.beta=1"));
        Refused("twice", Geffect("--objective", "npo,npo"));
        Refused("--by names 'layr'", Geffect("--by", "layr"));
        Refused("last-2-layers", Geffect("--parameters", "last-0-layers"));
        Refused("The last 50 layers", Geffect("--parameters", "last-50-layers"));
        Refused("replacement answer", Geffect("--objective", "po"));
        Refused("needs --retain", ["geffect", "--model", DemoMaterial.Model, "--forget", _demo.Forget]);
        Refused("nothing to score", ["geffect", "--model", DemoMaterial.Model, "--forget", _demo.Write("silent.jsonl", "{\"input_ids\": [1, 2, 3], \"labels\": [-100, -100, -100]}\n"), "--retain", _demo.Retain]);
        Refused("give that too", _demo.Unlearn(_demo.In("out"), 2, "--train-layers", "1"));
        Refused("give that too", _demo.Unlearn(_demo.In("out"), 2, "--geffect-rows", "4"));

        // The same shapes with other weights: nothing but the record tells.
        string model = _demo.CopyModel(), weights = Path.Combine(model, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Refused("another base", ["geffect", "--model", model, "--forget", _demo.Forget, "--retain", _demo.Retain, "--adapter", adapter]);
    }

    private string[] Geffect(params string[] more) => ["geffect", "--model", DemoMaterial.Model, "--forget", _demo.Forget, "--retain", _demo.Retain, "--quiet", "--threads", "1", .. more];

    private static void Refused(string expected, string[] arguments)
    {
        ToolRun run = ToolRun.Of(arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }
}
