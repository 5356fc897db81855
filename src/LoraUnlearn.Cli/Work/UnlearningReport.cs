using System.Text.Json.Nodes;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Torch;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Work;

/// <summary>What a finished run says: before and after, times, and what to do next.</summary>
internal static class UnlearningReport
{
    /// <summary>Prints it.</summary>
    public static void Print(Reporter reporter, UnlearningRequest request, UnlearningResult result)
    {
        (string Name, QuickScores Scores)[] columns = result.Trained is { } trained
            ? [("before", result.Before), ("trained", trained), ($"exported at rank {request.ExportRank}", result.After)]
            : [("before", result.Before), ("after", result.After)];
        TextTable table = new(["answer probability", .. columns.Select(column => column.Name)]);
        table.Add(["forget", .. columns.Select(column => Figures.Three(column.Scores.Forget))]);
        if (result.Before.Retain is not null)
        {
            table.Add(["retain", .. columns.Select(column => Figures.Three(column.Scores.Retain))]);
        }

        reporter.Line();
        reporter.Table(table);
        reporter.Line();
        string seconds = string.Join(", ", result.Seconds.Select(stage => $"{stage.Key} {Durations.Text(TimeSpan.FromSeconds(stage.Value))}"));
        reporter.Line($"{result.Steps} steps ({seconds})");
        if (result.BestStep is int best)
        {
            reporter.Line($"The adapter is that of step {best}, the best by --keep-best.");
        }

        reporter.Line($"The adapter is in {result.Adapter}; the base model is untouched.");
        Next(reporter, request, result.Adapter);
        reporter.Document(Document(result));
    }

    /// <summary>The result as JSON.</summary>
    public static JsonObject Document(UnlearningResult result) => new()
    {
        ["adapter"] = result.Adapter,
        ["steps"] = result.Steps,
        ["stopped_by_rule"] = result.IsStoppedByRule,
        ["best_step"] = result.BestStep,
        ["before"] = Scores(result.Before),
        ["after"] = Scores(result.After),
        ["trained"] = result.Trained is { } trained ? Scores(trained) : null,
        ["seconds"] = new JsonObject(result.Seconds.Select(stage => KeyValuePair.Create(stage.Key, JsonText.Number(stage.Value)))),
        ["padding_waste"] = JsonText.Number(result.PaddingWaste),
    };

    private static void Next(Reporter reporter, UnlearningRequest request, string adapter)
    {
        string retain = request.Retain is null ? "" : $" --retain {ShellText.Quote(request.Retain)}";
        string model = ShellText.Quote(request.Model), folder = ShellText.Quote(adapter);
        string precision = QuantisedPrecision.NameOf(request.Compute.Base) is { } name ? $" --base-precision {name}" : "";
        reporter.Line();
        reporter.Line("What next:");
        reporter.Line($"  {ShellText.Program} generate --model {model}{precision} --adapter {folder} --base --data {ShellText.Quote(request.Forget)} --max-rows 3");
        reporter.Line($"  {ShellText.Program} evaluate --model {model}{precision} --adapter {folder} --forget {ShellText.Quote(request.Forget)}{retain}");
        reporter.Line($"  {ShellText.Program} merge --model {model} --adapter {folder} --out {ShellText.Quote(adapter.TrimEnd('/', '\\') + "-merged")} --verify");
    }

    private static JsonObject Scores(QuickScores scores) => new()
    {
        ["forget"] = new JsonObject { ["probability"] = JsonText.Number(scores.Forget) },
        ["retain"] = scores.Retain is null ? null : new JsonObject { ["probability"] = JsonText.Number(scores.Retain) },
    };
}
