using LoraUnlearn.Cli.Text;

namespace LoraUnlearn.Cli.Tests.Text;

public sealed class NearestMatchTests
{
    // Distances from the published examples of the optimal string alignment distance.
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("saturday", "sunday", 3)]
    [InlineData("ca", "ac", 1)]
    [InlineData("ca", "abc", 3)]
    public void DistanceCountsEditsAndSwaps(string first, string second, int expected)
    {
        Assert.Equal(expected, NearestMatch.Distance(first, second));
        Assert.Equal(expected, NearestMatch.Distance(second, first));
    }

    [Theory]
    [InlineData("ihk", "ihl")]
    [InlineData("simnop", "simnpo")]
    [InlineData("NPO", "npo")]
    [InlineData("und", "undial")]
    public void NearWordIsFound(string word, string expected) =>
        Assert.Equal(expected, NearestMatch.Find(word, ["ga", "ihl", "npo", "simnpo", "undial"]));

    [Theory]
    [InlineData("")]
    [InlineData("zzz")]
    [InlineData("entirely-different")]
    public void FarWordIsNot(string word) => Assert.Null(NearestMatch.Find(word, ["ga", "ihl", "npo"]));

    [Fact]
    public void VeryLongWordIsNotCompared() => Assert.Null(NearestMatch.Find(new string('a', 1_000_000), ["ihl"]));
}
