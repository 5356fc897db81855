using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Sessions;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Evaluation.Tofu;

/// <summary>Settings of <see cref="TofuSuite"/>.</summary>
public sealed record TofuSuiteOptions
{
    /// <summary>Template and lengths.</summary>
    public EncodingOptions Encoding { get; init; } = new();

    /// <summary>Most rows of each set, from its beginning (the original's <c>ds_size</c>, 300 in published runs); null for all.</summary>
    public int? MaxRows { get; init; }

    /// <summary>Most new tokens of an answer; null: until prompt and answer have <see cref="OriginalLength"/> tokens, as in the original tool.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Tokens of one forward pass.</summary>
    public int TokensPerBatch { get; init; } = 4096;

    /// <summary>The original tool's limit of prompt and answer together, in tokens.</summary>
    public const int OriginalLength = 200;
}

/// <summary>
/// Measures a model on TOFU's four sets (METHODS §10): the likelihood of the true, the paraphrased and the wrong answers, each
/// distinct text once, and the greedy answers. Rows go through in windows, so that memory does not grow with their number.
/// </summary>
public sealed class TofuSuite
{
    private const int Window = 256;

    private readonly ExampleEncoder _encoder;
    private readonly TofuSuiteOptions _options;
    private readonly ModelSession _session;
    private readonly Tokenizer _tokenizer;

    /// <summary>Prepares the suite for an opened model; adapters on it take part unless switched off.</summary>
    /// <param name="session">The model.</param>
    /// <param name="options">Settings.</param>
    /// <exception cref="InputException">The model has no tokenizer, or a setting is out of range.</exception>
    public TofuSuite(ModelSession session, TofuSuiteOptions options)
    {
        _session = session;
        _options = options;
        _tokenizer = session.RequireTokenizer();
        _encoder = session.Encoder(options.Encoding);
    }

    /// <summary>How many texts were cut to the maximum length.</summary>
    public int TruncatedTexts => _encoder.TruncatedRows;

    /// <summary>Measures all four sets.</summary>
    /// <param name="layout">The files.</param>
    /// <param name="progress">Told the set, the stage and how far it is, or null.</param>
    /// <param name="cancellation">Stops between batches and between tokens.</param>
    /// <exception cref="InputException">A file or row cannot be used, or a set has fewer than two rows.</exception>
    /// <exception cref="WorkFailedException">A loss is not a finite number.</exception>
    public TofuLog Run(TofuLayout layout, IProgress<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        Dictionary<TofuSet, TofuSetScores> sets = [];
        foreach (TofuSet set in TofuSet.All)
        {
            IReadOnlyList<TofuRow> rows = layout.Read(set, _options.MaxRows);
            sets[set] = new TofuSetScores(set, Score(set, rows, layout.FileOf(set), progress, cancellation), layout.FileOf(set));
        }

        return new TofuLog(TofuSettings.Of(_session, layout.Split, _session.Rows.TemplateFor(_options.Encoding.Template).Template.Name), sets, "this run");
    }

    /// <summary>Measures the rows of one set.</summary>
    /// <param name="set">Which set, for the progress.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="source">Their file, for messages.</param>
    /// <param name="progress">Told the set, the stage and how far it is, or null.</param>
    /// <param name="cancellation">Stops between batches and between tokens.</param>
    public IReadOnlyList<TofuRowScore> Score(TofuSet set, IReadOnlyList<TofuRow> rows, string source, IProgress<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        List<TofuRowScore> scores = new(rows.Count);
        progress?.Report(new EvaluationProgress(set.Name, 0, rows.Count));
        foreach (TofuRow[] window in rows.Chunk(Window))
        {
            scores.AddRange(ScoreWindow(window, scores.Count, source, cancellation));
            progress?.Report(new EvaluationProgress(set.Name, scores.Count, rows.Count));
        }

        return scores;
    }

    private IEnumerable<TofuRowScore> ScoreWindow(TofuRow[] rows, int first, string source, CancellationToken cancellation)
    {
        // The texts of a row: answer, wrong answers, and the paraphrase where it is another text than the answer.
        List<DataRow> texts = [];
        int[] starts = new int[rows.Length];
        for (int index = 0; index < rows.Length; index++)
        {
            starts[index] = texts.Count;
            TofuRow row = rows[index];
            texts.AddRange(new[] { row.Answer }.Concat(row.Perturbed).Concat(HasParaphrase(row) ? [row.Paraphrase!] : [])
                .Select(answer => new DataRow(DataRowKind.QuestionAnswer, row.Line) { Question = row.Question, Answer = answer }));
        }

        IReadOnlyList<Example> examples = _encoder.Encode(texts, source);
        IReadOnlyList<SequenceScore> scores = Likelihood.Score(_session.Decoder, [.. examples.Select(example => example.Sequence)], _options.TokensPerBatch, cancellation: cancellation);
        int[][] prompts = [.. starts.Select(start => examples[start].Sequence.InputIds[..examples[start].PromptLength!.Value])];
        IReadOnlyList<int[]> answers = Generation.Generate(
            _session.Decoder,
            prompts,
            [.. prompts.Select(prompt => _options.MaxNewTokens ?? Math.Max(1, TofuSuiteOptions.OriginalLength - prompt.Length))],
            new GenerationOptions { EndOfSequenceIds = _session.EndOfSequenceIds },
            cancellation: cancellation);
        return rows.Select((row, index) => Row(row, first + index, scores, starts[index], prompts[index], answers[index]));
    }

    private TofuRowScore Row(TofuRow row, int index, IReadOnlyList<SequenceScore> scores, int start, int[] prompt, int[] answer)
    {
        SequenceScore truth = scores[start];
        SequenceScore[] perturbed = [.. scores.Skip(start + 1).Take(row.Perturbed.Count)];
        SequenceScore paraphrased = HasParaphrase(row) ? scores[start + 1 + row.Perturbed.Count] : truth;
        string generated = _tokenizer.Decode(answer, skipSpecialTokens: true);
        RougeScores rouge = Rouge.Score(row.Answer, generated);
        return new TofuRowScore(index.ToString(System.Globalization.CultureInfo.InvariantCulture), Loss(truth), Loss(paraphrased), [.. perturbed.Select(Loss)])
        {
            AnswerTokens = truth.Tokens,
            ParaphrasedTokens = paraphrased.Tokens,
            PerturbedTokens = [.. perturbed.Select(score => score.Tokens)],
            Text = new TofuAnswer(_tokenizer.Decode(prompt, skipSpecialTokens: true), generated, row.Answer),
            Rouge1Recall = rouge.Rouge1.Recall,
            RougeLRecall = rouge.RougeL.Recall,
            ExtractionStrength = truth.ExtractionStrength,
            ExactMemorisation = truth.Accuracy,
        };
    }

    private static bool HasParaphrase(TofuRow row) => row.Paraphrase is not null && row.Paraphrase != row.Answer;

    private static double Loss(SequenceScore score) => score.Nll / score.Tokens;
}
