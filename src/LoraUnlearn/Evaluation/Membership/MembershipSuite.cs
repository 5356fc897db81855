using System.Text.Json.Nodes;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Evaluation.Membership;

/// <summary>Settings of <see cref="MembershipSuite"/>.</summary>
public sealed record MembershipOptions
{
    /// <summary>Percentages of the Min-K attacks.</summary>
    public IReadOnlyList<int> MinK { get; init; } = [20];

    /// <summary>Whether the gradient norms are attacks too.</summary>
    public bool Gradients { get; init; } = true;

    /// <summary>Bootstrap resamples of each AUC.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>Seed of the resamples.</summary>
    public long Seed { get; init; } = 42;
}

/// <summary>The score of every row under every attack, in the order of the attacks.</summary>
/// <param name="Lines">The rows' lines in their file.</param>
/// <param name="ByAttack">Each attack's name and its scores, one a row; higher for what looks like a non-member.</param>
public sealed record AttackScores(IReadOnlyList<int> Lines, IReadOnlyList<(string Attack, double[] Scores)> ByAttack);

/// <summary>What the attacks found.</summary>
/// <param name="Attacks">Each attack's name and how well it tells the two sets apart.</param>
/// <param name="Members">Scores of the members.</param>
/// <param name="NonMembers">Scores of the non-members.</param>
public sealed record MembershipReport(IReadOnlyList<(string Attack, Discrimination Result)> Attacks, AttackScores Members, AttackScores NonMembers)
{
    /// <summary><c>{"attacks": {name: {"auc": …}}}</c>.</summary>
    /// <param name="withRows">Whether the score of every row is listed too.</param>
    public JsonObject ToJson(bool withRows)
    {
        JsonObject json = new()
        {
            ["attacks"] = new JsonObject(Attacks.Select(attack => KeyValuePair.Create(attack.Attack, (JsonNode?)attack.Result.ToJson()))),
        };
        if (withRows)
        {
            json["members"] = Rows(Members);
            json["non_members"] = Rows(NonMembers);
        }

        return json;
    }

    private static JsonArray Rows(AttackScores scores) => new([.. scores.Lines.Select((line, row) =>
    {
        JsonObject entry = new() { ["line"] = line };
        foreach ((string attack, double[] values) in scores.ByAttack)
        {
            entry[attack] = values[row];
        }

        return entry;
    })]);
}

/// <summary>
/// Membership attacks on any two sets of rows (METHODS §10): does the model give away which rows it was trained on? Attacks
/// that need something that is not there (zlib a tokenizer, <c>reference</c> a second model) are left out, never scored 0.5.
/// </summary>
public sealed class MembershipSuite
{
    private readonly Decoder _decoder;
    private readonly MembershipOptions _options;
    private readonly Decoder? _reference;
    private readonly Tokenizer? _tokenizer;

    /// <summary>Prepares the attacks; adapters on the model take part unless switched off.</summary>
    /// <param name="decoder">The model that is attacked.</param>
    /// <param name="tokenizer">Gives the text of rows for zlib; null: zlib is left out.</param>
    /// <param name="reference">A model that never saw the members, with the same tokenizer; null: <c>reference</c> is left out.</param>
    /// <param name="options">Settings.</param>
    public MembershipSuite(Decoder decoder, Tokenizer? tokenizer, Decoder? reference, MembershipOptions options)
    {
        _decoder = decoder;
        _tokenizer = tokenizer;
        _reference = reference;
        _options = options;
    }

    /// <summary>Attacks.</summary>
    /// <param name="members">Rows that the model may have been trained on; two or more.</param>
    /// <param name="nonMembers">Rows of the same kind that it never saw; two or more.</param>
    /// <param name="progress">Told how far each stage is, or null.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="InputException">A set has fewer than two rows.</exception>
    /// <exception cref="WorkFailedException">A score is not a finite number.</exception>
    public MembershipReport Run(IReadOnlyList<Example> members, IReadOnlyList<Example> nonMembers, IProgress<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        AttackScores first = Score(members, "members", progress, cancellation), second = Score(nonMembers, "non-members", progress, cancellation);
        return new MembershipReport(
            [.. first.ByAttack.Zip(second.ByAttack, (one, other) => (one.Attack, Discrimination.Of(one.Scores, other.Scores, _options.Resamples, _options.Seed)))],
            first,
            second);
    }

