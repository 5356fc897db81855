using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>
/// Sequences continued together. All are at the same position always: the pass begins with as many tokens as the shortest
/// prompt has, and while a longer prompt lasts its own tokens take the place of the chosen ones, so that nothing is padded.
/// </summary>
/// <remarks>Shapes: b sequences still in the batch, t positions of a pass, d width, v vocabulary.</remarks>
internal sealed class GenerationBatch : IDisposable
{
    private readonly KeyValueCache _cache;
    private readonly Decoder _decoder;
    private readonly HashSet<long> _ends;
    private readonly TokenSampler _sampler;
    private List<GeneratedSequence> _sequences; // by row of the batch; ended ones stay until it pays to take them out

    public GenerationBatch(Decoder decoder, IReadOnlyList<GeneratedSequence> sequences, TokenSampler sampler, IEnumerable<long> ends)
    {
        _decoder = decoder;
        _sampler = sampler;
        _ends = [.. ends];
        _sequences = [.. sequences.Where(sequence => !sequence.Ended)];
        _cache = new KeyValueCache(decoder.Blocks.Count);
    }

    /// <summary>Continues until every sequence has ended.</summary>
    /// <param name="onToken">Called with each new token, or null.</param>
    /// <param name="cancellation">Stops between tokens.</param>
    public void Run(Action<int>? onToken, CancellationToken cancellation)
    {
        if (_sequences.Count == 0)
        {
            return;
        }

        using IDisposable noGrad = no_grad();
        int position = _sequences.Min(sequence => sequence.Prompt.Length);
        long[] fed = [.. _sequences.SelectMany(sequence => sequence.Prompt.Take(position)).Select(id => (long)id)];
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            long[] chosen = Step(fed);
            Take(chosen, position, onToken);
            List<int> kept = [.. Enumerable.Range(0, _sequences.Count).Where(row => !_sequences[row].Ended)];
            if (kept.Count == 0)
            {
                return;
            }

            if (kept.Count * 4 <= _sequences.Count * 3)
            {
                Keep(kept);
                chosen = [.. kept.Select(row => chosen[row])];
            }

            fed = [.. _sequences.Select((sequence, row) => position < sequence.Prompt.Length ? sequence.Prompt[position] : chosen[row])];
            position++;
            if (!_decoder.KeepsKeys(_cache.Length, position))
            {
                _cache.Clear();
                fed = [.. _sequences.SelectMany(sequence => TokensOf(sequence, position))];
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    // One pass over the tokens fed [b·t]; the next token of each row is chosen on the device and only the ids come back.
    private long[] Step(long[] fed)
    {
        using DisposeScope scope = NewDisposeScope();
        long b = _sequences.Count, t = fed.Length / b;
        Tensor ids = tensor(fed, [b, t], dtype: ScalarType.Int64, device: _decoder.Device); // [b,t]
        Tensor hidden = _decoder.Hidden(ids, _cache); // [b·t,d]
        Tensor last = hidden.view(b, t, -1).select(1, t - 1); // [b,d]
        Tensor logits = _decoder.Logits(_decoder.FinalNorm(last)); // [b,v]
        return _sampler.Choose(logits).cpu().data<long>().ToArray();
    }

    private void Take(long[] chosen, int position, Action<int>? onToken)
    {
        for (int row = 0; row < _sequences.Count; row++)
        {
            GeneratedSequence sequence = _sequences[row];
            if (sequence.Ended || position < sequence.Prompt.Length)
            {
                continue;
            }

            if (_ends.Contains(chosen[row]))
            {
                sequence.Ended = true;
                continue;
            }

            sequence.NewTokens.Add((int)chosen[row]);
            sequence.Ended = sequence.NewTokens.Count >= sequence.Limit;
            onToken?.Invoke((int)chosen[row]);
        }
    }

    // The first tokens of a row; one that has ended is filled up, its outcome no longer matters.
    private static IEnumerable<long> TokensOf(GeneratedSequence sequence, int count) =>
        sequence.Prompt.Concat(sequence.NewTokens).Concat(Enumerable.Repeat(0, count)).Take(count).Select(id => (long)id);

    private void Keep(List<int> rows)
    {
        using DisposeScope scope = NewDisposeScope();
        int heads = _decoder.Spec.KeyValueHeads;
        long[] cached = [.. rows.SelectMany(row => Enumerable.Range(row * heads, heads)).Select(row => (long)row)];
        _cache.Select(tensor(cached, dtype: ScalarType.Int64, device: _decoder.Device));
        _sequences = [.. rows.Select(row => _sequences[row])];
    }
}
