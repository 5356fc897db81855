using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Sessions;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Evaluation.Muse;

/// <summary>A prompt, the true continuation and the model's.</summary>
/// <param name="Line">The line in the data file, from 1.</param>
/// <param name="Truth">The true text.</param>
/// <param name="Generated">The greedy text.</param>
public sealed record MuseRow(int Line, string Truth, string Generated)
{
    /// <summary>ROUGE-L F1 with stemming.</summary>
    public double RougeL { get; } = Rouge.L(Truth, Generated).F1;

    /// <summary>ROUGE-L F1 without stemming, as MUSE's released code has it.</summary>
    public double RougeLWithoutStemming { get; } = Rouge.L(Truth, Generated, stem: false).F1;
}

/// <summary>MUSE's two measures of memory (arXiv 2407.06460; METHODS §10).</summary>
public sealed class MuseSuite
{
    /// <summary>New tokens of a verbatim continuation, unless chosen otherwise.</summary>
    public const int VerbatimTokens = 128;

    /// <summary>New tokens of an answer, unless chosen otherwise.</summary>
    public const int AnswerTokens = 32;

    private static readonly string[] AnswerEnds = ["\n\n", "\nQuestion", "Question:"];

    private readonly ExampleEncoder _encoder;
    private readonly int? _maxNewTokens;
    private readonly ModelSession _session;
    private readonly Tokenizer _tokenizer;

    /// <summary>Prepares the suite; adapters on the model take part unless switched off.</summary>
    /// <param name="session">The model.</param>
    /// <param name="encoding">How rows become tokens.</param>
    /// <param name="maxNewTokens">Most new tokens; null: <see cref="VerbatimTokens"/> and <see cref="AnswerTokens"/>.</param>
    /// <exception cref="InputException">The model has no tokenizer.</exception>
    public MuseSuite(ModelSession session, EncodingOptions encoding, int? maxNewTokens = null)
    {
        _session = session;
        _tokenizer = session.RequireTokenizer();
        _encoder = session.Encoder(encoding);
        _maxNewTokens = maxNewTokens;
    }

    /// <summary>
    /// Verbatim memorisation: how much of the true continuation the greedy one repeats. Rows with a prompt are continued from
    /// it; a text from its beginning, to its last <see cref="VerbatimTokens"/> tokens or the second half of a shorter one. The
    /// truth is cut to as many tokens as may be generated.
    /// </summary>
    /// <param name="examples">At least one.</param>
    /// <param name="progress">Told how far it is, or null.</param>
    /// <param name="cancellation">Stops between tokens.</param>
    public IReadOnlyList<MuseRow> Verbatim(IReadOnlyList<Example> examples, IProgress<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        int limit = _maxNewTokens ?? VerbatimTokens;
        int[] starts = [.. examples.Select(example => example.PromptLength is > 0 and int length
            ? length
            : Math.Max(example.Sequence.Length - limit, (example.Sequence.Length + 1) / 2))];
        IReadOnlyList<string> generated = Continue([.. examples.Select((example, row) => example.Sequence.InputIds[..starts[row]])], limit, "verbatim", progress, cancellation);
        return [.. examples.Select((example, row) => new MuseRow(
            example.Row.Line,
            _tokenizer.Decode([.. example.Sequence.InputIds.Skip(starts[row]).Take(limit)], skipSpecialTokens: true),
            generated[row]))];
    }

    /// <summary>Knowledge memorisation: answers to questions that follow answered ones.</summary>
    /// <param name="questions">Question rows; at least one.</param>
    /// <param name="examples">Question rows that stand answered before each question; may be empty.</param>
    /// <param name="source">The questions' file, for messages.</param>
    /// <param name="progress">Told how far it is, or null.</param>
    /// <param name="cancellation">Stops between tokens.</param>
    /// <exception cref="InputException">A row is no question, or the prompt is longer than the model's positions.</exception>
    public IReadOnlyList<MuseRow> Knowledge(IReadOnlyList<DataRow> questions, IReadOnlyList<DataRow> examples, string source, IProgress<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        DataRow? other = questions.Concat(examples).FirstOrDefault(row => row.Kind != DataRowKind.QuestionAnswer);
        if (other is not null)
        {
            throw new InputException($"{source}, line {other.Line}, or its examples: expected rows of question and answer.");
        }

        string before = string.Concat(examples.Select(row => $"Question: {row.Question}\nAnswer: {row.Answer}\n\n"));
        int[][] prompts = [.. questions.Select(row => _encoder.EncodePrompt($"{before}Question: {row.Question}\nAnswer:"))];
        IReadOnlyList<string> generated = Continue(prompts, _maxNewTokens ?? AnswerTokens, "questions", progress, cancellation);
        return [.. questions.Select((row, index) => new MuseRow(row.Line, row.Answer!, Cut(generated[index])))];
    }

    private IReadOnlyList<string> Continue(int[][] prompts, int limit, string stage, IProgress<EvaluationProgress>? progress, CancellationToken cancellation)
    {
        GenerationOptions options = new() { MaxNewTokens = limit, EndOfSequenceIds = _session.EndOfSequenceIds };
        IReadOnlyList<int[]> tokens = Generation.Generate(_session.Decoder, prompts, options, StageProgress.Of(stage, prompts.Length, progress), cancellation);
        return [.. tokens.Select(row => _tokenizer.Decode(row, skipSpecialTokens: true))];
    }

    // What comes after the answer is the next question the model asks itself.
    private static string Cut(string text)
    {
        int end = AnswerEnds.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(text.Length).Min();
        return text[..end];
    }
}
