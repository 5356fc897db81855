namespace LoraUnlearn.Models;

/// <summary>Cuts the scored tokens so that a chunk's logits [c,v] stay within a memory bound.</summary>
public static class LogitChunks
{
    private const long FloatsInAChunk = 16L << 20;

    /// <summary>The chunks of n tokens.</summary>
    /// <param name="count">Scored tokens n.</param>
    /// <param name="vocabulary">Vocabulary size v.</param>
    /// <returns>Start and length of each chunk; together they cover 0 … n−1.</returns>
    public static IReadOnlyList<(long Start, long Length)> Of(long count, long vocabulary)
    {
        long size = Math.Max(64, FloatsInAChunk / vocabulary);
        List<(long, long)> chunks = [];
        for (long start = 0; start < count; start += size)
        {
            chunks.Add((start, Math.Min(size, count - start)));
        }

        return chunks;
    }
}
