using LoraUnlearn.Data;
using LoraUnlearn.Head;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Training;

/// <summary>
/// The plain NLL of a batch, differentiated by every weight of a model: head first, then block by block, the embedding last. Weights
/// and gradients are float32.
/// </summary>
internal sealed class FullModelStep(ModelParameters model, bool checkpoint) : ILossStep
{
    private readonly Decoder _decoder = model.Decoder;

    /// <inheritdoc/>
    public double Scale { get; set; } = 1;

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Accumulate(IReadOnlyList<LossPart> parts) => [.. parts.Select(Accumulate)];

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Losses(IReadOnlyList<LossPart> parts) => [.. parts.Select(part =>
    {
        using DisposeScope scope = NewDisposeScope();
        using Batch batch = Batch.Create([.. Sequences(part)], _decoder.Device);
        using ScoredPositions positions = ScoredPositions.Of([.. Sequences(part)], batch.MaxLength, _decoder.Device);
        Tensor rows = _decoder.Hidden(batch.InputIds).index_select(0, positions.Rows);
        return OutputHead.Score(_decoder, rows, positions.Labels).LogProbability.mean().neg().MoveToOuterDisposeScope();
    })];

    private Tensor Accumulate(LossPart part)
    {
        using DisposeScope scope = NewDisposeScope();
        LabelledSequence[] sequences = Sequences(part);
        using Batch batch = Batch.Create(sequences, _decoder.Device);
        using ScoredPositions positions = ScoredPositions.Of(sequences, batch.MaxLength, _decoder.Device);
        using BlockwisePass pass = new(_decoder, batch.InputIds, model, checkpoint);
        (Tensor loss, Tensor byRows) = Head(pass.Hidden.index_select(0, positions.Rows), positions.Labels, part.Weight * Scale);
        Tensor byHidden = zeros_like(pass.Hidden).index_add_(0, positions.Rows, byRows, One); // [b·t,d]
        using Tensor byEmbedded = pass.Backward(new Dictionary<int, Tensor> { [pass.Layers] = byHidden })!;
        Embedding(batch.InputIds, byEmbedded);
        return loss.MoveToOuterDisposeScope();
    }

    // Mean NLL of the scored tokens, and its weighted gradient by their hidden states [n,d]; the head's weights take theirs.
    private (Tensor Loss, Tensor ByRows) Head(Tensor rows, Tensor labels, double weight)
    {
        long count = rows.shape[0];
        List<Tensor> losses = [], gradients = [];
        foreach ((long start, long length) in LogitChunks.Of(count, _decoder.Spec.VocabularySize))
        {
            using DisposeScope chunk = NewDisposeScope();
            using IDisposable grad = enable_grad();
            Tensor input = rows.narrow(0, start, length).detach().requires_grad_(true); // [c,d]
            Tensor logits = _decoder.Logits(_decoder.FinalNorm(input)); // [c,v]
            Tensor loss = logits.log_softmax(1).gather(1, labels.narrow(0, start, length).unsqueeze(1)).sum().neg() / Held((double)count);
            IList<Tensor> found = autograd.grad([loss * Held(weight)], [input, .. model.HeadLeaves.Select(leaf => leaf.Value)]);
            ModelParameters.Add(model.HeadLeaves, found.Skip(1));
            losses.Add(loss.detach().MoveToOuterDisposeScope());
            gradients.Add(found[0].MoveToOuterDisposeScope());
        }

        return (stack(losses, 0).sum(), cat(gradients, 0));
    }

    private void Embedding(Tensor inputIds, Tensor gradient)
    {
        using IDisposable grad = enable_grad();
        using AttentionContext context = _decoder.Begin(inputIds.shape[0], inputIds.shape[1]);
        Tensor embedded = _decoder.Embed(inputIds, context);
        ModelParameters.Add(model.EmbeddingLeaves, autograd.grad([embedded], [.. model.EmbeddingLeaves.Select(leaf => leaf.Value)], [gradient]));
    }

    private static LabelledSequence[] Sequences(LossPart part) => part.Objective is NllRetainTerm && part.RowWeights is null
        ? [.. part.Sequences]
        : throw new InvalidOperationException($"A model is trained as a whole with plain NLL only, not with '{part.Objective.Name}'.");
}
