using LoraUnlearn.Reporting;

namespace LoraUnlearn.Tests.Reporting;

public class TextComparisonTests
{
    [Theory]
    [InlineData("She was born in Taipei.", "She was born in a town.")]
    [InlineData("", "anything")]
    [InlineData("anything", "")]
    [InlineData("one two  three\nfour", "two three four five")]
    [InlineData("same", "same")]
    public void PartsMakeBothTexts(string earlier, string later)
    {
        IReadOnlyList<TextPart> parts = TextComparison.Of(earlier, later);
        Assert.Equal(later, string.Concat(parts.Where(part => part.Change != TextChange.Gone).Select(part => part.Text)));
        string before = string.Concat(parts.Where(part => part.Change != TextChange.Added).Select(part => part.Text));
        Assert.Equal(earlier, before);
    }

    [Fact]
    public void WordsThatChangeHangTogether() => Assert.Equal(
        [new("She lives ", TextChange.None), new("in the capital ", TextChange.Gone), new("nowhere ", TextChange.Added), new("now", TextChange.None)],
        TextComparison.Of("She lives in the capital now", "She lives nowhere now"));
}
