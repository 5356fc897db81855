using System.Globalization;
using System.Text.Json;
using LoraUnlearn.Training;

namespace LoraUnlearn.Reporting;

/// <summary>How an unlearning run went: before and after, the way between, and everything it was asked for.</summary>
/// <param name="run">The run.</param>
public sealed class RunSection(RunRecord run) : IReportSection
{
    private const int MostSettings = 200;
    private const int MostPoints = 800;
    private const int MostMeasures = 6;

    private static readonly string[] Times = ["before", "trained", "after"];

    // A run that learned its rows calls them data in the manifest; the log's names are the loop's.
    private readonly bool _learned = run.Manifest.At("configuration", "data") is not null;

    private (string Manifest, string Log, string Words)[] Sets => [_learned ? ("data", "forget", "to be learned") : ("forget", "forget", "to be forgotten"), ("retain", "retain", "to be kept")];

    private (string Key, string Name)[] Losses => [("forget_loss", _learned ? "loss" : "forget loss"), ("retain_loss", "retain loss")];

    /// <inheritdoc/>
    public string Title => "The run";

    /// <inheritdoc/>
    public IReadOnlyList<Highlight> Highlights =>
    [
        .. _learned
            ? Change("data", "Answer probability, to be learned", "before → after; the higher the better")
            : Change("forget", "Answer probability, to be forgotten", "before → after; the lower the better, down to that of a model that never saw it"),
        .. Change("retain", "Answer probability, to be kept", "before → after; it should stay"),
    ];

    /// <inheritdoc/>
    public void Write(HtmlPage page)
    {
        page.Paragraph(Summary());
        string[] columns = [.. Times.Where(column => run.Manifest.At(column) is not null)];
        page.Table(
            ["mean answer probability", .. columns],
            Sets.Where(set => !_learned || set.Manifest == "data").Select(set => new[] { set.Words }.Concat(columns.Select(column => ReportNumber.Three(run.Manifest.NumberAt(column, set.Manifest, "probability")))).ToArray()));
        Curves(page);
        page.Details("Everything that was asked for, with the digests of model and data", () => Settings(page));
    }

    private string Summary()
    {
        JsonElement manifest = run.Manifest;
        string Setting(params string[] path) => manifest.At(["configuration", .. path]) is { } value ? JsonReading.Short(value.ToString(), 80) : "unknown";
        double seconds = manifest.MembersAt(20, "seconds").Where(stage => stage.Value.ValueKind == JsonValueKind.Number).Sum(stage => stage.Value.GetDouble());
        string text = $"An adapter of rank {Setting("rank")} was trained on {Setting("base_model", "name")} with the objective {Setting("objective")}, the retain loss {Setting("retain_loss")} and the start {Setting("init")}: "
            + $"{ReportNumber.Whole(manifest.NumberAt("steps"))} steps, {ReportNumber.Whole(seconds)} seconds. {(_learned ? "To learn" : "To forget")}: {Setting(Sets[0].Manifest, "rows")} rows of {Setting(Sets[0].Manifest, "file")}; "
            + (manifest.At("configuration", "retain") is null ? "nothing was named to be kept." : $"to keep: {Setting("retain", "rows")} rows of {Setting("retain", "file")}.");
        if (manifest.At("stopped_by_rule") is { ValueKind: JsonValueKind.True })
        {
            text += manifest.TextAt("configuration", "stop_when") is { } rule ? $" It was stopped by its rule: {JsonReading.Short(rule, 200)}." : " It was stopped by a rule.";
        }

        if (manifest.NumberAt("best_step") is double best)
        {
            text += $" The adapter is that of step {ReportNumber.Whole(best)}, the best by its rule.";
        }

        return text;
    }

    private IEnumerable<Highlight> Change(string set, string name, string meaning) =>
        run.Manifest.NumberAt("before", set, "probability") is double before && run.Manifest.NumberAt("after", set, "probability") is double after
            ? [new Highlight(name, $"{ReportNumber.Three(before)} → {ReportNumber.Three(after)}", meaning)]
            : [];

