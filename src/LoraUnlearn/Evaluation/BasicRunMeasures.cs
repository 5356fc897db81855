using LoraUnlearn.Data;
using LoraUnlearn.Sessions;
using LoraUnlearn.Training.Rules;

namespace LoraUnlearn.Evaluation;

/// <summary>The measures of <see cref="BasicSuite"/> on the forget and on the retain set of a run (METHODS §10).</summary>
public sealed class BasicRunMeasures : IRunMeasures
{
    private static readonly string[] Sets = ["forget", "retain"];
    private static readonly string[] Teacher = ["probability", "nll", "perplexity", "accuracy", "extraction_strength"];
    private static readonly string[] Generated = ["rouge_l", "exact_match"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Names(bool hasRetainSet) =>
        [.. Sets.Take(hasRetainSet ? 2 : 1).SelectMany(set => Teacher.Concat(Generated).Select(measure => $"{set}.{measure}"))];

    /// <inheritdoc/>
    public void Check(IEnumerable<string> names, RowEncoding rows, EncodedData forget, EncodedData? retain)
    {
        foreach (string name in names.Where(NeedsGeneration))
        {
            EncodedData data = name.StartsWith("forget.", StringComparison.Ordinal) ? forget : retain!;
            if (rows.Tokenizer is null || !data.Examples.Any(example => example.PromptLength > 0 && (example.Row.Answer ?? example.Row.Completion) is not null))
            {
                throw new InputException($"{name} compares generated text, and {data.Path} has no rows of question and answer, or prompt and completion, in text; use forget.probability or the like.");
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Take(IReadOnlyList<string> names, ModelSession session, EncodedData forget, EncodedData? retain, int rows, CancellationToken cancellation)
    {
        BasicSuite suite = new(session, new BasicSuiteOptions { MaxRows = rows, Generate = names.Any(NeedsGeneration) });
        IEnumerable<KeyValuePair<string, double>> measures = Measure(suite, "forget", forget.Examples, cancellation);
        return new Dictionary<string, double>(retain is null ? measures : measures.Concat(Measure(suite, "retain", retain.Examples, cancellation)));
    }

    private static bool NeedsGeneration(string name) => Generated.Contains(name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..]);

    private static IEnumerable<KeyValuePair<string, double>> Measure(BasicSuite suite, string set, IReadOnlyList<Example> examples, CancellationToken cancellation)
    {
        BasicMeasures found = suite.Measure(examples, cancellation: cancellation);
        (string Name, double? Value)[] measures =
        [
            ("probability", found.Probability),
            ("nll", found.Nll),
            ("perplexity", found.Perplexity),
            ("accuracy", found.Accuracy),
            ("extraction_strength", found.ExtractionStrength),
            ("rouge_l", found.RougeL),
            ("exact_match", found.ExactMatch),
        ];
        return measures.Where(measure => measure.Value is not null).Select(measure => KeyValuePair.Create($"{set}.{measure.Name}", measure.Value!.Value));
    }
}
