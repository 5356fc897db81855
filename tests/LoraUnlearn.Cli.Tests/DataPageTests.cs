using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>What docs/data.md shows of rows is what the tool makes of them.</summary>
public sealed class DataPageTests : IDisposable
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "data.md"));

    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void ExamplesAreScoredAsShown()
    {
        MatchCollection examples = Regex.Matches(Page, "^```jsonl?([^\n]*)\n(.*?)^```\n\n```scored\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline);

        Assert.Equal(13, examples.Count);
        Assert.Equal(examples.Count, Regex.Count(Page, "^```json", RegexOptions.Multiline));
        foreach (Match example in examples)
        {
            string rows = _demo.Write("rows.jsonl", example.Groups[2].Value);
            string[] options = example.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            ToolRun run = ToolRun.Of(["tokenize", "--model", DemoMaterial.Model, "--data", rows, "--rows", "99", "--json", .. options]);
            Assert.Equal(example.Groups[3].Value, string.Concat(DemoMaterial.Json(run).EnumerateArray().Select(row => Marked(row) + "\n")));
        }
    }

    [Fact]
    public void CommandsRunAsShown()
    {
        _demo.CopyModel();
        Assert.All(
            PageCommands.Run(_demo.In(""), PageCommands.Of("docs", "data.md")),
            run => Assert.Contains("scored  \" Saint\"", run.Out + run.Error)); // token by token
    }

    [Fact]
    public void EveryTemplateIsNamed() => Assert.All(Data.PromptTemplate.Names, name => Assert.Contains($"`{name}`", Page));

    // The text with what is scored between the brackets of the page.
    private static string Marked(JsonElement row)
    {
        StringBuilder text = new();
        bool inside = false;
        string[] tokens = [.. row.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()!)];
        int[] labels = [.. row.GetProperty("labels").EnumerateArray().Select(label => label.GetInt32())];
        for (int position = 0; position < tokens.Length; position++)
        {
            bool scored = position > 0 && labels[position] != -100;
            text.Append(scored == inside ? "" : scored ? "⟦" : "⟧").Append(tokens[position]);
            inside = scored;
        }

        return text.Append(inside ? "⟧" : "").ToString();
    }
}
