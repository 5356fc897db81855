using System.Text.Json.Nodes;
using LoraUnlearn.Data;
using LoraUnlearn.Models;

namespace LoraUnlearn.Evaluation.Tdec;

/// <summary>Settings of <see cref="TdecSuite"/>.</summary>
public sealed record TdecOptions
{
    /// <summary>Orders n of EL_n; empty: nothing is generated.</summary>
    public IReadOnlyList<int> Orders { get; init; } = [5, 10];

    /// <summary>What the matching n-grams are divided by.</summary>
    public NGramDivisor Divisor { get; init; } = NGramDivisor.Continuation;

    /// <summary>EL_n over every such prefix length, from 1; 1 for all, as TDEC.</summary>
    public int PrefixStep { get; init; } = 1;
}

/// <summary>TDEC's measures of one row.</summary>
/// <param name="Line">The line in the data file, from 1.</param>
/// <param name="Accuracy">MA.</param>
/// <param name="Likelihoods">EL_n by n; n is missing where the row has no n-gram after its first token.</param>
public sealed record TdecRow(int Line, double Accuracy, IReadOnlyDictionary<int, double> Likelihoods);

/// <summary>TDEC's measures of a set: means over rows.</summary>
/// <param name="Rows">The rows; a text in several chunks has one for each.</param>
/// <param name="Options">The settings.</param>
public sealed record TdecReport(IReadOnlyList<TdecRow> Rows, TdecOptions Options)
{
    /// <summary>MA: share of tokens, all but the first, that the model predicts from what is before.</summary>
    public double Accuracy => Rows.Average(row => row.Accuracy);

    /// <summary>EL_n over the rows long enough for an n-gram.</summary>
    /// <param name="n">One of the orders.</param>
    /// <exception cref="InputException">No row is long enough.</exception>
    public double Likelihood(int n)
    {
        double[] values = [.. Rows.Where(row => row.Likelihoods.ContainsKey(n)).Select(row => row.Likelihoods[n])];
        return values.Length > 0
            ? values.Average()
            : throw new InputException($"No row has more than {n} tokens, so there is no extraction likelihood of order {n}; choose smaller --n-grams.");
    }

    /// <summary>The measures by name: <c>ma</c>, <c>el_5</c> ….</summary>
    /// <param name="withRows">Whether every row is listed too.</param>
    public JsonObject ToJson(bool withRows)
    {
        JsonObject json = new() { ["rows"] = Rows.Count, ["ma"] = Accuracy };
        foreach (int n in Options.Orders)
        {
            json[$"el_{n}"] = Likelihood(n);
            json[$"el_{n}_rows"] = Rows.Count(row => row.Likelihoods.ContainsKey(n));
        }

        if (Options.Orders.Count > 0)
        {
            json["divisor"] = Options.Divisor == NGramDivisor.Continuation ? "paper" : "code";
            json["prefix_step"] = Options.PrefixStep;
        }

        if (withRows)
        {
            json["per_row"] = new JsonArray([.. Rows.Select(row =>
            {
                JsonObject entry = new() { ["line"] = row.Line, ["ma"] = row.Accuracy };
                foreach ((int n, double value) in row.Likelihoods)
                {
                    entry[$"el_{n}"] = value;
                }

                return entry;
            })]);
        }

        return json;
    }
}

/// <summary>
/// TDEC (arXiv 2210.01504; METHODS §10) over whole sequences, prompts included: memorisation accuracy from one teacher-forced
/// pass, and extraction likelihood from greedy continuations of every prefix. Where the model predicts the next true token, the
/// continuation of a prefix is that token and the continuation of the next prefix, so only the others are generated.
/// </summary>
public sealed class TdecSuite
{
    private const int Window = 32;

    private readonly Decoder _decoder;
    private readonly IReadOnlyCollection<long> _ends;
    private readonly TdecOptions _options;

    /// <summary>Prepares the suite; adapters on the model take part unless switched off.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="endOfSequenceIds">Ids that end a continuation; one that it ends with is its last token.</param>
    /// <param name="options">Settings.</param>
    public TdecSuite(Decoder decoder, IReadOnlyCollection<long> endOfSequenceIds, TdecOptions options)
    {
        _decoder = decoder;
        _ends = endOfSequenceIds;
        _options = options;
    }

