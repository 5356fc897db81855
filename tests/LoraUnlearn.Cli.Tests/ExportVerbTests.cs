using System.Text.Json;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>An export at a lower rank says what that does to forgetting, where model and data are known.</summary>
public sealed class ExportVerbTests : IDisposable
{
    private static readonly string Adapter = Path.Combine(Repository.Root, "adapters", "demo-people");

    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void LossIsMeasuredOnTheDataThatIsGiven()
    {
        string output = _demo.In("lower");
        ToolRun run = ToolRun.Of("export", "--adapter", Adapter, "--rank", "1", "--out", output, "--model", DemoMaterial.Model, "--forget", _demo.Forget, "--retain", _demo.Retain, "--json");
        JsonElement measured = DemoMaterial.Json(run).GetProperty("probability");
        double Measured(string variant, string set) => measured.GetProperty(variant).GetProperty(set).GetDouble();

        Assert.Equal(Score(null, _demo.Forget), Measured("base", "forget"), 1e-4);
        Assert.Equal(Score(Adapter, _demo.Forget), Measured("adapter", "forget"), 1e-4);
        Assert.Equal(Score(output, _demo.Forget), Measured("exported", "forget"), 1e-4);
        Assert.Equal(Score(output, _demo.Retain), Measured("exported", "retain"), 1e-4);
        Assert.True(Measured("exported", "forget") > Measured("adapter", "forget") + 0.02, "the test needs an adapter that rank 1 harms");
        Assert.Matches(@"warning: as exported, at rank 1, the probability of what was to be forgotten rises from 0\.\d{3} to 0\.\d{3}.*Choose a higher --rank, or a smaller --max-error; rank \d+ is exact\.", run.Error);
    }

    [Fact]
    public void DataOfTheManifestIsFoundByItsDigest()
    {
        string adapter = _demo.TrainAdapter(); // its data lies in the folder that holds it
        JsonElement known = DemoMaterial.Json(ToolRun.Of("export", "--adapter", adapter, "--rank", "1", "--out", _demo.In("known"), "--json"));
        File.AppendAllText(_demo.Forget, "{\"text\": \"one row more\"}\n");
        ToolRun other = ToolRun.Of("export", "--adapter", adapter, "--rank", "1", "--out", _demo.In("other"), "--json");

        Assert.InRange(known.GetProperty("probability").GetProperty("base").GetProperty("forget").GetDouble(), 0.95, 1);
        Assert.False(DemoMaterial.Json(other).TryGetProperty("probability", out _));
        Assert.Contains("is not measured without --model DIR and --forget FILE", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ExactExportMeasuresNothing()
    {
        ToolRun run = ToolRun.Of("export", "--adapter", Adapter, "--out", _demo.In("same"));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }

    [Fact]
    public void VllmGetsOneRankOfAtMost16AndNoPatterns()
    {
        string large = _demo.In("large"), output = _demo.In("vllm");
        Assert.Equal(0, ToolRun.Of("compose", "--adapter", Adapter, "--adapter", $"{_demo.TrainAdapter()}:0.5", "--out", large).ExitCode);
        ToolRun run = ToolRun.Of("export", "--adapter", large, "--for", "vllm", "--out", output, "--no-measure");
        JsonElement config = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "adapter_config.json"))).RootElement;

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(16, config.GetProperty("r").GetInt32());
        Assert.Equal(("{}", "{}"), (config.GetProperty("rank_pattern").GetRawText(), config.GetProperty("alpha_pattern").GetRawText()));
        Assert.Matches(@"Note: the rank is lowered from \d+ to 16, the most that vllm takes at its defaults\.", run.Out);
        Assert.Contains("vllm serve", run.Out, StringComparison.Ordinal);
        PeftFormat.Require(output, DemoMaps(), "F32");

