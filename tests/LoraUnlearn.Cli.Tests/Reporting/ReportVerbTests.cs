using System.Text.RegularExpressions;

namespace LoraUnlearn.Cli.Tests.Reporting;

public sealed class ReportVerbTests : IDisposable
{
    private const string Hostile = "\\\"><img src=x onerror=alert(1)><script>alert(2)</script>&lt;b&gt;";

    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void UnlearnWritesItAndShowsTextOnlyWhenAskedFor()
    {
        string silent = _demo.In("silent.html"), telling = _demo.In("telling.html"), name = "Alderholm"; // of a person to be forgotten
        Assert.Contains(name, File.ReadAllText(_demo.Forget), StringComparison.Ordinal);
        ToolRun without = ToolRun.Of(_demo.Unlearn(_demo.In("one"), 2, "--report", silent)), with = ToolRun.Of(_demo.Unlearn(_demo.In("two"), 2, "--report", telling, "--show-text"));

        Assert.True(without.ExitCode == 0, without.Error);
        Assert.True(with.ExitCode == 0, with.Error);
        string page = File.ReadAllText(silent);
        Assert.DoesNotContain(name, page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("none of the texts of the rows", page, StringComparison.Ordinal);
        Assert.Equal(4, Regex.Count(page, "<svg ")); // losses, probabilities, ‖ΔW‖, ‖ΔW‖/‖W‖
        string told = File.ReadAllText(telling);
        Assert.Contains(name, told, StringComparison.Ordinal);
        Assert.Contains("true answer", told, StringComparison.Ordinal);
        Assert.Contains("keep it as you keep the data", told, StringComparison.Ordinal);
    }

    [Fact]
    public void EvaluationsShowTextOnlyWhenAskedFor()
    {
        string basic = _demo.In("basic.json"), page = _demo.In("report.html");
        Assert.Equal(0, ToolRun.Of("evaluate", "--model", DemoMaterial.Model, "--adapter", _demo.CopyAdapter(), "--forget", _demo.Forget, "--max-rows", "3", "--out", basic).ExitCode);
        string[] arguments = ["report", "--evaluation", basic, "--out", page, "--overwrite"];

        Assert.Equal(0, ToolRun.Of(arguments).ExitCode);
        string silent = File.ReadAllText(page);
        Assert.Equal(0, ToolRun.Of([.. arguments, "--show-text", "--text-rows", "2", "--forget", _demo.Forget]).ExitCode);
        string telling = File.ReadAllText(page);

        string question = System.Text.Json.JsonDocument.Parse(File.ReadLines(_demo.Forget).First()).RootElement.GetProperty("question").GetString()!;
        Assert.DoesNotContain("<dt>before</dt>", silent, StringComparison.Ordinal);
        Assert.Contains(System.Net.WebUtility.HtmlEncode(question), telling, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(telling, "<dt>after</dt>"));
        Assert.Contains("1 more rows", telling, StringComparison.Ordinal);
    }

    [Fact]
    public void HostileTextsStayTexts()
    {
        string evaluation = _demo.Write("e.json", $$$"""
            {"suite": "membership", "model": "{{{Hostile}}}", "adapter": "{{{Hostile}}}", "attacks": {"{{{Hostile}}}": {"auc": 0.5}, "loss": {"auc": "{{{Hostile}}}"}},
             "members": [{"{{{Hostile}}}": 1}, {"{{{Hostile}}}": 2}], "non_members": [{"{{{Hostile}}}": 1}, 7, null]}
            """);
        string audit = _demo.Write("a.json", $$$"""
            {"format": "lora-unlearn-audit/1", "model": "{{{Hostile}}}", "verdict": ["{{{Hostile}}}", 3, null], "attacks": [1, {"name": "{{{Hostile}}}", "tried": "{{{Hostile}}}", "x_title": "{{{Hostile}}}",
             "came_back": "{{{Hostile}}}\u0001\u0000", "value": 1e999, "curves": [{"name": "{{{Hostile}}}", "x": [1, 2, 3, "4"], "y": [1e308, null, -1e308]}, {"x": 3}, []]}]}
            """);
        string page = _demo.In("report.html");

        ToolRun run = ToolRun.Of("report", "--evaluation", evaluation, "--audit", audit, "--out", page, "--title", Hostile);

        Assert.True(run.ExitCode == 0, run.Error);
        string html = File.ReadAllText(page);
        Assert.DoesNotMatch("<(script|img|iframe|link|object)\\b", html);
        Assert.All(Regex.Matches(html, "<[a-z][^>]*>").Select(match => match.Value), tag => Assert.DoesNotMatch("\\son[a-z]+\\s*=", Regex.Replace(tag, "\"[^\"]*\"", "\"\"")));
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.Contains("not measured", html, StringComparison.Ordinal);
    }

    [Fact]
    public void AnAuditIsBounded()
    {
        string curve = $"{{\"name\": \"c\", \"x\": [{string.Join(',', Enumerable.Range(0, 5000))}], \"y\": [{string.Join(',', Enumerable.Range(0, 5000))}]}}";
        string attack = $"{{\"name\": \"a\", \"curves\": [{string.Join(',', Enumerable.Repeat(curve, 20))}]}}";
        string audit = _demo.Write("a.json", $"{{\"format\": \"lora-unlearn-audit/1\", \"attacks\": [{attack}{string.Concat(Enumerable.Repeat(",{}", 100))}]}}"), page = _demo.In("report.html");

        Assert.Equal(0, ToolRun.Of("report", "--audit", audit, "--out", page).ExitCode);
        string html = File.ReadAllText(page);
        Assert.True(html.Length < 1_000_000, $"{html.Length}");
        Assert.Contains("37 more attacks", html, StringComparison.Ordinal);
        Assert.Contains("Only the first 16 curves", html, StringComparison.Ordinal);
        Assert.Contains("The audit has no verdict", html, StringComparison.Ordinal);
    }

    [Fact]
    public void ForgetQualityIsThatOfTheTruthRatios()
    {
        string page = _demo.In("report.html");
        Assert.Equal(0, ToolRun.Of("report", "--evaluation", ReportMaterial.Tofu(_demo), "--out", page).ExitCode);
        string html = File.ReadAllText(page);

        // R of 0.1 to 4 against 0.05 to 2: at 2 the one has half of its rows, the other all.
        Assert.Contains(">D = 0.500</text>", html, StringComparison.Ordinal);
        Assert.Contains("<dt>Forget quality</dt>", html, StringComparison.Ordinal);
        Assert.Contains("see extraction and membership, too", html, StringComparison.Ordinal); // never the only judge
    }

    [Fact]
    public void WhatIsMissingIsSaid()
    {
        string tofu = _demo.Write("tofu.json", "{\"suite\": \"tofu\", \"model\": \"m\", \"forget\": {\"probability\": 0.5}}"), page = _demo.In("report.html");
        Assert.Equal(0, ToolRun.Of("report", "--evaluation", tofu, "--run", _demo.CopyAdapter(), "--out", page).ExitCode);
        string html = File.ReadAllText(page);
        Assert.Contains("forget quality is not measured", html, StringComparison.Ordinal);
        Assert.Contains("no truth ratios of rows", html, StringComparison.Ordinal);
        Assert.Contains("unlearn_log.jsonl", html, StringComparison.Ordinal); // the shipped adapter is of an earlier version
        Assert.Contains("shares of ‖W‖ are not measured", System.Net.WebUtility.HtmlDecode(html), StringComparison.Ordinal);
    }

    public static TheoryData<string, string> BadInput => new()
    {
        { "", "nothing to report" },
        { "--evaluation other.json", "neither 'suite' nor" },
        { "--evaluation suite.json", "found the suite 'tofuu'" },
        { "--evaluation missing.json", "no such file" },
        { "--audit other.json", "expected \"lora-unlearn-audit/1\"" },
        { "--run .", "there is no unlearn_manifest.json" },
        { "--evaluation t1.json --evaluation t2.json", "different splits (forget05, forget10)" },
        { "--evaluation t1.json --show-text", "no file holds answers" },
        { "--evaluation t1.json --forget rows.jsonl", "give --show-text" },
        { "--evaluation t1.json --model .", "give --run DIR" },
        { "--audit audit.json --reference-log log.json", "expected a log" },
    };

    [Theory]
    [MemberData(nameof(BadInput))]
    public void BadInputIsRefused(string arguments, string expected)
    {
        _demo.Write("other.json", "{\"a\": 1}");
        _demo.Write("suite.json", "{\"suite\": \"tofuu\"}");
        _demo.Write("t1.json", "{\"suite\": \"tofu\", \"split\": \"forget05\"}");
        _demo.Write("t2.json", "{\"suite\": \"tofu\", \"split\": \"forget10\"}");
        _demo.Write("log.json", "{\"a\": 1}");
        _demo.Write("rows.jsonl", "");
        ReportMaterial.Audit(_demo);
        string[] words = [.. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.StartsWith('-') ? word : _demo.In(word))];

        ToolRun run = ToolRun.Of(["report", .. words, "--out", Path.Combine(Path.GetTempPath(), $"lora-unlearn-{Guid.NewGuid():N}.html")]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ShowTextNeedsAReport()
    {
        ToolRun run = ToolRun.Of(_demo.Unlearn(_demo.In("out"), 2, "--show-text"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("give --report FILE", run.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists(_demo.In("out")));
    }
}