    private void Curves(HtmlPage page)
    {
        if (run.Steps is not { Count: > 0 } steps)
        {
            page.Note($"The folder has no {StepLog.FileName} with the losses of each step, so no curves over the steps are drawn; unlearn writes one.");
            return;
        }

        Curve[] losses = [.. Losses.Select(loss => Thinned(loss.Name, loss.Key, steps)).Where(curve => curve.X.Count > 0)];
        if (losses.Length > 0)
        {
            page.Figure(
                Chart.Curves("Losses over the steps", "step", "loss, unweighted", losses, ValueScale.Linear),
                $"Losses over {losses[0].X.Count} points: {string.Join("; ", losses.Select(Ends))}.",
                "Each step's batch; where there are many steps, means of neighbours.");
        }

        string[] measures = [.. Measures(steps)];
        Draw(page, measures[0], steps);
        if (measures.Length > 1)
        {
            page.Details("Other measures over the steps", () => Array.ForEach(measures[1..], measure => Draw(page, measure, steps)));
        }
    }

    private void Draw(HtmlPage page, string measure, IReadOnlyList<StepEntry> steps)
    {
        Curve[] curves = [.. Sets.Select(set => Evaluated(set, measure, steps)).Where(curve => curve.X.Count > 0)];
        if (curves.Length == 0)
        {
            page.Note($"{JsonReading.Short(measure, 40)}: neither the manifest nor the log has it, so it is not drawn.");
            return;
        }

        string words = measure == "nll" ? "mean loss of a token" : JsonReading.Short(measure, 40).Replace('_', ' ');
        page.Figure(
            Chart.Curves($"{char.ToUpperInvariant(words[0])}{words[1..]} over the steps", "step", words, curves, ValueScale.Linear, measure == "probability" ? new CurveLayout { YRange = (0, 1) } : null),
            $"{words} at each evaluation: {string.Join("; ", curves.Select(Ends))}.",
            curves.All(curve => curve.X.Count <= 2) ? "Measured before and after; unlearn --eval-every N measures between, too." : "Measured on the first rows of each set.");
    }

    // Probability always, for it is measured before and after; others where the run measured them.
    private static IEnumerable<string> Measures(IReadOnlyList<StepEntry> steps) =>
        steps.SelectMany(entry => entry.Numbers.Keys).Where(name => name.StartsWith("forget.", StringComparison.Ordinal) || name.StartsWith("retain.", StringComparison.Ordinal)).Select(name => name[7..]).Prepend("probability")
            .Where(name => name.Length > 0).Distinct().Take(MostMeasures);

    private Curve Evaluated((string Manifest, string Log, string Words) set, string measure, IReadOnlyList<StepEntry> steps)
    {
        SortedDictionary<int, double> points = [];
        foreach (StepEntry entry in steps.Where(entry => entry.Numbers.ContainsKey($"{set.Log}.{measure}")))
        {
            points[entry.Step] = entry.Numbers[$"{set.Log}.{measure}"];
        }

        if (measure == "probability" && run.Manifest.NumberAt("before", set.Manifest, measure) is double before && (run.Manifest.NumberAt("trained", set.Manifest, measure) ?? run.Manifest.NumberAt("after", set.Manifest, measure)) is double after)
        {
            points[0] = before;
            points.TryAdd((int)Math.Clamp(run.Manifest.NumberAt("best_step") ?? run.Manifest.NumberAt("steps") ?? 0, 0, int.MaxValue), after);
        }

        return new Curve(set.Words, [.. points.Keys.Select(step => (double)step)], [.. points.Values]) { Marked = points.Count <= 60 };
    }

    private static Curve Thinned(string name, string key, IReadOnlyList<StepEntry> steps)
    {
        StepEntry[] with = [.. steps.Where(entry => entry.Numbers.ContainsKey(key))];
        StepEntry[][] groups = [.. with.Chunk(((with.Length - 1) / MostPoints) + 1)];
        return new Curve(name, [.. groups.Select(group => group.Average(entry => (double)entry.Step))], [.. groups.Select(group => group.Average(entry => entry.Numbers[key]))]);
    }

    private static string Ends(Curve curve) => curve.Y.Count == 0
        ? curve.Name
        : string.Create(CultureInfo.InvariantCulture, $"{curve.Name} from {curve.Y[0]:G3} to {curve.Y[^1]:G3}");

    private void Settings(HtmlPage page)
    {
        (string Name, string Value)[] all = [.. run.Manifest.Leaves().Where(leaf => !leaf.Name.StartsWith("export.modules.", StringComparison.Ordinal)).Take(MostSettings + 1)];
        page.Table(["setting", "value"], all.Take(MostSettings).Select(leaf => new[] { JsonReading.Short(leaf.Name, 120), leaf.Value }), "The manifest", isText: true);
        if (all.Length > MostSettings)
        {
            page.Note($"The manifest has more; these are its first {MostSettings} entries.");
        }
    }
}
