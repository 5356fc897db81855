using LoraUnlearn.Data;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.DemoModel.Training;

/// <summary>
/// The library's decoder with every weight trainable. The decoder keeps its weights out of autograd, and for a good
/// reason; here the very tensors that it computes with are made leaves of the graph.
/// </summary>
internal sealed class TrainableDecoder : IDisposable
{
    private readonly List<(Tensor Leaf, bool IsTransposed)> _leaves;

    /// <summary>Puts a decoder on weights.</summary>
    /// <param name="shape">The model's size.</param>
    /// <param name="weights">The weights; they stay the caller's.</param>
    public TrainableDecoder(LlamaShape shape, Weights weights)
    {
        RecordingSource source = new(weights);
        Decoder = Decoder.Build(shape.ToSpec(), source, CPU, ScalarType.Float32);
        Dictionary<string, LinearMap> maps = Decoder.Maps.ToDictionary(map => map.Name + ".weight", StringComparer.Ordinal);

        // A linear map multiplies by its transposed view, made outside the graph: that view is the leaf.
        _leaves = [.. weights.Names.Select(name => maps.TryGetValue(name, out LinearMap? map)
            ? (map.WeightTransposed, true)
            : (source.Handed[name], false))];
        foreach ((Tensor leaf, _) in _leaves)
        {
            leaf.requires_grad_(true);
        }
    }

    /// <summary>The decoder; its weights are those given.</summary>
    public Decoder Decoder { get; }

    /// <summary>The mean NLL of a batch's labelled tokens and its gradient.</summary>
    /// <param name="sequences">The batch.</param>
    /// <returns>The loss, and ∇ by θ [p] in the caller's dispose scope.</returns>
    public (double Loss, Tensor Gradient) Differentiate(IReadOnlyList<LabelledSequence> sequences)
    {
        using DisposeScope scope = NewDisposeScope();
        using Batch batch = Batch.Create(sequences, CPU);
        using ScoredPositions positions = ScoredPositions.Of(sequences, batch.MaxLength, CPU);
        using AttentionContext context = Decoder.Begin(sequences.Count, batch.MaxLength);
        Tensor hidden = Decoder.Embed(batch.InputIds, context); // [b·t,d]
        foreach (DecoderBlock block in Decoder.Blocks)
        {
            hidden = block.Forward(hidden, context);
        }

        Tensor rows = hidden.index_select(0, positions.Rows); // [n,d]
        Tensor logits = Decoder.Logits(Decoder.FinalNorm(rows)); // [n,v]
        Tensor loss = nn.functional.cross_entropy(logits, positions.Labels);
        IList<Tensor> gradients = autograd.grad([loss], [.. _leaves.Select(leaf => leaf.Leaf)]);
        Tensor gradient = cat(
            gradients.Zip(_leaves, (of, leaf) => (leaf.IsTransposed ? of.t() : of).reshape(-1)).ToList(), 0); // [p]
        return (loss.item<float>(), gradient.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose() => Decoder.Dispose();

    /// <summary>Remembers which tensors the decoder was given.</summary>
    private sealed class RecordingSource(Weights weights) : Checkpoints.ITensorSource
    {
        public Dictionary<string, Tensor> Handed { get; } = new(StringComparer.Ordinal);

        public string Description => weights.Description;

        public bool Contains(string name) => weights.Contains(name);

        public Tensor Read(string name) => Handed[name] = weights.Read(name);
    }
}
