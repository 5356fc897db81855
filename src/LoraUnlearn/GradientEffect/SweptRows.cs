using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.GradientEffect;

/// <summary>A loss over a whole set: a risk R, or an objective L_u.</summary>
internal sealed class SweptLoss(Objective objective, DataSide set, IReadOnlyList<Example> examples, int depth)
{
    private readonly long _tokens = Tokens(new LossPart(objective, 1, set, examples));

    /// <summary>The set.</summary>
    public IReadOnlyList<Example> Examples => examples;

    /// <summary>Blocks that the loss is a function of.</summary>
    public int Depth => depth;

    /// <summary>Value over the set, once every row has been seen.</summary>
    public double Value { get; set; }

    /// <summary>What the loss is computed on: losses with the same go through the blocks together.</summary>
    public (DataSide Set, bool Alternate, bool Both) Sequences =>
        (set, objective.Labels == LabelSource.Alternate, objective.Needs.HasFlag(ObjectiveNeeds.Alternate));

    /// <summary>The loss over some rows, weighted so that all rows together give the loss over the set (METHODS §5).</summary>
    /// <param name="rows">The rows.</param>
    public LossPart Part(IReadOnlyList<Example> rows)
    {
        LossPart part = new(objective, 1, set, rows);
        return part with { Weight = objective.IsSequenceMean ? (double)rows.Count / examples.Count : (double)Tokens(part) / _tokens };
    }

    private static long Tokens(LossPart part) => part.Sequences.Sum(sequence => (long)sequence.LabelledCount);
}

/// <summary>Rows that go through the blocks together, in batches, and the losses on them.</summary>
internal sealed class SweptRows : IDisposable
{
    /// <summary>Cuts a set into batches.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="losses">Losses of the same <see cref="SweptLoss.Sequences"/>.</param>
    /// <param name="tokensPerBatch">Tokens of a batch, padding included.</param>
    public SweptRows(Decoder decoder, IReadOnlyList<SweptLoss> losses, int tokensPerBatch)
    {
        Losses = losses;
        Depth = losses.Max(loss => loss.Depth);
        IReadOnlyList<Example> examples = losses[0].Examples;
        LabelledSequence[] sequences = [.. losses[0].Part(examples).Sequences];
        Batches = [.. LengthSortedBatches.Of(sequences, tokensPerBatch).Select(indices => new SweptBatch(decoder, losses, indices))];
    }

    /// <summary>The losses.</summary>
    public IReadOnlyList<SweptLoss> Losses { get; }

    /// <summary>Blocks that the deepest of them needs.</summary>
    public int Depth { get; }

    /// <summary>The batches.</summary>
    public IReadOnlyList<SweptBatch> Batches { get; }

    /// <summary>Tokens of all batches, padding included.</summary>
    public long Tokens => Batches.Sum(batch => batch.InputIds.numel());

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SweptBatch batch in Batches)
        {
            batch.Dispose();
        }
    }
}

/// <summary>A padded batch on its way through the blocks: the states between them, and the gradients that come back.</summary>
internal sealed class SweptBatch : IDisposable
{
    public SweptBatch(Decoder decoder, IReadOnlyList<SweptLoss> losses, int[] indices)
    {
        Indices = indices;
        Rows = [.. indices.Select(index => losses[0].Examples[index])];
        Tokens = Batch.Create(PlacedPart.Sequences([losses[0].Part(Rows)]), decoder.Device);
        States = new Tensor?[decoder.Blocks.Count];
        Incoming = new Tensor?[losses.Count];
    }

    /// <summary>Which of the set's rows they are.</summary>
    public int[] Indices { get; }

    /// <summary>The rows.</summary>
    public IReadOnlyList<Example> Rows { get; }

    /// <summary>Their tokens, those of the replacement answers below where an objective compares both.</summary>
    public Batch Tokens { get; }

    /// <summary>Token ids [b,t].</summary>
    public Tensor InputIds => Tokens.InputIds;

    /// <summary>Inputs of the blocks [b·t,d], where they are kept.</summary>
    public Tensor?[] States { get; }

    /// <summary>For each loss its gradient by the last state that it is a function of and no block has taken yet [b·t,d].</summary>
    public Tensor?[] Incoming { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor? tensor in States.Concat(Incoming))
        {
            tensor?.Dispose();
        }

        Tokens.Dispose();
    }
}
