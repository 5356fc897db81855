using LoraUnlearn.Data;

namespace LoraUnlearn.Fisher;

/// <summary>The rows that a Fisher estimate uses where a set is larger than it needs.</summary>
public static class FisherSample
{
    /// <summary>Draws rows without repetition, and leaves them in their order.</summary>
    /// <param name="examples">The set.</param>
    /// <param name="rows">How many; 0 for all.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="stream">Tells the sets of a run apart.</param>
    public static IReadOnlyList<Example> Draw(IReadOnlyList<Example> examples, int rows, long seed, long stream)
    {
        if (rows == 0 || examples.Count <= rows)
        {
            return examples;
        }

        int[] chosen = SeededRandom.ForStream(seed, stream).Permutation(examples.Count)[..rows];
        return [.. chosen.Order().Select(index => examples[index])];
    }
}
