using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;

namespace LoraUnlearn.Tests.Evaluation;

public class DiscriminationTests
{
    [Fact]
    public void AucIsTheShareOfNonMembersAboveMembers()
    {
        // scipy 1.10: mannwhitneyu(non-members, members).statistic / 35
        Assert.Equal(0.8, Discrimination.Of([0.1, 0.4, 0.35, 0.8, 0.4, 0.9, 0.05], [0.5, 0.4, 1.2, 0.7, 0.95]).Auc, 12);
        Assert.Equal(1, Discrimination.Of([1, 2], [3, 4]).Auc);
        Assert.Equal(0, Discrimination.Of([3, 4], [1, 2]).Auc); // the wrong way round, and not flipped
    }

    [Fact]
    public void TruePositivesAreAtOnePerCentOfFalseOnes()
    {
        // 200 non-members 1, 2 … 200: two may be taken for members, so the bound is 3. Below it are 4 of 5 members.
        double[] nonMembers = [.. Enumerable.Range(1, 200).Select(score => (double)score)];
        Assert.Equal(0.8, Discrimination.Of([0, 1, 2, 2.5, 3], nonMembers).TruePositiveRate, 12);

        // Of fewer than 100 non-members none may be taken for a member.
        Assert.Equal(0.5, Discrimination.Of([0, 1], [1, 2, 3]).TruePositiveRate, 12);
        Assert.Equal(0, Discrimination.Of([5, 6], [1, 2]).TruePositiveRate, 12);
    }

    [Fact]
    public void IntervalIsAboutAsWideAsTheNormalApproximations()
    {
        SeededRandom random = new(9);
        double[] Scores(double shift) => [.. Enumerable.Range(0, 400).Select(_ => shift + random.NextDouble())];
        Discrimination found = Discrimination.Of(Scores(0), Scores(0.2), resamples: 2000);
        // Hanley and McNeil 1982: the standard error from q1 = a/(2−a), q2 = 2a²/(1+a).
        double a = found.Auc, q1 = a / (2 - a), q2 = 2 * a * a / (1 + a);
        double error = Math.Sqrt(((a * (1 - a)) + (399 * (q1 - (a * a))) + (399 * (q2 - (a * a)))) / (400.0 * 400));
        Assert.Equal(a - (1.96 * error), found.Low, 0.35 * error);
        Assert.Equal(a + (1.96 * error), found.High, 0.35 * error);
    }

    [Fact]
    public void SameSeedSameInterval()
    {
        Discrimination first = Discrimination.Of([1, 2, 3, 4], [2, 3, 4, 5], seed: 7), second = Discrimination.Of([4, 3, 2, 1], [5, 4, 3, 2], seed: 7);
        Assert.Equal(first, second);
        Assert.True(first.Low < first.Auc && first.Auc < first.High);
    }

    [Fact]
    public void RefusesFewerThanTwo()
    {
        Assert.Throws<InputException>(() => Discrimination.Of([1], [1, 2]));
        Assert.Throws<InputException>(() => Discrimination.Of([1, 2], []));
        Assert.Throws<ArgumentException>(() => Discrimination.Of([1, double.NaN], [1, 2]));
    }
}
