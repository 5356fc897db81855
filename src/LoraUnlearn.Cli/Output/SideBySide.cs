namespace LoraUnlearn.Cli.Output;

/// <summary>A question, the true answer where it is known, and what each model says.</summary>
/// <param name="Prompt">The question.</param>
/// <param name="Reference">The true answer, or null.</param>
/// <param name="Answers">Who answers, and what.</param>
internal sealed record Answered(string Prompt, string? Reference, IReadOnlyList<(string Who, string Text)> Answers);

/// <summary>Prints answers of several models one under the other, their names aligned.</summary>
internal static class SideBySide
{
    /// <summary>Prints them; a lone answer to a lone prompt is printed bare, for scripts.</summary>
    public static void Print(Reporter reporter, IReadOnlyList<Answered> rows)
    {
        if (rows is [{ Answers: [var only], Reference: null }])
        {
            reporter.Line(only.Text);
            return;
        }

        int width = rows.SelectMany(row => row.Answers.Select(answer => answer.Who)).Append("prompt").Max(who => who.Length);
        foreach (Answered row in rows)
        {
            reporter.Line($"{"prompt".PadRight(width)}  {Indented(row.Prompt, width)}");
            if (row.Reference is not null)
            {
                reporter.Line($"{"true".PadRight(width)}  {Indented(row.Reference, width)}");
            }

            foreach ((string who, string text) in row.Answers)
            {
                reporter.Line($"{who.PadRight(width)}  {Indented(text, width)}");
            }

            reporter.Line();
        }
    }

    private static string Indented(string text, int width) => text.Trim().Replace("\n", "\n" + new string(' ', width + 2), StringComparison.Ordinal);
}
