using LoraUnlearn.Data;
using LoraUnlearn.Fisher;
using LoraUnlearn.Head;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Evaluation.Membership;

/// <summary>
/// Norms of the gradient of one row's mean NLL by the weights of the blocks' linear maps (no embedding, norm or head), with no
/// weight gradient formed: ‖g‖² = Σ_{t,t'} (δ_t·δ_t')(x_t·x_t') of each map (METHODS §3).
/// </summary>
/// <param name="Global">The norm over all maps together.</param>
/// <param name="MeanOfTensors">The mean of the maps' own norms.</param>
public readonly record struct GradientNorms(double Global, double MeanOfTensors)
{
    /// <summary>Differentiates sequences with the model as it is.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="sequences">The sequences, each with a scored token.</param>
    /// <param name="tokensPerBatch">Tokens of one pass.</param>
    /// <param name="progress">Told how many sequences are done, or null.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>One a sequence, in the order given.</returns>
    public static IReadOnlyList<GradientNorms> Of(Decoder decoder, IReadOnlyList<LabelledSequence> sequences, int tokensPerBatch = 2048, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        GradientNorms[] norms = new GradientNorms[sequences.Count];
        int done = 0;
        foreach (int[] rows in LengthSortedBatches.Of(sequences, tokensPerBatch))
        {
            cancellation.ThrowIfCancellationRequested();
            LabelledSequence[] batch = [.. rows.Select(row => sequences[row])];
            foreach ((int row, GradientNorms norm) in rows.Zip(OfBatch(decoder, batch)))
            {
                norms[row] = norm;
            }

            progress?.Report(done += rows.Length);
        }

        return norms;
    }

    private static IEnumerable<GradientNorms> OfBatch(Decoder decoder, LabelledSequence[] sequences)
    {
        using DisposeScope scope = NewDisposeScope();
        using Batch batch = Batch.Create(sequences, decoder.Device);
        using ScoredPositions positions = ScoredPositions.Of(sequences, batch.MaxLength, decoder.Device);
        using SquaredNormTask task = new(decoder) { Batch = sequences.Length };
        using BlockwisePass pass = new(decoder, batch.InputIds, task, checkpoint: false);
        Tensor rows = pass.Hidden.index_select(0, positions.Rows); // [n,d]
        HeadResult head = OutputHead.Evaluate(decoder, rows, new SummedNll(), 1, positions);
        Tensor gradient = zeros_like(pass.Hidden).index_copy_(0, positions.Rows, head.Gradient!); // [b·t,d]
        pass.Backward(new Dictionary<int, Tensor> { [pass.Layers] = gradient });
        // Rows of a batch do not touch each other, so the gradient of a row's sum is |y| times that of its mean.
        return [.. Enumerable.Range(0, sequences.Length).Select(row =>
        {
            double tokens = sequences[row].LabelledCount;
            return new GradientNorms(
                Math.Sqrt(task.Squared.Sum(map => Math.Max(0, map[row]))) / tokens,
                task.Squared.Average(map => Math.Sqrt(Math.Max(0, map[row]))) / tokens);
        })];
    }

    private sealed class SquaredNormTask(Decoder decoder) : FisherTask(decoder, decoder.Maps)
    {
        /// <summary>‖g‖² of each sequence, map by map.</summary>
        public List<double[]> Squared { get; } = [];

        protected override void Accumulate(Tensor input, IReadOnlyList<(LinearMap Map, Tensor Gradient)> maps)
        {
            Tensor gram = input.bmm(input.transpose(1, 2)); // K [b,t,t]
            foreach ((LinearMap _, Tensor gradient) in maps)
            {
                Squared.Add(gram.bmm(gradient).mul_(gradient).sum([1, 2], type: ScalarType.Float64).cpu().data<double>().ToArray()); // [b]
            }
        }
    }

    private sealed class SummedNll : ITokenLoss
    {
        public bool NeedsRunnerUp => false;

        public Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) => statistics.LogProbability.sum().neg();
    }
}
