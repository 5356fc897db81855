using System.Text.Json;

namespace LoraUnlearn.Reporting;

/// <summary>Membership attacks (METHODS §10): can it be told which rows the model was trained on?</summary>
public sealed class MembershipSection : IReportSection
{
    private const int MostAttacks = 24;
    private const int MostRows = 1_000_000;

    private readonly (EvaluationFile File, JsonElement Found)[] _models;

    /// <summary>Takes the evaluations that have attacks; those of other suites that measured membership beside theirs, too.</summary>
    /// <param name="files">Evaluations of any suites.</param>
    public MembershipSection(IEnumerable<EvaluationFile> files)
    {
        (EvaluationFile File, JsonElement Found)[] models = [.. files.Select(file => (file, file.Suite == "membership" ? file.Root : file.Root.At("membership"))).Where(pair => pair.Item2?.At("attacks") is not null).Select(pair => (pair.file, pair.Item2!.Value))];
        _models = [.. models.Select(model => models.Count(other => other.File.Name == model.File.Name) == 1 ? model : (model.File with { Name = $"{model.File.Name} (suite {model.File.Suite})" }, model.Found))];
    }

    /// <summary>Whether there is anything to show.</summary>
    public bool HasAny => _models.Length > 0;

    /// <inheritdoc/>
    public string Title => "Membership: can it be told what it was trained on?";

    /// <inheritdoc/>
    public IReadOnlyList<Highlight> Highlights => _models.LastOrDefault(model => model.File.HasAdapter) is { File: not null } model && model.Found.NumberAt("attacks", "loss", "auc") is double auc
        ? [new Highlight("Membership AUC, by loss", ReportNumber.Three(auc), $"{model.File.Name}: 95 % interval {Interval(model.Found, "loss")}; 0.5 gives nothing away, 1 tells every member")]
        : [];

    /// <inheritdoc/>
    public void Write(HtmlPage page)
    {
        page.Paragraph("AUC is the probability that a row which was never trained on looks less known than one that was: 1 when members are told every time, 0.5 when nothing tells them apart, below when they look less known than what was never seen. It is never flipped.");
        foreach ((EvaluationFile file, JsonElement found) in _models)
        {
            JsonProperty[] attacks = [.. found.MembersAt(MostAttacks, "attacks")];
            page.Table(
                ["attack", "AUC", "95 % interval", "TPR at 1 % FPR"],
                attacks.Select(attack => new[] { Words(attack.Name), ReportNumber.Three(attack.Value.NumberAt("auc")), Interval(found, attack.Name), ReportNumber.Three(attack.Value.NumberAt("tpr_at_1_percent_fpr")) }),
                file.Name);
        }

        foreach ((EvaluationFile file, JsonElement found) in _models)
        {
            Curve[] curves = [.. found.MembersAt(MostAttacks, "attacks").Select(attack => RocOf(found, attack.Name, $"{Words(attack.Name)}, AUC {ReportNumber.Three(attack.Value.NumberAt("auc"))}")).OfType<Curve>()];
            if (curves.Length == 0)
            {
                page.Note($"{file.Name}: the file has no scores of rows (evaluate --out writes those of the suite membership), so its curves are not drawn.");
                continue;
            }

            Draw(page, $"Attacks on {file.Name}", curves);
        }

        Curve[] byLoss = [.. _models.Select(model => RocOf(model.Found, "loss", $"{model.File.Name}, AUC {ReportNumber.Three(model.Found.NumberAt("attacks", "loss", "auc"))} ({Interval(model.Found, "loss")})")).OfType<Curve>()];
        if (byLoss.Length > 1)
        {
            Draw(page, "The attack by loss on each model", byLoss);
        }
    }

    /// <summary>
    /// The receiver operating characteristic: the share of members found against the share of non-members taken for members, over all
    /// thresholds of a score that is higher for non-members. Its area is the AUC.
    /// </summary>
    /// <param name="name">Name of the curve.</param>
    /// <param name="members">Scores of members; at least one.</param>
    /// <param name="nonMembers">Scores of non-members; at least one.</param>
    internal static Curve Roc(string name, IReadOnlyList<double> members, IReadOnlyList<double> nonMembers)
    {
        double[] inside = [.. members.Where(double.IsFinite).Order()], outside = [.. nonMembers.Where(double.IsFinite).Order()];
        List<double> x = [0], y = [0];
        int found = 0, mistaken = 0;
        while (found < inside.Length || mistaken < outside.Length)
        {
            double threshold = Math.Min(found < inside.Length ? inside[found] : double.PositiveInfinity, mistaken < outside.Length ? outside[mistaken] : double.PositiveInfinity);
            while (found < inside.Length && inside[found] <= threshold)
            {
                found++;
            }

            while (mistaken < outside.Length && outside[mistaken] <= threshold)
            {
                mistaken++;
            }

            x.Add((double)mistaken / outside.Length);
            y.Add((double)found / inside.Length);
        }

        return new Curve(name, x, y);
    }

    private static void Draw(HtmlPage page, string title, Curve[] curves) => page.Figure(
        Chart.Curves(
            title,
            "non-members taken for members",
            "members found",
            [.. curves.Select(Thinned), new Curve("chance", [0, 1], [0, 1]) { Dashed = true, Faint = true }],
            ValueScale.Linear,
            new CurveLayout { XRange = (0, 1), YRange = (0, 1) }),
        $"{title}: receiver operating characteristics. {string.Join("; ", curves.Select(curve => curve.Name))}. The diagonal is chance.",
        "The nearer to the broken diagonal, the less is given away.");

    private static Curve Thinned(Curve curve)
    {
        int every = ((curve.X.Count - 1) / 800) + 1;
        int[] kept = [.. Enumerable.Range(0, curve.X.Count).Where(index => index % every == 0 || index == curve.X.Count - 1)];
        return curve with { X = [.. kept.Select(index => curve.X[index])], Y = [.. kept.Select(index => curve.Y[index])] };
    }

    private static Curve? RocOf(JsonElement found, string attack, string name)
    {
        double[] members = Scores(found, "members", attack), nonMembers = Scores(found, "non_members", attack);
        return members.Length > 0 && nonMembers.Length > 0 ? Roc(name, members, nonMembers) : null;
    }

    private static double[] Scores(JsonElement found, string side, string attack) =>
        [.. found.ItemsAt(MostRows, side).Select(row => row.NumberAt(attack)).OfType<double>()];

    private static string Interval(JsonElement found, string attack) =>
        found.NumberAt("attacks", attack, "auc_low") is double low && found.NumberAt("attacks", attack, "auc_high") is double high
            ? $"{ReportNumber.Three(low)} to {ReportNumber.Three(high)}"
            : "interval not measured";

    private static string Words(string attack) => JsonReading.Short(attack, 40).Replace('_', ' ');
}
