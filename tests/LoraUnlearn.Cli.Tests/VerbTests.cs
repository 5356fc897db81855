using System.Text.Json;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Cli.Tests;

/// <summary>The verbs against the numbers of the reference model, and against each other.</summary>
public sealed class VerbTests : IDisposable
{
    private static readonly string Fixture = Path.Combine(Repository.Fixtures, "models", "llama-gqa");

    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Theory]
    [InlineData("golden.safetensors", false)]
    [InlineData("golden_adapter.safetensors", true)]
    public void ScoresAreThoseOfTheReference(string golden, bool withAdapter)
    {
        using SafetensorsFile rows = SafetensorsFile.Open(Path.Combine(Fixture, "golden.safetensors"));
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(Fixture, golden));
        using Tensor logits = expected.Read("logits"); // [b,t,v]
        using Tensor logProbabilities = logits.to_type(ScalarType.Float64).log_softmax(-1);
        string output = _demo.In("scores.jsonl");
        string[] adapter = withAdapter ? ["--adapter", Path.Combine(Fixture, "adapter")] : [];
        ToolRun run = ToolRun.Of(["score", "--model", Fixture, "--data", GoldenRows(rows), "--out", output, .. adapter]);

        Assert.True(run.ExitCode == 0, run.Error);
        JsonElement[] scores = [.. File.ReadLines(output).Select(line => JsonDocument.Parse(line).RootElement)];
        long[][] labels = Matrix(rows, "labels");
        Assert.Equal(labels.Length, scores.Length);
        for (int row = 0; row < labels.Length; row++)
        {
            int[] scored = [.. Enumerable.Range(1, labels[row].Length - 1).Where(t => labels[row][t] >= 0)];
            double[] wanted = [.. scored.Select(t => logProbabilities[row, t - 1, labels[row][t]].ToDouble())];
            Near(wanted, [.. scores[row].GetProperty("log_probabilities").EnumerateArray().Select(value => value.GetDouble())], 1e-4);
            Assert.Equal(scored.Length, scores[row].GetProperty("tokens").GetInt32());
            Assert.Equal(-wanted.Sum(), scores[row].GetProperty("nll").GetDouble(), 1e-3);
            int[] ranks = [.. scores[row].GetProperty("ranks").EnumerateArray().Select(value => value.GetInt32())];
            Assert.Equal(scored.Select(t => logProbabilities[row, t - 1].gt(logProbabilities[row, t - 1, labels[row][t]]).sum().item<long>()), ranks.Select(rank => (long)rank));
            Assert.Equal(ranks.Select(rank => rank == 0), scores[row].GetProperty("argmax_match").EnumerateArray().Select(value => value.GetBoolean()));
        }
    }

    [Fact]
    public void FisherRowSumsAreThoseOfTheReference()
    {
        using SafetensorsFile golden = SafetensorsFile.Open(Path.Combine(Fixture, "golden.safetensors"));
        string output = _demo.In("fisher.safetensors");
        ToolRun run = ToolRun.Of("fisher", "--model", Fixture, "--forget", GoldenRows(golden), "--out", output, "--json");

        int tokens = DemoMaterial.Json(run).GetProperty("forget_tokens").GetInt32();
        using SafetensorsFile written = SafetensorsFile.Open(output);
        string[] names = [.. golden.Entries.Keys.Where(name => name.StartsWith("fisher_row.", StringComparison.Ordinal))];
        Assert.Equal(21, names.Length);
        foreach (string name in names)
        {
            double[] wanted = Numbers(golden, name);
            double[] found = [.. Numbers(written, "forget." + name["fisher_row.".Length..]).Select(value => value * tokens)];
            Near(wanted, found, 1e-3 * wanted.Max());
        }
    }

    [Fact]
    public void InitialProductsAreThoseOfTheReference()
    {
        using SafetensorsFile golden = SafetensorsFile.Open(Path.Combine(Repository.Fixtures, "fila", "golden.safetensors"));
        foreach ((string mode, string variant) in new[] { ("rowwise", "row"), ("elementwise", "elem") })
        {
            string fisher = _demo.In($"{mode}.safetensors"), pair = _demo.In(mode);
            Assert.Equal(0, ToolRun.Of(
                "fisher", "--model", Fixture, "--forget", GoldenRows(golden, "forget."), "--retain", GoldenRows(golden, "retain."), "--mode", mode, "--fisher-epsilon", "1e-12", "--out", fisher).ExitCode);
            Assert.Equal(0, ToolRun.Of("init", "--model", Fixture, "--fisher", fisher, "--rank", "4", "--alpha", "8", "--out", pair).ExitCode);
            using SafetensorsFile adapter = SafetensorsFile.Open(Path.Combine(pair, "adapter_model.safetensors"));
            string[] products = [.. golden.Entries.Keys.Where(name => name.StartsWith(variant + ".", StringComparison.Ordinal) && name.EndsWith(".lora_product", StringComparison.Ordinal))];
            Assert.Equal(21, products.Length);
            foreach (string name in products)
            {
                string module = name[(variant.Length + 1)..^".lora_product".Length];
                using DisposeScope scope = NewDisposeScope();
                Tensor product = adapter.Read($"base_model.model.{module}.lora_B.weight").mm(adapter.Read($"base_model.model.{module}.lora_A.weight")) * 2; // s = 8/4
                double[] wanted = Numbers(golden, name);
                Near(wanted, [.. product.contiguous().data<float>().ToArray().Select(value => (double)value)], 1e-3 * wanted.Max(Math.Abs));
            }
        }
    }

    [SharedTheory("fixtures/objectives")]
    [InlineData("GA", "ga", "none")]
    [InlineData("IHL", "ihl", "none")]
    [InlineData("GD", "ga", "nll")]
    [InlineData("KL", "ga", "kl")]
    public void ProbeAgreesWithTheReference(string name, string objective, string retain)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Repository.InShared("fixtures/objectives/golden.json")));
        JsonElement batches = golden.RootElement.GetProperty("batches"), expected = golden.RootElement.GetProperty("objectives").GetProperty(name);
        JsonElement found = DemoMaterial.Json(ToolRun.Of(
            "probe", "--model", Repository.InShared("models/stories260K"), "--adapter", Repository.InShared("fixtures/objectives/policy_adapter"),
            "--forget", JsonRows("forget", batches.GetProperty("forget")), "--retain", JsonRows("retain", batches.GetProperty("retain")),
            "--objective", objective, "--retain-loss", retain, "--json"));

        Relative(expected.GetProperty("loss").GetDouble(), found.GetProperty("loss").GetDouble());
        Relative(expected.GetProperty("grad_lora_norm").GetDouble(), found.GetProperty("gradient_norm").GetDouble());
        double[] modules = [.. found.GetProperty("modules").EnumerateObject().Select(module => module.Value.GetDouble())];
        Assert.Equal(35, modules.Length);
        Relative(found.GetProperty("gradient_norm").GetDouble(), Math.Sqrt(modules.Sum(norm => norm * norm)));
    }

    [Fact]
    public void UntrainedAdapterIsNoChange()
    {
        string fisher = _demo.In("fisher.safetensors"), pair = _demo.In("pair");
        Assert.Equal(0, ToolRun.Of("fisher", "--model", DemoMaterial.Model, "--forget", _demo.Forget, "--out", fisher).ExitCode);
        Assert.Equal(0, ToolRun.Of("init", "--model", DemoMaterial.Model, "--fisher", fisher, "--rank", "4", "--out", pair).ExitCode);
        Near(Scores(null), Scores(pair), 1e-5);
    }

    [Fact]
    public void TrainedAdapterMergedModelAndExactExportAgree()
    {
        string adapter = _demo.TrainAdapter(), merged = _demo.In("merged"), copy = _demo.In("copy"), composed = _demo.In("composed"), extracted = _demo.In("extracted");
        JsonElement merge = DemoMaterial.Json(ToolRun.Of("merge", "--model", DemoMaterial.Model, "--adapter", adapter, "--out", merged, "--verify", "--json"));
        JsonElement export = DemoMaterial.Json(ToolRun.Of("export", "--adapter", adapter, "--rank", "8", "--out", copy, "--json"));
        Assert.Equal(0, ToolRun.Of("compose", "--adapter", $"{adapter}:0.25", "--adapter", $"{copy}:0.75", "--out", composed).ExitCode);
        Assert.Equal(0, ToolRun.Of("diff", "--model", DemoMaterial.Model, "--merged", merged, "--rank", "8", "--out", extracted).ExitCode);

        double[] trained = Scores(adapter);
        Assert.True(Scores(null).Zip(trained).Any(pair => Math.Abs(pair.First - pair.Second) > 1e-2), "two steps change nothing");
        Assert.InRange(merge.GetProperty("largest_logit_difference").GetDouble(), 0, 0.1);
        Assert.InRange(export.GetProperty("relative_error").GetDouble(), 0, 1e-5);
        Near(trained, Scores(copy), 1e-3);
        Near(trained, Scores(composed), 1e-3);
        Near(trained, Scores(null, merged), 0.1); // stored in half precision
        Near(trained, Scores(extracted), 0.1);
    }

    [Fact]
    public void MergeCarriesEveryFileAndFolderThatIsNoWeight()
    {
        string model = _demo.CopyModel(), merged = _demo.In("merged");
        void Put(string name, string text)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(model, name))!);
            File.WriteAllText(Path.Combine(model, name), text);
        }

        string[] carried = ["additional_chat_templates/tool_use.jinja", "chat_template.jinja", "notes/deeper/README.md", "vocab.bpe", "empty.txt", "USE_POLICY.md"];
        string[] left = ["pytorch_model.bin", "onnx/model.onnx", "onnx/config.json", "checkpoint-5/model.safetensors", "checkpoint-5/config.json", ".cache/file", "training_args.json"];
        Array.ForEach(carried, name => Put(name, name == "empty.txt" ? "" : name));
        Array.ForEach(left, name => Put(name, name));
        Directory.CreateSymbolicLink(Path.Combine(model, "loop"), model);

        ToolRun run = ToolRun.Of("merge", "--model", model, "--adapter", _demo.CopyAdapter(), "--out", merged);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.All(carried, name => Assert.Equal(File.ReadAllBytes(Path.Combine(model, name)), File.ReadAllBytes(Path.Combine(merged, name))));
        Assert.All(left, name => Assert.False(Path.Exists(Path.Combine(merged, name)), name));
        Assert.False(Path.Exists(Path.Combine(merged, "loop")));
    }

    [Fact]
    public void UnlearnReportsBeforeAndAfter()
    {
        JsonElement document = DemoMaterial.Json(ToolRun.Of(_demo.Unlearn(_demo.In("out"), 3, "--json")));

        Assert.Equal(3, document.GetProperty("steps").GetInt32());
        Assert.InRange(document.GetProperty("before").GetProperty("forget").GetProperty("probability").GetDouble(), 0.95, 1);
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors", "unlearn_log.jsonl", "unlearn_manifest.json"], Directory.EnumerateFileSystemEntries(_demo.In("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        string manifest = File.ReadAllText(_demo.In("out/unlearn_manifest.json"));
        Assert.DoesNotContain("Alderholm", manifest, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], Training.StepLog.Read(_demo.In("out"))!.Select(entry => entry.Step));
        Assert.Contains("\"sha256\"", manifest, StringComparison.Ordinal);
    }

    [Fact]
    public void CommandsThatUnlearnSuggestsRun()
    {
        ToolRun run = ToolRun.Of(_demo.Unlearn(_demo.In("it's done"), 2));
        string[] suggested = [.. run.Out.Split('\n').Where(line => line.StartsWith("  lora-unlearn ", StringComparison.Ordinal))];

        Assert.Equal(3, suggested.Length);
        foreach (string line in suggested)
        {
            ToolRun next = ToolRun.Of(ShellWords.Of(line.Trim())[1..]);
            Assert.True(next.ExitCode == 0, $"{line}: {next.Error}");
        }
    }

    [Fact]
    public void GenerateAnswersSideBySide()
    {
        string adapter = _demo.TrainAdapter();
        JsonElement rows = DemoMaterial.Json(ToolRun.Of("generate", "--model", DemoMaterial.Model, "--adapter", adapter, "--base", "--data", _demo.Forget, "--max-rows", "1", "--json")).GetProperty("rows");
        JsonElement outputs = Assert.Single(rows.EnumerateArray()).GetProperty("outputs");

        Assert.Equal(2, outputs.GetArrayLength());
        Assert.Equal("Alba Alderholm was born in Saint Harlow.", outputs[0].GetProperty("text").GetString()!.Trim());
        Assert.Equal(adapter, outputs[1].GetProperty("adapter").GetString());
        ToolRun lone = ToolRun.Of("generate", "--model", DemoMaterial.Model, "--template", "plain", "--prompt", "Where was Alba Alderholm born?", "--quiet");
        Assert.Equal("Alba Alderholm was born in Saint Harlow.", lone.Out.Trim());
    }

    [Fact]
    public void EvaluateMeasuresBothSets()
    {
        string output = _demo.In("eval.json");
        JsonElement document = DemoMaterial.Json(ToolRun.Of(
            "evaluate", "--model", DemoMaterial.Model, "--adapter", _demo.TrainAdapter(), "--forget", _demo.Forget, "--retain", _demo.Retain, "--max-rows", "4", "--out", output, "--json"));

        Assert.Equal(4, document.GetProperty("retain").GetProperty("after").GetProperty("rows").GetInt32());
        Assert.Equal(1, document.GetProperty("forget").GetProperty("before").GetProperty("rouge_l").GetDouble());
        using JsonDocument file = JsonDocument.Parse(File.ReadAllText(output));
        Assert.Equal(4, file.RootElement.GetProperty("forget").GetProperty("before").GetProperty("per_row").GetArrayLength());
    }

    [Fact]
    public void TokenizeGoesBothWays()
    {
        ToolRun there = ToolRun.WithInput("Who is\n\"quoted\"", "tokenize", "--model", DemoMaterial.Model);
        ToolRun back = ToolRun.WithInput(there.Out, "tokenize", "--model", DemoMaterial.Model, "--decode");

        Assert.Equal("Who is\n\"quoted\"\n", back.Out);
        Assert.Equal(2, there.Out.TrimEnd('\n').Split('\n').Length);
    }

    private string GoldenRows(SafetensorsFile file, string prefix = "") => _demo.Write(
        $"rows-{prefix}jsonl",
        string.Concat(Matrix(file, prefix + "input_ids").Zip(Matrix(file, prefix + "labels"), Matrix(file, prefix + "attention_mask")).Select(row =>
        {
            int length = (int)row.Third.Sum();
            return $"{{\"input_ids\": [{string.Join(',', row.First[..length])}], \"labels\": [{string.Join(',', row.Second[..length])}]}}\n";
        })));

    private string JsonRows(string name, JsonElement batch)
    {
        IEnumerable<string> rows = Enumerable.Range(0, batch.GetProperty("input_ids").GetArrayLength()).Select(row =>
        {
            int length = batch.GetProperty("attention_mask")[row].EnumerateArray().Sum(value => value.GetInt32());
            string Numbers(string key) => string.Join(',', batch.GetProperty(key)[row].EnumerateArray().Take(length).Select(value => value.GetRawText()));
            return $"{{\"input_ids\": [{Numbers("input_ids")}], \"labels\": [{Numbers("labels")}]}}\n";
        });
        return _demo.Write($"{name}-rows.jsonl", string.Concat(rows));
    }

    private double[] Scores(string? adapter, string? model = null)
    {
        string[] with = adapter is null ? [] : ["--adapter", adapter];
        JsonElement document = DemoMaterial.Json(ToolRun.Of(["score", "--model", model ?? DemoMaterial.Model, "--data", _demo.Forget, "--json", "--quiet", .. with]));
        return [.. document.GetProperty("rows").EnumerateArray().SelectMany(row => row.GetProperty("log_probabilities").EnumerateArray()).Select(value => value.GetDouble())];
    }

    private static long[][] Matrix(SafetensorsFile file, string name)
    {
        using Tensor values = file.Read(name);
        long[] all = values.contiguous().data<long>().ToArray();
        return [.. all.Chunk((int)values.shape[1])];
    }

    private static double[] Numbers(SafetensorsFile file, string name)
    {
        using Tensor values = file.Read(name);
        return [.. values.contiguous().data<float>().ToArray().Select(value => (double)value)];
    }

    private static void Near(double[] expected, double[] found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, tolerance));
    }

    private static void Relative(double expected, double found) => Assert.InRange(Math.Abs(found - expected), 0, 1e-4 * Math.Abs(expected));
}
