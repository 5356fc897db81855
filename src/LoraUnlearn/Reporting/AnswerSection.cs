using System.Text.Json;
using LoraUnlearn.Data;
using LoraUnlearn.Evaluation.Tofu;

namespace LoraUnlearn.Reporting;

/// <summary>A question and what models answered.</summary>
/// <param name="Heading">Which row of which set.</param>
/// <param name="Question">The question or prompt; null where it is not known.</param>
/// <param name="Truth">The true answer; null where it is not known.</param>
/// <param name="Answers">Name of a model, or of a time, and its answer; at least one.</param>
public sealed record AnsweredRow(string Heading, string? Question, string? Truth, IReadOnlyList<(string Name, string Text)> Answers);

/// <summary>Answers side by side, with the words marked that came and went. It shows what was to be forgotten: only where that was asked for.</summary>
/// <param name="rows">The rows.</param>
/// <param name="leftOut">How many more there are.</param>
public sealed class AnswerSection(IReadOnlyList<AnsweredRow> rows, int leftOut) : IReportSection
{
    /// <inheritdoc/>
    public string Title => "Answers";

    /// <inheritdoc/>
    public IReadOnlyList<Highlight> Highlights => [];

    /// <inheritdoc/>
    public void Write(HtmlPage page)
    {
        if (rows.Count == 0)
        {
            page.Note("The rows have no prompts, so nothing was answered.");
            return;
        }

        page.Paragraph("Greedy answers. Words that the last answer has and the first has not are underlined; words that it lost are struck through.");
        foreach (AnsweredRow row in rows)
        {
            List<(string, IReadOnlyList<TextPart>)> texts = [];
            if (row.Question is { } question)
            {
                texts.Add(("question", TextComparison.Plain(question)));
            }

            if (row.Truth is { } truth)
            {
                texts.Add(("true answer", TextComparison.Plain(truth)));
            }

            for (int index = 0; index < row.Answers.Count; index++)
            {
                (string name, string text) = (row.Answers[index].Name, row.Answers[index].Text.Trim());
                bool isCompared = index > 0 && index == row.Answers.Count - 1;
                texts.Add((name, text.Length == 0 && !isCompared ? TextComparison.Plain("(an empty answer)") : isCompared ? TextComparison.Of(row.Answers[0].Text.Trim(), text) : TextComparison.Plain(text)));
            }

            page.Texts(row.Heading, texts);
        }

        if (leftOut > 0)
        {
            page.Note($"{leftOut} more rows are in the files; --text-rows N shows more.");
        }
    }

    /// <summary>The answers of the suite basic, of one set.</summary>
    /// <param name="evaluation">Its JSON, with rows.</param>
    /// <param name="set"><c>forget</c> or <c>retain</c>.</param>
    /// <param name="data">The rows that were measured, for questions and true answers; null: without them.</param>
    public static IReadOnlyList<AnsweredRow> OfBasic(JsonElement evaluation, string set, IReadOnlyList<DataRow>? data)
    {
        Dictionary<int, DataRow> byLine = [];
        foreach (DataRow row in data ?? [])
        {
            byLine[row.Line] = row;
        }

        List<AnsweredRow> rows = [];
        IReadOnlyList<JsonElement> before = evaluation.ItemsAt(int.MaxValue, set, "before", "per_row"), after = evaluation.ItemsAt(int.MaxValue, set, "after", "per_row");
        for (int index = 0; index < before.Count; index++)
        {
            if (before[index].TextAt("generated") is not { } first)
            {
                continue;
            }

            int line = before[index].NumberAt("line") is double number and >= 0 and <= int.MaxValue ? (int)number : 0;
            DataRow? row = byLine.GetValueOrDefault(line);
            string? second = index < after.Count ? after[index].TextAt("generated") : null;
            rows.Add(new AnsweredRow(
                set == "forget" ? $"To be forgotten, line {line}" : $"To be kept, line {line}",
                row?.Question ?? row?.Prompt,
                row?.Answer ?? row?.Completion,
                second is null ? [("answer", first)] : [("before", first), ("after", second)]));
        }

        return rows;
    }

    /// <summary>The answers of TOFU logs about the forget set.</summary>
    /// <param name="logs">Name and log of each model; at least one.</param>
    public static IReadOnlyList<AnsweredRow> OfLogs(IReadOnlyList<(string Name, TofuLog Log)> logs)
    {
        Dictionary<string, TofuAnswer?>[] texts = [.. logs.Select(log => log.Log.Forget.Rows.ToDictionary(row => row.Index, row => row.Text))];
        return
        [
            .. logs[0].Log.Forget.Rows.Where(row => row.Text is not null).Select(row => new AnsweredRow(
                $"TOFU, forget row {JsonReading.Short(row.Index, 20)}",
                row.Text!.Prompt,
                row.Text.Truth,
                [.. logs.Select((log, index) => (log.Name, Text: texts[index].GetValueOrDefault(row.Index)?.Generated)).Where(answer => answer.Text is not null).Select(answer => (answer.Name, answer.Text!))])),
        ];
    }
}