        ToolRun more = ToolRun.Of("export", "--adapter", large, "--for", "vllm", "--rank", "17", "--out", _demo.In("more"));
        Assert.Equal(2, more.ExitCode);
        Assert.Contains("takes rank 16 at most at its defaults, and 17 was asked for", more.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ErrorBoundGivesEachModuleItsRankAndTheManifestSaysSo()
    {
        string output = _demo.In("bounded");
        ToolRun run = ToolRun.Of("export", "--adapter", Adapter, "--max-error", "0.3", "--dtype", "bfloat16", "--out", output, "--model", DemoMaterial.Model, "--forget", _demo.Forget, "--json");
        JsonElement document = DemoMaterial.Json(run);
        JsonElement manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "unlearn_manifest.json"))).RootElement, export = manifest.GetProperty("export");

        PeftFormat.Require(output, DemoMaps(), "BF16");
        Assert.True(manifest.TryGetProperty("configuration", out _), "the adapter's own manifest is carried over");
        Assert.Equal(("peft", "bfloat16"), (export.GetProperty("format").GetString(), export.GetProperty("dtype").GetString()));
        Assert.True(export.GetProperty("modules").EnumerateObject().Select(module => module.Value.GetProperty("rank").GetInt32()).Distinct().Count() > 1);
        Assert.All(export.GetProperty("modules").EnumerateObject(), module => Assert.InRange(module.Value.GetProperty("relative_error").GetDouble(), 1e-3, 0.305)); // and bfloat16's rounding
        Assert.Equal(JsonSerializer.Serialize(document.GetProperty("modules")), JsonSerializer.Serialize(export.GetProperty("modules")));
        Assert.Equal(Score(output, _demo.Forget), export.GetProperty("probability").GetProperty("exported").GetProperty("forget").GetDouble(), 1e-4);
    }

    [Fact]
    public void OllamaGetsAModelfileBesideItsFiles()
    {
        string output = _demo.In("ollama");
        ToolRun run = ToolRun.Of("export", "--adapter", Adapter, "--model", DemoMaterial.Model, "--for", "ollama", "--with-base", "--dtype", "float16", "--out", output, "--no-measure");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(["Modelfile", "adapter.gguf", "base.gguf", "unlearn_manifest.json"], Directory.EnumerateFiles(output).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));
        Assert.Equal("FROM ./base.gguf\nADAPTER ./adapter.gguf\n", File.ReadAllText(Path.Combine(output, "Modelfile")));
        Assert.All(new[] { "adapter.gguf", "base.gguf" }, name => Assert.Equal("GGUF"u8.ToArray(), File.ReadAllBytes(Path.Combine(output, name))[..4]));
    }

    [Theory]
    [InlineData("--model: a GGUF adapter says for which architecture it is, so the base model's folder is needed", "--format", "gguf")]
    [InlineData("--dtype: a GGUF adapter is written as float32 or float16", "--format", "gguf", "--dtype", "bfloat16")]
    [InlineData("--with-base writes the base model beside the adapter as GGUF; it needs --format gguf", "--with-base")]
    [InlineData("--format: peft is not what ollama loads; leave --format out: --for ollama writes gguf.", "--for", "ollama", "--format", "peft")]
    [InlineData("--max-error: found '1', expected a number from 0 to 0.999.", "--max-error", "1")]
    [InlineData("--for: found 'vlm', expected one of peft, vllm, ollama, llama.cpp. Did you mean 'vllm'?", "--for", "vlm")]
    public void WhatCannotBeIsRefused(string message, params string[] options)
    {
        string adapter = _demo.CopyAdapter();
        string config = Path.Combine(adapter, "adapter_config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("src/LoraUnlearn.Cli/Demo", "some/base", StringComparison.Ordinal));
        ToolRun run = ToolRun.Of(["export", "--adapter", adapter, "--out", _demo.In("out"), .. options]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists(_demo.In("out")));
    }

    [Fact]
    public void GgufMayBeAFileByName()
    {
        string output = _demo.In("forgotten.gguf");
        Assert.Equal(0, ToolRun.Of("export", "--adapter", Adapter, "--model", DemoMaterial.Model, "--format", "gguf", "--out", output).ExitCode);
        Assert.True(File.Exists(output));
        Assert.Equal(2, ToolRun.Of("export", "--adapter", Adapter, "--model", DemoMaterial.Model, "--format", "gguf", "--out", output).ExitCode); // and is not replaced
    }

    [Fact]
    public void UnlearnReportsTheAdapterThatItExports()
    {
        string output = _demo.In("run");
        JsonElement run = DemoMaterial.Json(ToolRun.Of(_demo.Unlearn(output, 12, "--learning-rate", "2e-3", "--export-rank", "1", "--json")));
        double Forget(string which) => run.GetProperty(which).GetProperty("forget").GetProperty("probability").GetDouble();
        JsonElement manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "unlearn_manifest.json"))).RootElement;

        Assert.Equal(Score(output, _demo.Forget), Forget("after"), 2e-3); // bfloat16 where the processor has it, on another number of threads
        Assert.True(Math.Abs(Forget("after") - Forget("trained")) > 0.02, "the test needs an adapter that rank 1 harms");
        Assert.Equal(Forget("after"), manifest.GetProperty("after").GetProperty("forget").GetProperty("probability").GetDouble(), 1e-12);
        Assert.Equal(28, manifest.GetProperty("export").GetProperty("modules").EnumerateObject().Count());
        Assert.All(manifest.GetProperty("export").GetProperty("modules").EnumerateObject(), module => Assert.InRange(module.Value.GetProperty("relative_error").GetDouble(), 0.01, 1));
    }

    // The demo model's linear maps, by its configuration.
    private static Dictionary<string, (long Output, long Input)> DemoMaps()
    {
        JsonElement config = JsonDocument.Parse(File.ReadAllText(Path.Combine(DemoMaterial.Model, "config.json"))).RootElement;
        long Size(string key) => config.GetProperty(key).GetInt64();
        long width = Size("hidden_size"), mlp = Size("intermediate_size"), pairs = width / Size("num_attention_heads") * Size("num_key_value_heads");
        Dictionary<string, (long, long)> maps = [];
        for (int layer = 0; layer < Size("num_hidden_layers"); layer++)
        {
            foreach ((string map, long output, long input) in new[]
            {
                ("self_attn.q_proj", width, width), ("self_attn.k_proj", pairs, width), ("self_attn.v_proj", pairs, width), ("self_attn.o_proj", width, width),
                ("mlp.gate_proj", mlp, width), ("mlp.up_proj", mlp, width), ("mlp.down_proj", width, mlp),
            })
            {
                maps.Add($"model.layers.{layer}.{map}", (output, input));
            }
        }

        return maps;
    }

    private static double Score(string? adapter, string rows)
    {
        string[] with = adapter is null ? [] : ["--adapter", adapter];
        return DemoMaterial.Json(ToolRun.Of(["score", "--model", DemoMaterial.Model, "--data", rows, "--json", "--quiet", .. with])).GetProperty("probability").GetDouble();
    }
}
