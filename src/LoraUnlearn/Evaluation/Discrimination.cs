using System.Text.Json.Nodes;
using LoraUnlearn.Data;
using MathNet.Numerics.Statistics;

namespace LoraUnlearn.Evaluation;

/// <summary>How well a score tells members from non-members. A score is higher for what looks like a non-member.</summary>
/// <param name="Auc">
/// The probability that a non-member's score is above a member's, a tie counting one half. 1: the members are known; 0.5: nothing
/// tells them apart; below 0.5 the members look less known than what was never seen. Never flipped (METHODS §11).
/// </param>
/// <param name="Low">Lower end of the AUC's 95 % interval.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="TruePositiveRate">The largest share of members that a threshold finds while it takes at most 1 % of the non-members for members.</param>
/// <param name="Members">Number of members.</param>
/// <param name="NonMembers">Number of non-members.</param>
public sealed record Discrimination(double Auc, double Low, double High, double TruePositiveRate, int Members, int NonMembers)
{
    private const double FalsePositives = 0.01;

    /// <summary>Compares two samples of scores.</summary>
    /// <param name="members">Scores of members; at least two.</param>
    /// <param name="nonMembers">Scores of non-members; at least two.</param>
    /// <param name="resamples">Bootstrap resamples; each draws as many members and as many non-members as there are, with replacement.</param>
    /// <param name="seed">Of the resamples.</param>
    /// <exception cref="InputException">A side has fewer than two scores.</exception>
    /// <exception cref="ArgumentException">A score is not a number.</exception>
    public static Discrimination Of(IReadOnlyList<double> members, IReadOnlyList<double> nonMembers, int resamples = 1000, long seed = 42)
    {
        if (members.Count < 2 || nonMembers.Count < 2)
        {
            throw new InputException($"There are {members.Count} members and {nonMembers.Count} non-members to compare; each side needs two or more.");
        }

        double[] low = Samples.Sorted(members, nameof(members)), high = Samples.Sorted(nonMembers, nameof(nonMembers));
        double[] resampled = Resample(low, high, resamples, SeededRandom.ForStream(seed, low.Length));
        Array.Sort(resampled);
        return new Discrimination(
            RocAuc.Compute(high, low),
            SortedArrayStatistics.Quantile(resampled, 0.025),
            SortedArrayStatistics.Quantile(resampled, 0.975),
            TruePositives(low, high),
            low.Length,
            high.Length);
    }

    /// <summary>The numbers by name.</summary>
    public JsonObject ToJson() => new()
    {
        ["auc"] = Auc,
        ["auc_low"] = Low,
        ["auc_high"] = High,
        ["tpr_at_1_percent_fpr"] = TruePositiveRate,
        ["members"] = Members,
        ["non_members"] = NonMembers,
    };

    // A threshold flags what is below it; it may go up to the first non-member that would be one too many.
    private static double TruePositives(double[] members, double[] nonMembers)
    {
        int allowed = (int)Math.Floor((FalsePositives * nonMembers.Length) + 1e-9);
        double bound = nonMembers[allowed]; // sorted
        return (double)members.Count(score => score < bound) / members.Length;
    }

    // The AUC of a resample, from how often each distinct score was drawn on either side.
    private static double[] Resample(double[] members, double[] nonMembers, int resamples, SeededRandom random)
    {
        double[] distinct = [.. members.Concat(nonMembers).Distinct().Order()];
        int[] memberRank = [.. members.Select(score => Array.BinarySearch(distinct, score))];
        int[] nonMemberRank = [.. nonMembers.Select(score => Array.BinarySearch(distinct, score))];
        double[] aucs = new double[resamples];
        int[] below = new int[distinct.Length], other = new int[distinct.Length];
        for (int resample = 0; resample < resamples; resample++)
        {
            Draw(memberRank, below, random);
            Draw(nonMemberRank, other, random);
            double wins = 0;
            long seen = 0;
            for (int rank = 0; rank < distinct.Length; rank++)
            {
                wins += other[rank] * (seen + (0.5 * below[rank]));
                seen += below[rank];
            }

            aucs[resample] = wins / ((double)members.Length * nonMembers.Length);
        }

        return aucs;
    }

    private static void Draw(int[] ranks, int[] counts, SeededRandom random)
    {
        Array.Clear(counts);
        for (int draw = 0; draw < ranks.Length; draw++)
        {
            counts[ranks[random.NextInt(ranks.Length)]]++;
        }
    }
}
