using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Sessions;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Evaluation;

/// <summary>Settings of <see cref="BasicSuite"/>.</summary>
public sealed record BasicSuiteOptions
{
    /// <summary>Most rows of each set, from its beginning; null for all.</summary>
    public int? MaxRows { get; init; }

    /// <summary>Whether answers are generated, which exact match and ROUGE need and which takes most of the time.</summary>
    public bool Generate { get; init; } = true;

    /// <summary>Most new tokens of a continuation; null: half as many again as the answer has.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Tokens of one forward pass.</summary>
    public int TokensPerBatch { get; init; } = 4096;
}

/// <summary>How far an evaluation is.</summary>
/// <param name="Stage">What is being done: <c>scoring</c> or <c>generating</c>.</param>
/// <param name="Done">Rows done in this stage.</param>
/// <param name="Total">Rows of this stage.</param>
public readonly record struct EvaluationProgress(string Stage, int Done, int Total);

/// <summary>
/// The measures that every model and data set has (METHODS §10): probability, perplexity, accuracy and extraction strength of
/// the true answer, and exact match and ROUGE-L recall of the greedy continuation of the prompt.
/// </summary>
public sealed class BasicSuite
{
    // Short answers get at least this many new tokens, so that a longer wrong answer shows.
    private const int FewestNewTokens = 8;

    private readonly Decoder _decoder;
    private readonly IReadOnlyCollection<long> _ends;
    private readonly BasicSuiteOptions _options;
    private readonly Func<Tokenizer?> _tokenizer;

    /// <summary>Prepares the suite for an opened model.</summary>
    /// <param name="session">The model.</param>
    /// <param name="options">Settings.</param>
    public BasicSuite(ModelSession session, BasicSuiteOptions options)
        : this(session.Decoder, () => session.Tokenizer, session.EndOfSequenceIds, options)
    {
    }

    /// <summary>Prepares the suite.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="tokenizer">Gives what decodes continuations; asked only when a row has a prompt; null from it: nothing is generated.</param>
    /// <param name="endOfSequenceIds">Ids that end a continuation.</param>
    /// <param name="options">Settings.</param>
    /// <exception cref="InputException">A setting is out of range.</exception>
    public BasicSuite(Decoder decoder, Func<Tokenizer?> tokenizer, IReadOnlyCollection<long> endOfSequenceIds, BasicSuiteOptions options)
    {
        if (options.MaxRows < 1)
        {
            throw new InputException($"--max-rows is {options.MaxRows}; at least 1 is needed.");
        }

        if (options.MaxNewTokens < 1)
        {
            throw new InputException($"--max-new-tokens is {options.MaxNewTokens}; at least 1 is needed.");
        }

        _decoder = decoder;
        _tokenizer = tokenizer;
        _ends = endOfSequenceIds;
        _options = options;
    }

    /// <summary>Measures both sets, without and with the adapter.</summary>
    /// <param name="forget">The forget set, or null.</param>
    /// <param name="retain">The retain set, or null.</param>
    /// <param name="adapters">The adapter on the model; null: the model alone is measured.</param>
    /// <param name="progress">Told how far each stage is, or null.</param>
    /// <param name="cancellation">Stops between batches and between tokens.</param>
    public BasicReport Run(IReadOnlyList<Example>? forget, IReadOnlyList<Example>? retain, AdapterSet? adapters, IProgress<EvaluationProgress>? progress = null, CancellationToken cancellation = default) =>
        new(
            forget is null ? null : Compare(forget, adapters, progress, cancellation),
            retain is null ? null : Compare(retain, adapters, progress, cancellation));

    /// <summary>Measures one set, without and with the adapter.</summary>
    /// <param name="examples">The set; at least one example.</param>
    /// <param name="adapters">The adapter on the model; null: the model alone is measured.</param>
    /// <param name="progress">Told how far each stage is, or null.</param>
    /// <param name="cancellation">Stops between batches and between tokens.</param>
    public BasicComparison Compare(IReadOnlyList<Example> examples, AdapterSet? adapters, IProgress<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        BasicMeasures before;
        using (adapters?.SwitchOff())
        {
            before = Measure(examples, progress, cancellation);
        }

        return new BasicComparison(before, adapters is null ? null : Measure(examples, progress, cancellation));
    }

    /// <summary>Measures one set with the model as it is: adapters on it take part unless switched off.</summary>
    /// <param name="examples">The set; at least one example.</param>
    /// <param name="progress">Told how far each stage is, or null.</param>
    /// <param name="cancellation">Stops between batches and between tokens.</param>
    public BasicMeasures Measure(IReadOnlyList<Example> examples, IProgress<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        Example[] measured = [.. examples.Take(_options.MaxRows ?? int.MaxValue)];
        IReadOnlyList<SequenceScore> scores = Likelihood.Score(
            _decoder,
            [.. measured.Select(example => example.Sequence)],
            _options.TokensPerBatch,
            StageProgress.Of("scoring", measured.Length, progress),
            cancellation);
        Dictionary<int, string> continuations = Continue(measured, progress, cancellation);
        return new BasicMeasures([.. measured.Select((example, row) => MeasureRow(example, scores[row], continuations.GetValueOrDefault(row)))]);
    }

    private static BasicRow MeasureRow(Example example, SequenceScore score, string? generated) =>
        generated is null || Reference(example) is not { } reference
            ? new BasicRow(example.Row.Line, score, null, null, null)
            : new BasicRow(
                example.Row.Line,
                score,
                generated,
                TextMetrics.ExactMatch(reference, generated) ? 1 : 0,
                Rouge.L(reference, generated).Recall);

    // What a continuation is compared with: rows that are already tokenised, or text without a prompt, have nothing.
    private static string? Reference(Example example) =>
        example.PromptLength is > 0 ? example.Row.Answer ?? example.Row.Completion : null;

    // The greedy continuations of the rows that have a prompt and a reference, by row.
    private Dictionary<int, string> Continue(Example[] examples, IProgress<EvaluationProgress>? progress, CancellationToken cancellation)
    {
        int[] rows = _options.Generate ? [.. Enumerable.Range(0, examples.Length).Where(row => Reference(examples[row]) is not null)] : [];
        if (rows.Length == 0 || _tokenizer() is not { } tokenizer)
        {
            return [];
        }

        IReadOnlyList<int[]> continuations = Generation.Generate(
            _decoder,
            [.. rows.Select(row => examples[row].Sequence.InputIds[..examples[row].PromptLength!.Value])],
            [.. rows.Select(row => Limit(examples[row].Sequence.LabelledCount))],
            new GenerationOptions { EndOfSequenceIds = _ends },
            StageProgress.Of("generating", rows.Length, progress),
            cancellation);
        return rows.Zip(continuations).ToDictionary(pair => pair.First, pair => tokenizer.Decode(pair.Second, skipSpecialTokens: true));
    }

    private int Limit(int answerTokens) => _options.MaxNewTokens ?? Math.Max(FewestNewTokens, (answerTokens * 3 / 2) + 1);
}
