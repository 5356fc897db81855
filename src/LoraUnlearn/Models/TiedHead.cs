using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>
/// Checkpoints whose configuration ties the output head to the embedding and that hold a head of their own all the same. The tied one
/// counts, as in transformers.
/// </summary>
public static class TiedHead
{
    /// <summary>The name of a head that is stored and does not count because another tensor is tied to it; null where there is none.</summary>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="spec">The architecture.</param>
    public static string? UnusedHead(TensorSource weights, DecoderSpec spec) =>
        spec.TiedHead && weights.Contains(spec.Names.Head + ".weight") ? spec.Names.Head + ".weight" : null;

    /// <summary>Says so where the stored head differs from the embedding; null where it does not, or there is none.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="spec">Its architecture.</param>
    /// <exception cref="InputException">A tensor cannot be read.</exception>
    public static string? Warning(ModelFolder folder, DecoderSpec spec)
    {
        if (UnusedHead(folder.Weights, spec) is not { } head || EmbeddingOf(folder.Weights, spec) is not { } embedding || AreEqual(folder.Weights, head, embedding))
        {
            return null;
        }

        return $"{folder.Path}: config.json ties the output head to the embedding, and the file holds another {head}. The tied one is used, as in transformers. If the file is right, set tie_word_embeddings to false.";
    }

    /// <summary>The stored name of the embedding; null where it is missing.</summary>
    internal static string? EmbeddingOf(TensorSource weights, DecoderSpec spec) =>
        new CheckpointNames(weights, spec.Names.OptionalPrefix).Find(spec.Names.Embedding + ".weight");

    private static bool AreEqual(TensorSource weights, string first, string second)
    {
        SafetensorsEntry a = weights.Entries[first], b = weights.Entries[second];
        if (a.DType != b.DType || !a.Shape.SequenceEqual(b.Shape))
        {
            return false;
        }

        using DisposeScope scope = NewDisposeScope();
        return weights.Read(first).Equals(weights.Read(second));
    }
}
