using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Training;

/// <summary>
/// The base model as reference: the adapter switched off, never a second copy (METHODS §2). Token log-probabilities are
/// computed once for each row and kept.
/// </summary>
public sealed class ReferenceModel
{
    private readonly AdapterSet _adapters;
    private readonly Dictionary<(DataSide Set, int Index, bool Alternate), float[]> _cache = [];
    private readonly Decoder _decoder;

    /// <summary>Uses the decoder under an adapter set.</summary>
    /// <param name="adapters">The adapters.</param>
    public ReferenceModel(AdapterSet adapters)
    {
        _adapters = adapters;
        _decoder = adapters.Decoder;
    }

    /// <summary>log p_y of every scored token of some rows, in order, [n]; computed for rows not seen before.</summary>
    /// <param name="set">Whose rows.</param>
    /// <param name="examples">The rows.</param>
    /// <param name="alternate">Whether their replacement answers are meant.</param>
    public Tensor LogProbabilities(DataSide set, IReadOnlyList<Example> examples, bool alternate)
    {
        Example[] missing = [.. examples.Where(example => !_cache.ContainsKey((set, example.Index, alternate)))];
        if (missing.Length > 0)
        {
            Fill(set, missing, alternate);
        }

        float[] all = [.. examples.SelectMany(example => _cache[(set, example.Index, alternate)])];
        return tensor(all, ScalarType.Float32, _decoder.Device);
    }

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

    private void Fill(DataSide set, Example[] examples, bool alternate)
    {
        using IDisposable noGrad = no_grad();
        using IDisposable off = _adapters.SwitchOff();
        using DisposeScope scope = NewDisposeScope();
        LabelledSequence[] sequences = [.. examples.Select(example => alternate ? example.Alternate! : example.Sequence)];
        using Batch batch = Batch.Create(sequences, _decoder.Device);
        using ScoredPositions positions = ScoredPositions.Of(sequences, batch.MaxLength, _decoder.Device);
        Tensor rows = _decoder.Hidden(batch.InputIds).index_select(0, positions.Rows);
        float[] values = OutputHead.Score(_decoder, rows, positions.Labels).LogProbability.cpu().data<float>().ToArray();
        int start = 0;
        for (int index = 0; index < examples.Length; index++)
        {
            int count = sequences[index].LabelledCount;
            _cache[(set, examples[index].Index, alternate)] = values[start..(start + count)];
            start += count;
        }
    }
}
