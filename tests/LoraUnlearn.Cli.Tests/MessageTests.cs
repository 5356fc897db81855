using System.Text;

namespace LoraUnlearn.Cli.Tests;

/// <summary>Messages say the real cause, in the words of the command line, and no more of a value than can be read.</summary>
public sealed class MessageTests : IDisposable
{
    private const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 4212\n";

    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("tokenizer.json")]
    [InlineData("config.json")]
    public void LargeFilePointerInAModel(string name)
    {
        string model = _demo.CopyModel();
        File.WriteAllText(Path.Combine(model, name), Pointer);

        Refused(Score(model, _demo.Forget), $"{name}: this is a Git LFS pointer, not the file itself; run 'git lfs pull'");
    }

    [Fact]
    public void LargeFilePointerAsData() => Refused(Score(DemoMaterial.Model, _demo.Write("rows.jsonl", Pointer)), "rows.jsonl: this is a Git LFS pointer");

    [Theory]
    [InlineData("utf-16", "UTF-16")]
    [InlineData("utf-16BE", "UTF-16")]
    [InlineData("utf-32", "UTF-32")]
    public void OtherEncodings(string encoding, string found)
    {
        string path = _demo.In("rows.jsonl");
        File.WriteAllText(path, "{\"text\": \"hello\"}\n", Encoding.GetEncoding(encoding));

        Refused(Score(DemoMaterial.Model, path), $"this is {found} text; UTF-8 was expected. Convert it: iconv -f {found}");
    }

    [Fact]
    public void OtherEncodingWithoutAByteOrderMark()
    {
        string path = _demo.In("rows.jsonl");
        File.WriteAllBytes(path, new UnicodeEncoding(bigEndian: false, byteOrderMark: false).GetBytes("{\"text\": \"hello\"}\n"));

        Refused(Score(DemoMaterial.Model, path), "this is UTF-16 text");
    }

    [Theory]
    [InlineData("{\"text\": \"a\", \"score\": NaN}", "line 1: NaN at byte 24, which JSON does not have")]
    [InlineData("{\"text\": \"a\", \"score\": -Infinity}", "line 1: -Infinity at byte 2")]
    [InlineData("{\"text\": \"a\", \"score\": Infinity}", "line 1: Infinity at byte 24")]
    [InlineData("{\"text\": None}", "line 1: None at byte 10")]
    [InlineData("{\"text\": \"cut \\ud83d\"}", "half of a surrogate pair")]
    [InlineData("{\"question\": \"Who?\", \"answer\": null}", "'answer' is null")]
    [InlineData("{\"prompt\": \"Who?\", \"completion\": null}", "'completion' is null")]
    [InlineData("{\"text\": null}", "'text' is null")]
    public void BadRows(string row, string message) => Refused(Score(DemoMaterial.Model, _demo.Write("rows.jsonl", row + "\n")), message);

    [Fact]
    public void BytesThatAreNotUtf8()
    {
        string path = _demo.In("rows.jsonl");
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes("{\"text\": \"café\"}\n"));

        Refused(Score(DemoMaterial.Model, path), "line 1: ");
        Assert.Contains("UTF-8", Score(DemoMaterial.Model, path).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("F8_E8M0")]
    [InlineData("F4")]
    [InlineData("F6_E2M3")]
    public void UnsupportedType(string dtype)
    {
        byte[] header = Encoding.UTF8.GetBytes($"{{\"w\":{{\"dtype\":\"{dtype}\",\"shape\":[4],\"data_offsets\":[0,4]}}}}");
        string path = _demo.In("file.safetensors");
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[4]]);
        ToolRun run = ToolRun.Of("info", path);

        Refused(run, $"unsupported dtype {dtype}");
        Assert.DoesNotContain("damaged", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("config.json")]
    [InlineData("generation_config.json")]
    public void BrokenJsonHasNoParserWords(string name)
    {
        string model = _demo.CopyModel();
        File.WriteAllText(Path.Combine(model, name), "{\"a\": 1,\n \"b\": tru }");
        ToolRun run = Score(model, _demo.Forget);

        Refused(run, name);
        Assert.DoesNotContain("BytePositionInLine", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void BrokenLinesOfTokenizeHaveNoParserWords()
    {
        foreach (string option in new[] { "--decode", "--json-lines" })
        {
            ToolRun run = ToolRun.WithInput("[1, tru\n", "tokenize", "--model", DemoMaterial.Model, option);

            Refused(run, "standard input line 1");
            Assert.DoesNotContain("BytePositionInLine", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void LongValuesAreCut()
    {
        string value = new('x', 100_000);
        string[][] commands =
        [
            ["unlearn", "--model", DemoMaterial.Model, "--forget", _demo.Forget, "--out", _demo.In("out"), "--rank", value],
            ["unlearn", "--model", DemoMaterial.Model, "--forget", _demo.Forget, "--out", _demo.In("out"), "--objective", value],
            ["unlearn", "--model", DemoMaterial.Model, "--forget", _demo.Forget, "--out", _demo.In("out"), "--set", value],
            ["unlearn", "--model", DemoMaterial.Model, "--forget", _demo.Forget, "--out", _demo.In("out"), "--targets", value],
            ["unlearn", "--model", DemoMaterial.Model, "--forget", _demo.Forget, "--out", _demo.In("out"), "--stop-when", value],
            ["score", "--model", DemoMaterial.Model, "--data", _demo.Write("keys.jsonl", $"{{\"{value}\": 1}}\n")],
            ["score", "--model", DemoMaterial.Model, "--data", _demo.Forget, "--template", value],
            ["score", "--model", value, "--data", _demo.Forget],
            ["bench", "--config", _demo.Write("c.yaml", $"{value}: 1\n")],
            ["bench", $"--{value}"],
            [value],
        ];
        foreach (string[] command in commands)
        {
            ToolRun run = ToolRun.Of(command);

            Assert.Equal(2, run.ExitCode);
            Assert.InRange(run.Error.Length, 10, 4000);
        }
    }

    [Fact]
    public void PlacesThatCannotBeWrittenAreNamedAsGiven()
    {
        string folder = _demo.In("sub");
        string file = _demo.Write("file", "not a folder");
        string name = new('n', 300);
        foreach (string output in new[] { Path.Combine(file, "scores.jsonl"), Path.Combine(folder, "none", "scores.jsonl"), _demo.In(name) })
        {
            ToolRun run = ToolRun.Of("score", "--model", DemoMaterial.Model, "--data", _demo.Forget, "--out", output);

            Assert.Equal(2, run.ExitCode);
            Assert.Contains("--out: ", run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain(".partial", run.Error, StringComparison.Ordinal);
        }

        ToolRun init = ToolRun.Of("init", "--model", DemoMaterial.Model, "--init", "lora", "--out", Path.Combine(file, "out"));
        Assert.Equal(2, init.ExitCode);
        Assert.Contains("--out: ", init.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ResumingWithOtherSettingsNamesThem()
    {
        string output = _demo.In("out");
        Assert.Equal(0, ToolRun.Of(_demo.Unlearn(output, 2)).ExitCode);
        File.AppendAllText(_demo.Retain, File.ReadAllLines(_demo.Retain)[0] + "\n");

        ToolRun run = ToolRun.Of(_demo.Unlearn(output, 3, "--resume", "--learning-rate", "0.5", "--objective", "npo", "--set", "beta=0.2", "--alpha", "8"));

        Refused(run, "--steps: 2 before, 3 now");
        Assert.Matches("--learning-rate: 0\\.[0-9]+ before, 0\\.5 now", run.Error);
        Assert.Contains("--objective: ihl before, npo now", run.Error, StringComparison.Ordinal);
        Assert.Contains("--set beta: unset before, 0.2 now", run.Error, StringComparison.Ordinal);
        Assert.Contains("--alpha: 32 before, 8 now", run.Error, StringComparison.Ordinal);
        Assert.Contains("--retain: retain.jsonl (sha256 ", run.Error, StringComparison.Ordinal);
    }

    private static ToolRun Score(string model, string data) => ToolRun.Of("score", "--model", model, "--data", data);

    private static void Refused(ToolRun run, string message)
    {
        Assert.True(run.ExitCode == 2, run.Out + run.Error);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Out);
    }
}