    /// <summary>Measures a set.</summary>
    /// <param name="examples">At least one.</param>
    /// <param name="progress">Told how far it is, or null.</param>
    /// <param name="cancellation">Stops between batches and between tokens.</param>
    public TdecReport Run(IReadOnlyList<Example> examples, IProgress<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        List<TdecRow> rows = new(examples.Count);
        progress?.Report(new EvaluationProgress("scoring", 0, examples.Count));
        foreach (Example[] window in examples.Chunk(Window))
        {
            int[][] ids = [.. window.Select(example => example.Sequence.InputIds)];
            IReadOnlyList<SequenceScore> scores = Likelihood.Score(_decoder, [.. ids.Select(row => LabelledSequence.ScoredFrom(row, 0))], cancellation: cancellation);
            IReadOnlyList<IReadOnlyDictionary<int, double>> likelihoods = Likelihoods(ids, scores, cancellation);
            rows.AddRange(window.Select((example, index) => new TdecRow(example.Row.Line, scores[index].Accuracy, likelihoods[index])));
            progress?.Report(new EvaluationProgress("scoring", rows.Count, examples.Count));
        }

        return new TdecReport(rows, _options);
    }

    private IReadOnlyList<IReadOnlyDictionary<int, double>> Likelihoods(int[][] ids, IReadOnlyList<SequenceScore> scores, CancellationToken cancellation)
    {
        // Prefixes to generate from: of each measured one, the first from there on whose next token the model gets wrong.
        List<(int Row, int Length)> wanted = [];
        for (int row = 0; row < ids.Length; row++)
        {
            wanted.AddRange(Measured(ids[row].Length).Select(length => NextMiss(scores[row], length)).Where(length => length < ids[row].Length).Distinct().Select(length => (row, length)));
        }

        IReadOnlyList<int[]> generated = Generation.Generate(
            _decoder,
            [.. wanted.Select(prefix => ids[prefix.Row][..prefix.Length])],
            [.. wanted.Select(prefix => ids[prefix.Row].Length - prefix.Length)],
            new GenerationOptions { EndOfSequenceIds = _ends },
            cancellation: cancellation);
        Dictionary<(int, int), int[]> continuations = wanted.Zip(generated).ToDictionary(pair => pair.First, pair => Ended(pair.Second, ids[pair.First.Row].Length - pair.First.Length));
        return [.. ids.Select((row, index) => Overlaps(row, length => Continuation(row, length, NextMiss(scores[index], length), at => continuations[(index, at)])))];
    }

    // The prefix lengths that any order looks at.
    private IEnumerable<int> Measured(int tokens)
    {
        int longest = _options.Orders.Count == 0 ? 0 : tokens - _options.Orders.Min();
        for (int length = 1; length <= longest; length += _options.PrefixStep)
        {
            yield return length;
        }
    }

    private Dictionary<int, double> Overlaps(int[] ids, Func<int, int[]> continuation)
    {
        Dictionary<int, (double Sum, int Count)> sums = [];
        foreach (int length in Measured(ids.Length))
        {
            int[] generated = continuation(length), truth = ids[length..];
            foreach (int n in _options.Orders.Where(n => length <= ids.Length - n))
            {
                (double sum, int count) = sums.GetValueOrDefault(n);
                sums[n] = (sum + TextMetrics.NGramOverlap(generated, truth, n, _options.Divisor), count + 1);
            }
        }

        return sums.ToDictionary(entry => entry.Key, entry => entry.Value.Sum / entry.Value.Count);
    }

    // The true tokens up to the first miss, which the model predicts one by one, then what it generates; an end ends it.
    private int[] Continuation(int[] ids, int length, int miss, Func<int, int[]> generated)
    {
        int[] right = ids[length..miss];
        int end = Array.FindIndex(right, id => _ends.Contains(id));
        return end >= 0 ? right[..(end + 1)] : miss == ids.Length ? right : [.. right, .. generated(miss)];
    }

    // The least prefix length from one on after which the model's token is not the true one; the sequence's length if none.
    private static int NextMiss(SequenceScore score, int length)
    {
        int at = length;
        while (at <= score.Tokens && score.Ranks[at - 1] == 0)
        {
            at++;
        }

        return at;
    }

    // Generation leaves the end out; the true sequence has it.
    private int[] Ended(int[] continuation, int limit) =>
        continuation.Length < limit && _ends.Count > 0 ? [.. continuation, (int)_ends.First()] : continuation;
}
