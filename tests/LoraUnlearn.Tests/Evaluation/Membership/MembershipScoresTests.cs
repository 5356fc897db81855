using LoraUnlearn.Evaluation.Membership;

namespace LoraUnlearn.Tests.Evaluation.Membership;

public class MembershipScoresTests
{
    private static readonly float[] Logs = [-1, -4, -2, -3, -0.5f];

    [Theory]
    [InlineData(20, 4)] // the least likely one of five
    [InlineData(40, 3.5)]
    [InlineData(59, 3.5)] // rounded down
    [InlineData(60, 3)]
    [InlineData(100, 2.1)]
    [InlineData(1, 4)] // one at least
    public void MinKIsTheMeanLossOfTheLeastLikelyTokens(int percent, double expected) =>
        Assert.Equal(expected, MembershipScores.MinK(Logs, percent), 1e-6);

    [Fact]
    public void MinKPlusPlusCountsInDeviations()
    {
        TokenLikelihoods row = new([-1, -4, -2], [-2, -2, -2], [1, 0.5f, 0]);
        // (−1+2)/1 = 1, (−4+2)/0.5 = −4, and a certain token counts with the least deviation: 0/0.001 = 0.
        Assert.Equal(4, MembershipScores.MinKPlusPlus(row, 34), 1e-6);
        Assert.Equal(1, MembershipScores.MinKPlusPlus(row, 100), 1e-6);
    }

    [Fact]
    public void ZlibDividesByCompressedBytes()
    {
        Assert.Equal(8, MembershipScores.CompressedBytes("")); // python3: len(zlib.compress(b'')) == 8
        Assert.Equal(11, MembershipScores.CompressedBytes("abc")); // and 11
        Assert.True(MembershipScores.CompressedBytes(new string('a', 500)) < 30);
        Assert.Equal(2.5 / 11, MembershipScores.Zlib(2.5, "abc"), 1e-12);
    }
}
