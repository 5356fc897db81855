using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Sessions;
using LoraUnlearn.Tests.Models;
using LoraUnlearn.Training;
using TorchSharp;

namespace LoraUnlearn.Tests.Training;

/// <summary>A tiny model with a random adapter, and rows of different lengths with alternates.</summary>
internal sealed class TinyTask : IDisposable
{
    public TinyTask(torch.ScalarType dtype = torch.ScalarType.Float32, int layers = 3)
    {
        Decoder = new TinyModel(layers).Build(dtype);
        Adapters = BlockwisePassTests.RandomAdapters(Decoder, Decoder.Maps);
    }

    /// <summary>Six rows of 4 to 9 tokens, vocabulary 13, two prompt tokens each.</summary>
    public static IReadOnlyList<Example> Forget { get; } = [.. Enumerable.Range(0, 6).Select(index => Row(index, 4 + index))];

    /// <summary>Five rows of other tokens.</summary>
    public static IReadOnlyList<Example> Retain { get; } = [.. Enumerable.Range(0, 5).Select(index => Row(index, 8 - index, 5))];

    public Decoder Decoder { get; }

    public AdapterSet Adapters { get; }

    /// <summary>A row with an alternate of another length.</summary>
    public static Example Row(int index, int length, int shift = 0)
    {
        int[] Ids(int count, int offset) => [.. Enumerable.Range(0, count).Select(position => ((position * position) + (3 * index) + offset + shift) % 13)];
        return new Example(
            index,
            LabelledSequence.ScoredFrom(Ids(length, 1), 2),
            LabelledSequence.ScoredFrom(Ids(length + (index % 2 == 0 ? 2 : -1), 4), 2),
            new DataRow(DataRowKind.Tokens, index + 1),
            2);
    }

    /// <summary>A trainer on these rows.</summary>
    public UnlearningTrainer Trainer(Objective forget, Objective? retain = null, ForgetRetainCombiner? combiner = null, TrainingOptions? options = null) =>
        new(Adapters, UnlearningRecipe.Of(forget, retain, combiner ?? new SumCombiner(), options ?? Options), Data(Forget), Data(Retain));

    /// <summary>Both losses at weight 1, as their formulas define them.</summary>
    public static UnlearningRecipe AsDefined(Objective forget, Objective? retain = null) =>
        UnlearningRecipe.Of(forget, retain, new SumCombiner(), new TrainingOptions { ForgetWeight = 1, RetainWeight = 1 });

    /// <summary>Rows as if of a file.</summary>
    public static EncodedData Data(IReadOnlyList<Example> rows) => new("rows.jsonl", rows, 0);

    /// <summary>Six steps of two micro-batches of two rows.</summary>
    public static TrainingOptions Options { get; } = new() { Steps = 6, BatchSize = 2, Accumulate = 2, LearningRate = 1e-2 };

    public void Dispose()
    {
        Adapters.Dispose();
        Decoder.Dispose();
    }
}
