namespace LoraUnlearn.Auditing;

/// <summary>The audit in sentences: what was tried, what came back, and what that does not show.</summary>
internal static class AuditVerdict
{
    // Differences below this are within what another seed would give.
    private const double Noticeable = 0.05;

    public static IReadOnlyList<string> Of(int rows, Standing standing, IReadOnlyList<AttackResult> results, IReadOnlyList<(string Name, string Reason)> skipped)
    {
        List<string> verdict = [AsAsked(rows, standing)];
        if (standing.UnlearnedRetain is { } kept)
        {
            verdict.Add($"Rows that were to be kept have probability {Wording.Of(kept)} with the adapter, {Wording.Of(standing.BaseRetain!.Value)} without it.");
        }

        verdict.AddRange(results.Select(result => $"{result.Tried} {result.CameBack}"));
        verdict.Add(Compared(standing, results));
        if (skipped.Count > 0)
        {
            verdict.Add($"Not tried: {string.Join("; ", skipped.Select(attack => $"{attack.Name} ({attack.Reason})"))}.");
        }

        verdict.Add("What was not extracted by these attacks may be extracted by others, or by more of the same; the audit says what was tried, not that nothing is left.");
        return verdict;
    }

    private static string AsAsked(int rows, Standing standing) =>
        $"Asked as trained, {rows} forgotten rows' true answers have probability {Wording.Of(standing.Unlearned)} with the adapter, {Wording.Of(standing.Base)} without it{(standing.Reference is { } reference ? $", {Wording.Of(reference)} in the retain-only model" : "")}.";

    private static string Compared(Standing standing, IReadOnlyList<AttackResult> results)
    {
        if (standing.Reference is not null)
        {
            AttackResult[] more = [.. results.Where(result => result.Baseline is { } baseline && result.Value > baseline + Noticeable)];
            string attacks = $"{results.Count} {(results.Count == 1 ? "attack" : "attacks")}";
            return more.Length == 0
                ? $"None of the {attacks} got more than {Noticeable} beyond what the retain-only model gives under the same attack."
                : $"{more.Length} of the {attacks} got more than {Noticeable} beyond what the retain-only model gives under the same attack: {string.Join(", ", more.Select(result => result.Name))}.";
        }

        AttackResult[] probabilities = [.. results.Where(result => result.Measure == "probability")];
        string most = probabilities.MaxBy(result => result.Value) is { } worst
            ? $"The most came back under {worst.Name}, {Wording.Of(worst.Value)} of a probability that was {Wording.Of(standing.Base)} before unlearning. "
            : "";
        return $"{most}No retain-only model was given, so it is not known how much of this a model that never met the rows would answer too.";
    }
}
