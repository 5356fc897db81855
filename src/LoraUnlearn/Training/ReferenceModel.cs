using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Head;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Training;

/// <summary>
/// The base model as reference: the adapter switched off, never a second copy (METHODS §2). What it says of each row's scored
/// tokens is computed once and kept.
/// </summary>
public sealed class ReferenceModel
{
    private const int TokensPerBatch = 4096;

    private readonly AdapterSet _adapters;
    private readonly Dictionary<(DataSide Set, int Index, bool Alternate), RowScores> _cache = [];
    private readonly Decoder _decoder;

    /// <summary>Costs nothing yet: what is asked for is computed when it is.</summary>
    /// <param name="adapters">Switched off while the reference computes.</param>
    public ReferenceModel(AdapterSet adapters)
    {
        _adapters = adapters;
        _decoder = adapters.Decoder;
    }

    /// <summary>
    /// Computes what an objective will ask for, for a whole set at once. Batches depend on the set alone, so that a run that
    /// is resumed finds the same numbers as one that was not stopped.
    /// </summary>
    /// <param name="objective">The objective.</param>
    /// <param name="set">Whose rows.</param>
    /// <param name="examples">All rows of the set.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public void Prepare(Objective objective, DataSide set, IReadOnlyList<Example> examples, CancellationToken cancellation = default)
    {
        bool rows = objective.Needs.HasFlag(ObjectiveNeeds.ReferenceLogProbabilities) || objective.Labels == LabelSource.ReferenceRunnerUp;
        foreach (bool alternate in ScoredSequences(objective).Where(_ => rows))
        {
            LabelledSequence[] sequences = [.. examples.Select(example => Sequence(example, alternate))];
            foreach (int[] batch in LengthSortedBatches.Of(sequences, TokensPerBatch))
            {
                cancellation.ThrowIfCancellationRequested();
                Fill(set, [.. batch.Select(index => examples[index])], alternate);
            }
        }
    }

    /// <summary>log p_y of every scored token of some rows, in order, [n]; computed for rows not seen before.</summary>
    /// <param name="set">Whose rows.</param>
    /// <param name="examples">The rows.</param>
    /// <param name="alternate">Whether their replacement answers are meant.</param>
    public Tensor LogProbabilities(DataSide set, IReadOnlyList<Example> examples, bool alternate)
    {
        float[] all = [.. Rows(set, examples, alternate).SelectMany(row => row.LogProbabilities)];
        return tensor(all, ScalarType.Float32, _decoder.Device);
    }

    /// <summary>argmax_{v≠y} p(v) at every scored token of some rows, in order, [n]; computed for rows not seen before.</summary>
    /// <param name="set">Whose rows.</param>
    /// <param name="examples">The rows.</param>
    public long[] RunnerUpTokens(DataSide set, IReadOnlyList<Example> examples) =>
        [.. Rows(set, examples, alternate: false).SelectMany(row => row.RunnerUpTokens)];

    /// <summary>The reference's hidden states of a batch, rows of the scored tokens only.</summary>
    /// <param name="inputIds">[b,t].</param>
    /// <param name="rows">Rows of the flattened states, int64 [n].</param>
    /// <param name="state">Hidden state number; null for the last, after the final norm.</param>
    /// <returns>[n,d].</returns>
    public Tensor Hidden(Tensor inputIds, Tensor rows, int? state)
    {
        using IDisposable noGrad = no_grad();
        using IDisposable off = _adapters.SwitchOff();
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = _decoder.Hidden(inputIds, layers: state).index_select(0, rows);
        return (state is null ? _decoder.FinalNorm(hidden) : hidden).MoveToOuterDisposeScope();
    }

    // Which sequences of a row the objective scores: its own, its alternate, or both.
    private static bool[] ScoredSequences(Objective objective) =>
        objective.Labels == LabelSource.Alternate ? [true] : objective.NeedsAlternate ? [false, true] : [false];

    private static LabelledSequence Sequence(Example example, bool alternate) => alternate ? example.Alternate! : example.Sequence;

    private IEnumerable<RowScores> Rows(DataSide set, IReadOnlyList<Example> examples, bool alternate)
    {
        Example[] missing = [.. examples.Where(example => !_cache.ContainsKey((set, example.Index, alternate)))];
        if (missing.Length > 0)
        {
            Fill(set, missing, alternate);
        }

        return examples.Select(example => _cache[(set, example.Index, alternate)]);
    }

    private void Fill(DataSide set, Example[] examples, bool alternate)
    {
        using IDisposable noGrad = no_grad();
        using IDisposable off = _adapters.SwitchOff();
        using DisposeScope scope = NewDisposeScope();
        LabelledSequence[] sequences = [.. examples.Select(example => Sequence(example, alternate))];
        using Batch batch = Batch.Create(sequences, _decoder.Device);
        using ScoredPositions positions = ScoredPositions.Of(sequences, batch.MaxLength, _decoder.Device);
        Tensor rows = _decoder.Hidden(batch.InputIds).index_select(0, positions.Rows);
        TokenScores scores = OutputHead.Score(_decoder, rows, positions.Labels, ScoreParts.RunnerUp);
        float[] values = scores.LogProbability.to_type(ScalarType.Float32).cpu().data<float>().ToArray();
        long[] runnerUps = scores.RunnerUpToken!.cpu().data<long>().ToArray();
        int start = 0;
        for (int index = 0; index < examples.Length; index++)
        {
            int end = start + sequences[index].LabelledCount;
            _cache[(set, examples[index].Index, alternate)] = new RowScores(values[start..end], runnerUps[start..end]);
            start = end;
        }
    }

    private sealed record RowScores(float[] LogProbabilities, long[] RunnerUpTokens);
}
