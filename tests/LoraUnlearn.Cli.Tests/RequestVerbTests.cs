using System.Text.Json;

namespace LoraUnlearn.Cli.Tests;

/// <summary>Two requests one after the other, then one taken back; each figure is checked against the tool's own other verbs.</summary>
public sealed class RequestVerbTests : IDisposable
{
    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void RequestsAreAppliedOnTopOfEachOtherAndTakenBack()
    {
        string[] rows = File.ReadAllLines(_demo.Forget);
        string first = _demo.Write("first.jsonl", string.Join('\n', rows[..4]) + "\n"), second = _demo.Write("second.jsonl", string.Join('\n', rows[4..]) + "\n");
        string ledger = _demo.In("requests");
        Request("add", ledger, "--forget", first);
        Request("add", ledger, "--forget", second);

        JsonElement applied = Apply(ledger);

        string sum = applied.GetProperty("adapter").GetString()!;
        Assert.Equal(["applied", "applied"], States(applied));
        Assert.Equal(16, applied.GetProperty("rank").GetInt32()); // 2 · 2r
        Assert.Equal(0, applied.GetProperty("relative_error").GetDouble());
        Assert.Equal(Score(sum, first), Now(applied, 0), 1e-6);
        Assert.Equal(Score(sum, second), Now(applied, 1), 1e-6);
        Assert.Equal(Score(sum, _demo.Retain), applied.GetProperty("retain_probability").GetDouble(), 1e-6);

        // The second was trained with the first in place: its own manifest begins where the first left its rows.
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(ledger, "r0002", "unlearn_manifest.json")));
        Assert.Equal(Score(Path.Combine(ledger, "r0001"), second), manifest.RootElement.GetProperty("before").GetProperty("forget").GetProperty("probability").GetDouble(), 1e-6);
        Assert.Equal(Now(applied, 1), manifest.RootElement.GetProperty("after").GetProperty("forget").GetProperty("probability").GetDouble(), 1e-5);

        JsonElement withdrawn = Request("withdraw", ledger, "--id", "first", "--model", DemoMaterial.Model, "--retain", _demo.Retain, "--threads", "1", "--dtype", "float32");

        Assert.Equal(["withdrawn", "applied"], States(withdrawn));
        Assert.Equal(Score(Path.Combine(ledger, "r0002"), first), Now(withdrawn, 0), 1e-6);
        Assert.Equal(Score(Path.Combine(ledger, "r0002"), second), Now(withdrawn, 1), 1e-6);
        Assert.False(Directory.Exists(sum), "the composition that is no longer in force is removed");
        Assert.Equal(withdrawn.ToString(), Request("list", ledger).ToString());
    }

    [Fact]
    public void SumOfBoundedRankSaysWhatItLost()
    {
        string ledger = _demo.In("requests");
        Request("add", ledger, "--forget", _demo.Forget);

        JsonElement applied = Apply(ledger, "--max-rank", "3");

        Assert.Equal(3, applied.GetProperty("rank").GetInt32());
        Assert.InRange(applied.GetProperty("relative_error").GetDouble(), 1e-6, 1);
    }

    [Fact]
    public void WhatCannotBeDoneIsRefused()
    {
        string ledger = _demo.In("requests");
        Assert.Contains("no request 'x'; it is empty", Refused("withdraw", "--requests", ledger, "--id", "x"), StringComparison.Ordinal);
        Assert.Contains("--forget FILE", Refused("add", "--requests", ledger), StringComparison.Ordinal);
        Assert.Contains("expected list, add, apply, withdraw", Refused("forget", "--requests", ledger), StringComparison.Ordinal);
        Request("add", ledger, "--forget", _demo.Forget);
        Assert.Contains("--model DIR", Refused("apply", "--requests", ledger), StringComparison.Ordinal);
        File.AppendAllText(_demo.Forget, "{\"text\": \"one row more\"}\n");
        Assert.Contains("its rows are not those that were recorded as r0001", Refused("apply", "--requests", ledger, "--model", DemoMaterial.Model), StringComparison.Ordinal);
    }

    [Fact]
    public void CommandsOfThePageRunAsShown()
    {
        _demo.CopyModel();
        File.Copy(_demo.Forget, _demo.In("alice.jsonl"));
        string[] commands = PageCommands.Of("docs", "requests.md");

        Assert.Equal(4, commands.Length);
        PageCommands.Run(_demo.In(""), commands);
    }

    [Fact]
    public void KeysThatAreNotKnownCanBeLeftOut()
    {
        string model = _demo.CopyModel(), config = Path.Combine(model, "config.json"), ledger = _demo.In("requests");
        File.WriteAllText(config, File.ReadAllText(config).Replace("{", "{\n  \"a_key_of_tomorrow\": 1,", StringComparison.Ordinal));
        Request("add", ledger, "--forget", _demo.Forget);
        string[] apply = ["--model", model, "--steps", "1", "--batch-size", "4", "--rank", "2", "--threads", "1"];

        Assert.Contains("a_key_of_tomorrow", Refused(["apply", "--requests", ledger, .. apply]), StringComparison.Ordinal);
        Assert.Equal(["applied"], States(Request("apply", ledger, [.. apply, "--ignore-config-key", "a_key_of_tomorrow"])));
    }

    private JsonElement Apply(string ledger, params string[] more) =>
        Request("apply", ledger, ["--model", DemoMaterial.Model, "--retain", _demo.Retain, "--steps", "2", "--batch-size", "4", "--rank", "4", "--threads", "1", "--dtype", "float32", .. more]);

    private static JsonElement Request(string action, string ledger, params string[] more) =>
        DemoMaterial.Json(ToolRun.Of(["request", action, "--requests", ledger, "--json", "--quiet", .. more]));

    private static string Refused(params string[] arguments)
    {
        ToolRun run = ToolRun.Of(["request", .. arguments]);
        Assert.Equal(2, run.ExitCode);
        return run.Error;
    }

    private static IEnumerable<string?> States(JsonElement document) => document.GetProperty("requests").EnumerateArray().Select(request => request.GetProperty("state").GetString());

    private static double Now(JsonElement document, int index) => document.GetProperty("requests")[index].GetProperty("probability").GetDouble();

    private static double Score(string adapter, string rows) =>
        DemoMaterial.Json(ToolRun.Of("score", "--model", DemoMaterial.Model, "--data", rows, "--adapter", adapter, "--json", "--quiet", "--threads", "1")).GetProperty("probability").GetDouble();
}
