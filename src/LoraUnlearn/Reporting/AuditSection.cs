using System.Text.Json;
using LoraUnlearn.Auditing;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Reporting;

/// <summary>What an adversary tried, as <c>audit</c> wrote it down: a chart of each attack, a table, and the verdict.</summary>
public sealed class AuditSection : IReportSection
{
    private const long LargestFile = 64L << 20;
    private const int MostAttacks = 64;
    private const int MostCurves = 16;
    private const int MostPoints = 2000;
    private const int MostSentences = 64;
    private const int LongestName = 60;

    private readonly JsonElement _root;

    private AuditSection(JsonElement root)
    {
        _root = root;
    }

    /// <inheritdoc/>
    public string Title => "Audit: what an adversary gets back";

    /// <inheritdoc/>
    public IReadOnlyList<Highlight> Highlights => [];

    /// <summary>Reads what an audit wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It is missing, too large, or no audit.</exception>
    public static AuditSection Read(string path)
    {
        JsonElement root = BoundedJson.ReadObject(path, LargestFile);
        return root.TextAt("format") == Audit.Format
            ? new AuditSection(root)
            : throw new InputException($"{path}: found {(root.At("format") is { } format ? $"the format {BoundedJson.Describe(format)}" : "no 'format'")}, expected \"{Audit.Format}\": JSON as audit --out writes it.");
    }

    /// <inheritdoc/>
    public void Write(HtmlPage page)
    {
        string reference = _root.TextAt("reference") is { } model ? $", beside {Name(model)}, which never saw the rows" : "; there was no model beside it that never saw the rows";
        page.Paragraph($"{Name(_root.TextAt("model") ?? "An unnamed model")}{(_root.TextAt("adapter") is { } adapter ? $" with {Name(adapter)}" : "")}{reference}.");
        string[] verdict = [.. _root.ItemsAt(MostSentences, "verdict").Where(item => item.ValueKind == JsonValueKind.String).Select(item => JsonReading.Short(item.GetString()!))];
        if (verdict.Length == 0)
        {
            page.Note("The audit has no verdict.");
        }

        foreach (string sentence in verdict)
        {
            page.Paragraph(sentence);
        }

        IReadOnlyList<JsonElement> attacks = [.. _root.ItemsAt(MostAttacks, "attacks").Where(attack => attack.ValueKind == JsonValueKind.Object)];
        if (attacks.Count == 0)
        {
            page.Note("The audit lists no attack.");
            return;
        }

        page.Table(
            ["attack", "what was tried", "what came back", "value", "baseline"],
            attacks.Select(attack => new[]
            {
                NameOf(attack), attack.TextAt("tried") ?? "not said", attack.TextAt("came_back") ?? "not said",
                ReportNumber.Three(attack.NumberAt("value")), ReportNumber.Three(attack.NumberAt("baseline")),
            }),
            isText: true);
        foreach (JsonElement attack in attacks)
        {
            Draw(page, attack);
        }

        int left = (_root.At("attacks")?.GetArrayLength() ?? 0) - MostAttacks;
        if (left > 0)
        {
            page.Note($"{left} more attacks of the file are left out; a page shows {MostAttacks}.");
        }
    }

    private static void Draw(HtmlPage page, JsonElement attack)
    {
        IReadOnlyList<JsonElement> all = attack.ItemsAt(MostCurves + 1, "curves");
        Curve[] curves = [.. all.Take(MostCurves).Where(curve => curve.ValueKind == JsonValueKind.Object).Select(CurveOf)];
        if (!curves.Any(curve => curve.X.Count > 0))
        {
            return;
        }

        string value = attack.TextAt("y_title") ?? "value", name = NameOf(attack);
        int missing = curves.Sum(curve => curve.Y.Count(y => !double.IsFinite(y)));
        page.Figure(
            Chart.Curves(name, JsonReading.Short(attack.TextAt("x_title") ?? "strength of the attack", LongestName), JsonReading.Short(value, LongestName), curves, ValueScale.Linear),
            $"{name}: {string.Join("; ", curves.Select(curve => curve.Name))}. {attack.TextAt("came_back")}",
            $"{attack.TextAt("came_back")}{(missing > 0 ? $" {missing} points were not measured." : "")}{(all.Count > MostCurves ? $" Only the first {MostCurves} curves are drawn." : "")}".Trim());
    }

    private static Curve CurveOf(JsonElement curve)
    {
        double[] x = curve.NumbersAt(MostPoints, "x"), y = curve.NumbersAt(MostPoints, "y");
        (double X, double Y)[] points = [.. x.Zip(y).Where(point => double.IsFinite(point.First)).OrderBy(point => point.First)];
        string name = JsonReading.Short(curve.TextAt("name") ?? "unnamed", LongestName);
        return new Curve(name, [.. points.Select(point => point.X)], [.. points.Select(point => point.Y)])
        {
            Marked = points.Length <= 40,
            Dashed = name.Contains("retain-only", StringComparison.OrdinalIgnoreCase) || name.Contains("reference", StringComparison.OrdinalIgnoreCase) || name.Contains("never saw", StringComparison.OrdinalIgnoreCase),
        };
    }

    private static string NameOf(JsonElement attack) => JsonReading.Short(attack.TextAt("name") ?? "unnamed attack", LongestName).Replace('_', ' ');

    private static string Name(string folder) => JsonReading.Short(JsonReading.LastOf(folder), LongestName);
}
