using System.Text.Json.Nodes;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Data;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Work;

/// <summary>Rows as a model will see them: position, id, whether scored, token.</summary>
internal static class RowListing
{
    /// <summary>Prints them.</summary>
    public static void Print(Reporter reporter, RowEncoding rows, EncodedData data)
    {
        RunNotes.OfFile(reporter, data);
        JsonArray all = [];
        foreach (Example example in data.Examples)
        {
            reporter.Line($"{data.Path}, line {example.Row.Line}: {example.Sequence.Length} tokens, {example.Sequence.LabelledCount} scored");
            foreach (string line in rows.Describe(example, int.MaxValue))
            {
                reporter.Line(line);
            }

            all.Add(new JsonObject
            {
                ["line"] = example.Row.Line,
                ["input_ids"] = JsonText.Numbers(example.Sequence.InputIds.Select(id => (long)id)),
                ["labels"] = JsonText.Numbers(example.Sequence.Labels.Select(id => (long)id)),
                ["tokens"] = JsonText.Texts(example.Sequence.InputIds.Select(id => rows.Tokenizer?.Decode([id]) ?? "")),
            });
        }

        reporter.Document(all);
    }
}
