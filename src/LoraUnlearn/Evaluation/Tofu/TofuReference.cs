namespace LoraUnlearn.Evaluation.Tofu;

/// <summary>The log of a model that never met the forget set, against which forget quality is measured.</summary>
public static class TofuReference
{
    // Decoding and re-encoding changes a text here and there; another split changes every one.
    private const double SameTextShare = 0.5;

    // Templates differ by a token at the border of the answer; another tokenizer changes most counts by more.
    private const int TokenSlack = 2;

    /// <summary>Forget quality (METHODS §10): the two-sided two-sample Kolmogorov–Smirnov test of the truth ratios of the forget set.</summary>
    /// <param name="unlearned">Of the model that is judged.</param>
    /// <param name="reference">Of the retain-only model.</param>
    /// <exception cref="InputException">The reference is of another split, other rows, or another kind of model.</exception>
    public static KolmogorovSmirnovResult ForgetQuality(TofuLog unlearned, TofuLog reference)
    {
        Check(unlearned, reference);
        return KolmogorovSmirnov.TwoSample(unlearned.Forget.TruthRatios, reference.Forget.TruthRatios);
    }

    /// <summary>Reads a reference log.</summary>
    /// <param name="path">The file.</param>
    /// <param name="making">The command that makes one, for messages.</param>
    /// <exception cref="InputException">It is missing (the message says how to make it) or is no log.</exception>
    public static TofuLog Read(string path, string making) => File.Exists(path)
        ? TofuLog.Read(path)
        : throw new InputException($"--reference: {path} does not exist. It is the log of a model that never saw the forget set; make it with\n  {making}");

    /// <summary>Refuses a log that is no reference for a model.</summary>
    /// <param name="unlearned">Of the model that is judged; of its forget set only the settings and the rows are looked at.</param>
    /// <param name="reference">Of the retain-only model.</param>
    /// <exception cref="InputException">The reference is of another split, other rows, or another kind of model.</exception>
    public static void Check(TofuLog unlearned, TofuLog reference)
    {
        CheckSettings(unlearned.Settings, reference.Settings, reference.Source);
        CheckRows(unlearned.Forget.Rows, reference.Forget.Rows, reference.Source);
    }

    /// <summary>Refuses, before any work, a log whose settings already show that it is no reference.</summary>
    /// <param name="run">Of the model that is judged.</param>
    /// <param name="reference">Of the retain-only model.</param>
    /// <param name="source">The reference's file.</param>
    /// <exception cref="InputException">The reference is of another split or another kind of model.</exception>
    public static void CheckSettings(TofuSettings run, TofuSettings reference, string source)
    {
        void Same(string what, string? wanted, string? found)
        {
            if (wanted is not null && found is not null && wanted != found)
            {
                throw new InputException(
                    $"--reference: {source} was made with another {what}: it has '{found}', this run '{wanted}'. Make it again for the retain-only model of the same {what}, with evaluate --suite tofu --save-log.");
            }
        }

        Same("split", run.Split, reference.Split);
        Same("architecture", run.Architecture, reference.Architecture);
        Same("tokenizer", run.Tokenizer, reference.Tokenizer);
        Same("template", run.Template, reference.Template);
    }

    private static void CheckRows(IReadOnlyList<TofuRowScore> run, IReadOnlyList<TofuRowScore> reference, string source)
    {
        if (run.Count != reference.Count)
        {
            string advice = reference.Count < run.Count ? $" Give --max-rows {reference.Count} if it is of the first rows of the same split." : string.Empty;
            throw new InputException(
                $"--reference: {source} has {reference.Count} rows of the forget set, this run {run.Count}; a reference is of the same rows.{advice} Otherwise make it again for this split.");
        }

        Dictionary<string, TofuRowScore> byIndex = reference.ToDictionary(row => row.Index, StringComparer.Ordinal);
        TofuRowScore? unknown = run.FirstOrDefault(row => !byIndex.ContainsKey(row.Index));
        if (unknown is not null)
        {
            throw new InputException($"--reference: {source} has no row {unknown.Index} of the forget set; a reference is of the same rows. Make it again for this split.");
        }

        (TofuRowScore Run, TofuRowScore Reference)[] pairs = [.. run.Select(row => (row, byIndex[row.Index]))];
        (TofuRowScore Run, TofuRowScore Reference)[] texts = [.. pairs.Where(pair => pair.Run.Text is not null && pair.Reference.Text is not null)];
        if (texts.Length > 0 && texts.Count(pair => Words(pair.Run.Text!.Truth) == Words(pair.Reference.Text!.Truth)) < SameTextShare * texts.Length)
        {
            throw new InputException($"--reference: {source} is of other questions: most of its true answers are not those of this split. Make it for the same split.");
        }

        (int Run, int Reference)[] counts = [.. pairs.Where(pair => pair.Run.AnswerTokens is not null && pair.Reference.AnswerTokens is not null).Select(pair => (pair.Run.AnswerTokens!.Value, pair.Reference.AnswerTokens!.Value))];
        int apart = counts.Count(pair => Math.Abs(pair.Run - pair.Reference) > TokenSlack);
        if (apart > 0.5 * counts.Length)
        {
            throw new InputException(
                $"--reference: {source} is of a model with another tokenizer: {apart} of {counts.Length} answers have another number of tokens there. The reference is a retain-only model of the same kind; make its log with evaluate --suite tofu --save-log.");
        }
    }

    private static string Words(string text) => string.Concat(text.Where(char.IsLetterOrDigit));
}
