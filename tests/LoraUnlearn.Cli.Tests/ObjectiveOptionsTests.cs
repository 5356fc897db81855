using System.Text.Json;
using LoraUnlearn.Cli.Configuration;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;

namespace LoraUnlearn.Cli.Tests;

/// <summary>Objectives, presets and rules from the command line.</summary>
public sealed class ObjectiveOptionsTests : IDisposable
{
    private static readonly string[] Expected =
    [
        "loku", "misdirect", "ngdiff", "npo", "rmu", "simnpo", "tnpo", "undial", "wga", "wtnpo", "wtnpo-rr", "yao-adversarial", "yao-ga", "yao-ga-descent-general",
        "yao-ga-descent-indistribution", "yao-ga-kl-general", "yao-ga-kl-indistribution", "yao-random-label",
    ];

    private readonly DemoMaterial _demo = new();

    public static TheoryData<string> PresetNames => [.. Expected];

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void EveryPresetIsThere() => Assert.Equal(Expected, Presets.Names);

    [Theory]
    [MemberData(nameof(PresetNames))]
    public void PresetsTrain(string preset)
    {
        ToolRun run = ToolRun.Of(_demo.Unlearn(_demo.In("out"), 2, "--preset", preset, "--json"));
        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(_demo.In("out"), "unlearn_manifest.json"))).RootElement.GetProperty("configuration");
        string yaml = Presets.Text(preset);
        Assert.Contains($"objective: {manifest.GetProperty("objective").GetString()}\n", yaml, StringComparison.Ordinal);
        Assert.Contains($"retain-loss: {manifest.GetProperty("retain_loss").GetString()}\n", yaml, StringComparison.Ordinal);
        Assert.Contains($"init: {manifest.GetProperty("init").GetString()}\n", yaml, StringComparison.Ordinal);
    }

    [Fact]
    public void APresetIsShownWithoutAnythingElse()
    {
        ToolRun run = ToolRun.Of("unlearn", "--preset", "npo", "--show");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(Presets.Text("npo"), run.Out);
        Assert.Contains("objective: npo", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void TheCommandLineWinsOverThePreset()
    {
        ToolRun run = ToolRun.Of(_demo.Unlearn(_demo.In("out"), 1, "--preset", "simnpo", "--set", "beta=2", "--retain-loss", "kl"));
        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(_demo.In("out"), "unlearn_manifest.json"))).RootElement.GetProperty("configuration");
        Assert.Equal("kl", manifest.GetProperty("retain_loss").GetString());
        Assert.Equal(2, manifest.GetProperty("parameters").GetProperty("objective").GetProperty("beta").GetDouble());
        Assert.Equal(0.125, manifest.GetProperty("training").GetProperty("forget_weight").GetDouble());
    }

    [Fact]
    public void HelpOnObjectivesNamesEveryMethodAndParameter()
    {
        ToolRun run = ToolRun.Of("unlearn", "--help", "objectives");
        Assert.Equal(0, run.ExitCode);
        Assert.All(ObjectiveCatalog.ForgetNames.Concat(ObjectiveCatalog.RetainNames).Concat(Combiners.Names), name => Assert.Contains($"  {name}: ", run.Out, StringComparison.Ordinal));
        Assert.All(
            new[] { "--set beta1=…", "--set retain.layer=…", "--set combiner.epsilon=…", "--set schedule.every=…", "(a number above 0, default 0.1)", "arXiv 2408.06621" },
            text => Assert.Contains(text, run.Out, StringComparison.Ordinal));
    }

    // The untrained adapter is the base: NPO of it is (2/β)·log 2 whatever the rows, and the parts add with weight 1.
    [Fact]
    public void ProbeTakesParametersAndAddsTheParts()
    {
        ToolRun run = ToolRun.Of(
            "probe", "--model", DemoMaterial.Model, "--forget", _demo.Forget, "--retain", _demo.Retain, "--objective", "npo", "--set", "beta=0.5", "--init", "pissa", "--rank", "4", "--json");
        JsonElement json = DemoMaterial.Json(run);
        double forget = json.GetProperty("forget_loss").GetDouble();
        Assert.Equal(4 * Math.Log(2), forget, 4);
        Assert.Equal(forget + json.GetProperty("retain_loss").GetDouble(), json.GetProperty("loss").GetDouble(), 6);
    }

    [Fact]
    public void AStopRuleStopsAndIsReported()
    {
        ToolRun run = ToolRun.Of(_demo.Unlearn(_demo.In("out"), 6, "--eval-every", "2", "--stop-when", "forget.probability >= 0", "--json"));
        JsonElement json = DemoMaterial.Json(run);
        Assert.Equal(2, json.GetProperty("steps").GetInt32());
        Assert.True(json.GetProperty("stopped_by_rule").GetBoolean());
    }

    [Fact]
    public void GeneratedMeasuresCanBeNamed()
    {
        ToolRun run = ToolRun.Of(_demo.Unlearn(_demo.In("out"), 2, "--eval-every", "1", "--eval-rows", "2", "--keep-best", "retain.rouge_l - forget.rouge_l", "--json"));
        Assert.InRange(DemoMaterial.Json(run).GetProperty("best_step").GetInt32(), 1, 2);
    }

    [Theory]
    [InlineData("There is no preset 'npoo'; known: loku", "--preset", "npoo")]
    [InlineData("Did you mean 'npo'?", "--preset", "npoo")]
    [InlineData("Did you mean 'ihl'?", "--objective", "ihll")]
    [InlineData("npo has no parameter 'gamma'; it has beta.", "--objective", "npo", "--set", "gamma=1")]
    [InlineData("expected NAME=VALUE", "--set", "beta")]
    [InlineData("layer 99 does not exist", "--objective", "rmu", "--set", "layer=99")]
    [InlineData("line 1: the row has no replacement answer", "--objective", "dpo")]
    [InlineData("have no effect", "--combiner", "ngdiff", "--forget-weight", "3")]
    [InlineData("--combiner pcgrad combines the gradients of two losses", "--combiner", "pcgrad", "--retain-loss", "none")]
    [InlineData("at position 21 expected a number", "--stop-when", "forget.probability <")]
    [InlineData("expected a number whose largest value is best", "--keep-best", "forget.probability < 1")]
    public void WhatMakesNoSenseIsRefusedBeforeAnythingIsWritten(string expected, params string[] more)
    {
        ToolRun run = ToolRun.Of(_demo.Unlearn(_demo.In("out"), 2, more));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_demo.In("out")));
    }
}
