using System.Text;
using LoraUnlearn.Cli.Text;

namespace LoraUnlearn.Cli.Tests.Text;

public sealed class Utf8LinesTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a", new[] { "a" })]
    [InlineData("a\n", new[] { "a" })]
    [InlineData("\n\na", new[] { "", "", "a" })]
    [InlineData("a\r\nb\rc\u2028d\u0085e\n", new[] { "a\r", "b\rc\u2028d\u0085e" })]
    [InlineData("\uFEFFa\n é 語 \n", new[] { "\uFEFFa", " é 語 " })]
    public void LinesEndAtLineFeedsOnly(string text, string[] expected) =>
        Assert.Equal(expected, Utf8Lines.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "text"));

    [Fact]
    public void LineLongerThanTheBufferStaysWhole()
    {
        string line = string.Concat(Enumerable.Repeat("é", 100_000));
        using MemoryStream stream = new(Encoding.UTF8.GetBytes($"{line}\nend"));

        Assert.Equal([line, "end"], Utf8Lines.Read(stream, "text"));
    }

    [Fact]
    public void BytesThatAreNotUtf8AreRefusedWithTheirPlace()
    {
        using MemoryStream stream = new([(byte)'a', (byte)'\n', (byte)'b', 0xFF, (byte)'\n']);

        InputException exception = Assert.Throws<InputException>(() => Utf8Lines.Read(stream, "rows.txt").ToList());
        Assert.StartsWith("rows.txt line 2: byte 2 is not UTF-8.", exception.Message, StringComparison.Ordinal);
    }
}
