using System.IO.Compression;
using System.Text;

namespace LoraUnlearn.Evaluation.Membership;

/// <summary>
/// The scores of membership attacks (METHODS §10). Each goes up for what looks like a non-member, so that every AUC reads
/// alike.
/// </summary>
public static class MembershipScores
{
    // Below this deviation a token is certain, and its distance from the mean means nothing.
    private const double LeastDeviation = 1e-3;

    // What zlib makes of an empty text.
    private const long EmptyBytes = 8;

    /// <summary>Loss per byte of the text compressed by zlib (Carlini et al. 2021): a plain text is likely without having been seen.</summary>
    /// <param name="loss">Mean NLL of a token.</param>
    /// <param name="text">The scored text; not empty.</param>
    public static double Zlib(double loss, string text) => loss / CompressedBytes(text);

    /// <summary>Min-K % (Shi et al. 2023): minus the mean log-probability of the least likely tokens.</summary>
    /// <param name="logProbabilities">log p of each token; at least one.</param>
    /// <param name="percent">The share of tokens, rounded down, at least one token.</param>
    public static double MinK(IReadOnlyList<float> logProbabilities, double percent) =>
        -MeanOfSmallest(logProbabilities.Select(value => (double)value), logProbabilities.Count, percent);

    /// <summary>Min-K %++ (Zhang et al. 2024): the same over (log p − μ)/σ, with μ and σ of log p over the vocabulary under p.</summary>
    /// <param name="row">The row; at least one token.</param>
    /// <param name="percent">The share of tokens, rounded down, at least one token.</param>
    public static double MinKPlusPlus(TokenLikelihoods row, double percent) => -MeanOfSmallest(
        row.LogProbabilities.Select((value, token) => (value - row.Means[token]) / Math.Max(row.Deviations[token], LeastDeviation)),
        row.LogProbabilities.Length,
        percent);

    /// <summary>Bytes of a text compressed by zlib at its default level, the header and the checksum included.</summary>
    /// <param name="text">Any text.</param>
    public static long CompressedBytes(string text)
    {
        using MemoryStream compressed = new();
        using (ZLibStream zlib = new(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(Encoding.UTF8.GetBytes(text));
        }

        return Math.Max(EmptyBytes, compressed.Length); // .NET writes nothing at all for nothing
    }

    private static double MeanOfSmallest(IEnumerable<double> values, int count, double percent)
    {
        int taken = Math.Max(1, (int)((count * percent / 100) + 1e-9));
        return values.Order().Take(taken).Average();
    }
}
