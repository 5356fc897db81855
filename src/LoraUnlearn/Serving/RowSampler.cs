using LoraUnlearn.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Serving;

/// <summary>
/// Chooses the next token of rows that each have their own temperature, top-p and random numbers. A row's draw depends on its seed
/// and on nothing else in the batch.
/// </summary>
internal static class RowSampler
{
    /// <summary>Chooses a token of each row.</summary>
    /// <param name="logits">[b,v] float32.</param>
    /// <param name="requests">By row, how to choose.</param>
    /// <param name="randoms">By row, its random numbers; one is drawn where the row is sampled.</param>
    /// <returns>Token ids [b].</returns>
    public static long[] Choose(Tensor logits, IReadOnlyList<CompletionRequest> requests, IReadOnlyList<SeededRandom> randoms)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] chosen = logits.argmax(1).cpu().data<long>().ToArray();
        int[] sampled = [.. Enumerable.Range(0, requests.Count).Where(row => requests[row].Temperature > 0)];
        if (sampled.Length == 0)
        {
            return chosen;
        }

        Tensor rows = tensor((long[])[.. sampled.Select(row => (long)row)], dtype: ScalarType.Int64, device: logits.device);
        long[] drawn = Sample(
            logits.index_select(0, rows),
            Column(sampled, row => requests[row].Temperature, logits.device),
            Column(sampled, row => requests[row].TopP < 1 ? requests[row].TopP : 2, logits.device),
            Column(sampled, row => randoms[row].NextDouble(), logits.device)).cpu().data<long>().ToArray();
        for (int place = 0; place < sampled.Length; place++)
        {
            chosen[sampled[place]] = drawn[place];
        }

        return chosen;
    }

    // The inverse of the cumulative distribution over the kept tokens, likeliest first. Shapes: [m,v] logits, [m,1] the others.
    private static Tensor Sample(Tensor logits, Tensor temperatures, Tensor topP, Tensor uniform)
    {
        (Tensor likeliest, Tensor tokens) = logits.sort(1, descending: true); // [m,v]
        Tensor probabilities = (likeliest.to_type(ScalarType.Float64) / temperatures).softmax(1);
        Tensor before = probabilities.cumsum(1) - probabilities; // the mass of the likelier tokens
        Tensor reached = probabilities.masked_fill(before.ge(topP), Held(0.0)).cumsum(1); // [m,v]
        Tensor total = reached.narrow(1, reached.shape[1] - 1, 1);
        Tensor place = reached.le(uniform * total).sum(1, keepdim: true).clamp_max(Held(reached.shape[1] - 1)); // [m,1]
        return tokens.gather(1, place).squeeze(1);
    }

    private static Tensor Column(int[] rows, Func<int, double> value, Device device) =>
        tensor((double[])[.. rows.Select(value)], dtype: ScalarType.Float64, device: device).unsqueeze(1);
}
