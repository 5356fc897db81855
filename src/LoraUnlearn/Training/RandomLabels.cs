using LoraUnlearn.Data;

namespace LoraUnlearn.Training;

/// <summary>
/// Labels drawn uniformly from the vocabulary without the true one. They depend on the seed, the row and the draw alone:
/// not on the batch, the device or how often a run was resumed.
/// </summary>
internal static class RandomLabels
{
    // Separates this draw from the other uses of a run's seed.
    private const long Stream = 0x4C41_4245_4C53;

    /// <summary>The labels of a part's scored tokens, in order.</summary>
    /// <param name="part">The part; <see cref="LossPart.Draw"/> says which draw.</param>
    /// <param name="vocabulary">Vocabulary size v, at least 2.</param>
    /// <param name="seed">Seed of the run.</param>
    public static long[] Draw(LossPart part, long vocabulary, long seed)
    {
        long drawSeed = unchecked((long)SeededRandom.ForStream(seed ^ Stream, part.Draw).NextUInt64());
        List<long> labels = [];
        foreach (Example example in part.Examples)
        {
            SeededRandom random = SeededRandom.ForStream(drawSeed, example.Index);
            foreach (int label in example.Sequence.Labels.Skip(1).Where(label => label >= 0))
            {
                int drawn = random.NextInt((int)vocabulary - 1);
                labels.Add(drawn < label ? drawn : drawn + 1);
            }
        }

        return [.. labels];
    }
}
