using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Training.Rules;

/// <summary>The measures that rules may name: those of the basic suite on the forget and on the retain set (METHODS §10).</summary>
public static class RunMeasures
{
    private static readonly string[] Sets = ["forget", "retain"];
    private static readonly string[] Teacher = ["probability", "nll", "perplexity", "accuracy", "extraction_strength"];
    private static readonly string[] Generated = ["rouge_l", "exact_match"];

    /// <summary>Names such as <c>forget.probability</c>.</summary>
    /// <param name="hasRetainSet">Whether there is a retain set.</param>
    public static IReadOnlyList<string> Names(bool hasRetainSet) =>
        [.. Sets.Take(hasRetainSet ? 2 : 1).SelectMany(set => Teacher.Concat(Generated).Select(measure => $"{set}.{measure}"))];

    /// <summary>Whether any of some measures needs generated answers.</summary>
    /// <param name="names">Measures.</param>
    public static bool NeedGeneration(IEnumerable<string> names) => names.Any(name => Generated.Contains(name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..]));

    /// <summary>Refuses measures of generated answers where nothing can be generated or compared.</summary>
    /// <param name="names">The measures that the rules name.</param>
    /// <param name="session">The model.</param>
    /// <param name="forget">The forget set.</param>
    /// <param name="retain">The retain set, or null.</param>
    /// <exception cref="InputException">A measure cannot be taken on these rows.</exception>
    internal static void Check(IEnumerable<string> names, ModelSession session, EncodedData forget, EncodedData? retain)
    {
        foreach (string name in names.Where(name => NeedGeneration([name])))
        {
            EncodedData data = name.StartsWith("forget.", StringComparison.Ordinal) ? forget : retain!;
            if (session.Tokenizer is null || !data.Examples.Any(example => example.PromptLength > 0 && (example.Row.Answer ?? example.Row.Completion) is not null))
            {
                throw new InputException($"{name} compares generated text, and {data.Path} has no rows of question and answer, or prompt and completion, in text; use forget.probability or the like.");
            }
        }
    }

    /// <summary>Takes the measures of a set.</summary>
    /// <param name="suite">How.</param>
    /// <param name="set"><c>forget</c> or <c>retain</c>.</param>
    /// <param name="examples">The set's rows.</param>
    /// <param name="cancellation">Stops between batches.</param>
    internal static IEnumerable<KeyValuePair<string, double>> Take(BasicSuite suite, string set, IReadOnlyList<Example> examples, CancellationToken cancellation)
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
