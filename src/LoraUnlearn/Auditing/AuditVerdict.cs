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
        if (Compared(standing, results) is { Length: > 0 } compared)
        {
            verdict.Add(compared);
        }

        if (results.Where(result => result.NeedsAdapter).Select(result => result.Name).ToArray() is { Length: > 0 } apart)
        {
            verdict.Add($"Of these, {string.Join(" and ", apart)} need{(apart.Length == 1 ? "s" : "")} the adapter as a file of its own: who has that can leave it off, too, and has the base model. A merged model does not allow it.");
        }

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
        if (standing.Reference is not null && results.Any(result => !result.NeedsAdapter))
        {
            AttackResult[] more = [.. results.Where(result => !result.NeedsAdapter && result.Baseline is { } baseline && result.Value > baseline + Noticeable)];
            int tried = results.Count(result => !result.NeedsAdapter);
            string attacks = $"{tried} {(tried == 1 ? "attack" : "attacks")} on the model as it would be given away";
            return more.Length == 0
                ? $"None of the {attacks} got more than {Noticeable} beyond what the retain-only model gives under the same attack."
                : $"{more.Length} of the {attacks} got more than {Noticeable} beyond what the retain-only model gives under the same attack: {string.Join(", ", more.Select(result => result.Name))}.";
        }

        AttackResult[] probabilities = [.. results.Where(result => result.Measure == "probability" && !result.NeedsAdapter)];
        string most = probabilities.MaxBy(result => result.Value) is { } worst
            ? $"The most came back under {worst.Name}, {Wording.Of(worst.Value)} of a probability that was {Wording.Of(standing.Base)} before unlearning. "
            : "";
        return standing.Reference is null
            ? $"{most}No retain-only model was given, so it is not known how much of this a model that never met the rows would answer too."
            : most.TrimEnd();
    }
}