    /// <summary>The score of every row under every attack.</summary>
    /// <param name="examples">The rows; chunks of one text count as one row.</param>
    /// <param name="name">What they are, for progress and messages.</param>
    /// <param name="progress">Told how far each stage is, or null.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="WorkFailedException">A score is not a finite number.</exception>
    public AttackScores Score(IReadOnlyList<Example> examples, string name, IProgress<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        LabelledSequence[] sequences = [.. examples.Select(example => example.Sequence)];
        int[][] rows = [.. Enumerable.Range(0, examples.Count).GroupBy(index => examples[index].Row, ReferenceEqualityComparer.Instance).Select(row => row.ToArray())];
        IReadOnlyList<TokenLikelihoods> scores = TokenLikelihoods.Score(_decoder, sequences, progress: Stage(name), cancellation: cancellation);
        TokenLikelihoods[] whole = [.. rows.Select(row => Join(row, scores))];
        List<(string, double[])> attacks = [("loss", [.. whole.Select(row => row.Loss)])];
        if (_tokenizer is { } tokenizer)
        {
            attacks.Add(("zlib", [.. whole.Select((row, index) => MembershipScores.Zlib(row.Loss, Text(tokenizer, rows[index], sequences)))]));
        }

        if (_reference is not null)
        {
            IReadOnlyList<TokenLikelihoods> other = TokenLikelihoods.Score(_reference, sequences, progress: Stage($"{name}, reference model"), cancellation: cancellation);
            attacks.Add(("reference", [.. whole.Select((row, index) => row.Loss - Join(rows[index], other).Loss)]));
        }

        foreach (int percent in _options.MinK)
        {
            attacks.Add(($"min_k_{percent}", [.. whole.Select(row => MembershipScores.MinK(row.LogProbabilities, percent))]));
            attacks.Add(($"min_k_plus_plus_{percent}", [.. whole.Select(row => MembershipScores.MinKPlusPlus(row, percent))]));
        }

        if (_options.Gradients)
        {
            IReadOnlyList<GradientNorms> norms = GradientNorms.Of(_decoder, sequences, progress: Stage($"{name}, gradients"), cancellation: cancellation);
            attacks.Add(("gradient_norm", [.. rows.Select(row => Weighted(row, sequences, chunk => norms[chunk].Global))]));
            attacks.Add(("gradient_norm_mean_of_tensors", [.. rows.Select(row => Weighted(row, sequences, chunk => norms[chunk].MeanOfTensors))]));
        }

        int[] lines = [.. rows.Select(row => examples[row[0]].Row.Line)];
        foreach ((string attack, double[] values) in attacks)
        {
            int wrong = Array.FindIndex(values, value => !double.IsFinite(value));
            if (wrong >= 0)
            {
                throw new WorkFailedException($"The row of line {lines[wrong]} of the {name} has no finite score under the attack '{attack}'. The model has probably diverged; or compute in float32.");
            }
        }

        return new AttackScores(lines, attacks);

        StageProgress? Stage(string stage) => StageProgress.Of(stage, examples.Count, progress);
    }

    private static TokenLikelihoods Join(int[] chunks, IReadOnlyList<TokenLikelihoods> scores) => chunks.Length == 1 ? scores[chunks[0]] : new TokenLikelihoods(
        [.. chunks.SelectMany(chunk => scores[chunk].LogProbabilities)], [.. chunks.SelectMany(chunk => scores[chunk].Means)], [.. chunks.SelectMany(chunk => scores[chunk].Deviations)]);

    // The norm of a text in several chunks: the mean of theirs, by their scored tokens.
    private static double Weighted(int[] chunks, LabelledSequence[] sequences, Func<int, double> norm) =>
        chunks.Sum(chunk => norm(chunk) * sequences[chunk].LabelledCount) / chunks.Sum(chunk => sequences[chunk].LabelledCount);

    private static string Text(Tokenizer tokenizer, int[] chunks, LabelledSequence[] sequences) => tokenizer.Decode(
        [.. chunks.SelectMany(chunk => sequences[chunk].Labels.Where((label, position) => label != LabelledSequence.NotScored && position > 0))], skipSpecialTokens: true);
}
