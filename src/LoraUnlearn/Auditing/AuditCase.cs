using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Models;
using LoraUnlearn.Sessions;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Auditing;

/// <summary>Everything that attacks work with: the models, the rows, the settings, and the measures that all of them share.</summary>
public sealed class AuditCase
{
    private const int ShownRows = 3;

    private readonly ModelSession _session;
    private readonly EncodingOptions _encoding;
    private readonly Lazy<double?> _referenceProbability;
    private string _stage = "";

    /// <summary>Joins them.</summary>
    /// <param name="session">The model that unlearned, without an adapter on it; its tokenizer encodes the rows.</param>
    /// <param name="unlearned">The same under its adapter.</param>
    /// <param name="reference">A retain-only model of the same vocabulary, or null.</param>
    /// <param name="forget">The rows that were to be forgotten; at least one.</param>
    /// <param name="retain">Rows that were to be kept, or null.</param>
    /// <param name="encoding">How rows of text become tokens.</param>
    /// <param name="options">How hard the attacks try.</param>
    /// <exception cref="InputException">The reference has another vocabulary, or a setting is out of range.</exception>
    public AuditCase(ModelSession session, AuditedModel unlearned, AuditedModel? reference, IReadOnlyList<Example> forget, IReadOnlyList<Example>? retain, EncodingOptions encoding, AuditOptions options)
    {
        if (reference is not null && reference.Decoder.Spec.VocabularySize != unlearned.Decoder.Spec.VocabularySize)
        {
            throw new InputException(
                $"--reference-model has a vocabulary of {reference.Decoder.Spec.VocabularySize}, the model one of {unlearned.Decoder.Spec.VocabularySize}; give a retain-only model with the same tokenizer.");
        }

        (_session, Unlearned, Reference, Forget, Retain, _encoding, Options) = (session, unlearned, reference, forget, retain, encoding, options.Validate());
        _referenceProbability = new Lazy<double?>(() => Reference is { } model ? Probability(model.Decoder, Forget) : null);
    }

    /// <summary>The model under its adapter.</summary>
    public AuditedModel Unlearned { get; }

    /// <summary>The retain-only model, or null.</summary>
    public AuditedModel? Reference { get; }

    /// <summary>Answer probability of the forgotten rows in the retain-only model, computed once; null without one.</summary>
    public double? ReferenceProbability => _referenceProbability.Value;

    /// <summary>The rows that were to be forgotten.</summary>
    public IReadOnlyList<Example> Forget { get; }

    /// <summary>Rows that were to be kept, or null.</summary>
    public IReadOnlyList<Example>? Retain { get; }

    /// <summary>The forgotten rows under other questions, or null.</summary>
    public IReadOnlyList<Example>? Paraphrased { get; init; }

    /// <summary>How hard the attacks try.</summary>
    public AuditOptions Options { get; }

    /// <summary>Told how far each attack is, or null.</summary>
    public IProgress<EvaluationProgress>? Progress { get; init; }

    /// <summary>Stops between batches.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The tokenizer; null where rows are token ids.</summary>
    public Tokenizer? Tokenizer => _session.Tokenizer;

    /// <summary>The ids that end an answer.</summary>
    public IReadOnlyCollection<long> Ends => _session.EndOfSequenceIds;

    /// <summary>Whether a row has a prompt and an answer in text, from which can be generated.</summary>
    /// <param name="example">The row.</param>
    public bool IsAnswered(Example example) => Tokenizer is not null && example.PromptLength > 0 && AnswerOf(example) is not null;

    /// <summary>The true answer in text, or null.</summary>
    /// <param name="example">The row.</param>
    public static string? AnswerOf(Example example) => example.Row.Answer ?? example.Row.Completion;

    /// <summary>Encodes rows of text as the forgotten ones were.</summary>
    /// <param name="rows">The rows.</param>
    public IReadOnlyList<Example> Encode(IReadOnlyList<DataRow> rows) => _session.Encoder(_encoding).Encode(rows, "the forget rows");

    /// <summary>Says which part of an attack is being done.</summary>
    internal void Begin(string stage, int total)
    {
        _stage = stage;
        Progress?.Report(new EvaluationProgress(stage, 0, Math.Max(1, total)));
    }

    /// <summary>Says how far that part is.</summary>
    internal void Advance(int done, int total) => Progress?.Report(new EvaluationProgress(_stage, done, Math.Max(1, total)));

    /// <summary>exp(−NLL/|y|), mean over rows, of a model as it is.</summary>
    internal double Probability(Decoder decoder, IReadOnlyList<Example> rows) =>
        Finite(Likelihood.Score(decoder, [.. rows.Select(row => row.Sequence)], Options.TokensPerBatch, cancellation: Cancellation).Average(score => score.Probability));

    /// <summary>The basic measures of a model as it is.</summary>
    internal BasicMeasures Measure(Decoder decoder, IReadOnlyList<Example> rows, bool generate = true)
    {
        BasicMeasures measures = new BasicSuite(decoder, () => Tokenizer, Ends, new BasicSuiteOptions { Generate = generate, TokensPerBatch = Options.TokensPerBatch }).Measure(rows, cancellation: Cancellation);
        Finite(measures.Probability);
        return measures;
    }

    /// <summary>The rows that came back the most, with their text.</summary>
    internal static IReadOnlyList<AuditExample> Worst(IEnumerable<(Example Row, string? Answer, double? Recall)> rows) =>
        [.. rows.Where(row => row.Answer is not null && AnswerOf(row.Row) is not null).OrderByDescending(row => row.Recall).Take(ShownRows)
            .Select(row => new AuditExample(row.Row.Row.Line, AnswerOf(row.Row)!, row.Answer!, row.Recall ?? 0))];

    /// <summary>The same of measured rows.</summary>
    internal static IReadOnlyList<AuditExample> Worst(IReadOnlyList<Example> rows, BasicMeasures measures) =>
        Worst(rows.Zip(measures.Rows, (row, measured) => (row, measured.Generated, measured.RougeL)));

    private static double Finite(double probability) => double.IsFinite(probability)
        ? probability
        : throw new WorkFailedException("The answer probability is not a number under an attack: the computation overflows in this type. Choose --dtype float32.");
}
