using System.Text;
using System.Text.Json;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Tests.Checkpoints;

public sealed class BoundedJsonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AByteOrderMarkIsSkipped()
    {
        string path = _folder.Write("a.json", [0xEF, 0xBB, 0xBF, .. "{\"a\":[1,{\"a\":2}]}"u8]);
        Assert.Equal(2, BoundedJson.ReadObject(path).GetProperty("a")[1].GetProperty("a").GetInt32());
    }

    [Theory]
    [InlineData("{\n\"a\": 1,\n\"a\": 2\n}", "line 3: the key 'a' appears twice in one object.")]
    [InlineData("{\"a\": {\"b\": 1,\n\"\\u0062\": 2}}", "line 2: the key 'b' appears twice in one object.")]
    [InlineData("{\n\"a\": 1,\n}", "line 3: not valid JSON: ")]
    [InlineData("{\n\"a\": NaN}", "line 2: not valid JSON: ")]
    [InlineData("{\n\"a\": 1", "line 2: not valid JSON: ")]
    [InlineData("{}\n{}", "line 2: not valid JSON: ")]
    [InlineData("[\n\"\\ud800\"]", "line 2: a string escapes half of a surrogate pair")]
    public void AFaultIsNamedWithItsLine(string text, string expected)
    {
        string path = _folder.Write("a.json", text);
        string message = Assert.Throws<InputException>(() => BoundedJson.Read(path)).Message;
        Assert.StartsWith($"{path}, {expected}", message, StringComparison.Ordinal);
        Assert.DoesNotContain("BytePositionInLine", message, StringComparison.Ordinal);
    }

    [Fact]
    public void DepthIsBounded()
    {
        static byte[] Nested(int depth) => Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth));
        Assert.Equal(JsonValueKind.Array, BoundedJson.Parse(Nested(64), "text").ValueKind);
        Assert.Throws<InputException>(() => BoundedJson.Parse(Nested(65), "text"));
        Assert.Throws<InputException>(() => BoundedJson.Parse(Nested(1_000_000), "text"));
    }

    [Fact]
    public void SizeIsBounded()
    {
        string path = _folder.Write("a.json", "{\"a\":1}");
        Assert.Equal(JsonValueKind.Object, BoundedJson.Read(path, maximumBytes: 7).ValueKind);
        InputException error = Assert.Throws<InputException>(() => BoundedJson.Read(path, maximumBytes: 6));
        Assert.Equal($"{path}: the file has 7 bytes, expected at most 6.", error.Message);
    }

    [Theory]
    [InlineData("[1]", "found an array of 1 at the root, expected a JSON object.")]
    [InlineData("\"a\"", "found the string \"a\" at the root, expected a JSON object.")]
    [InlineData("null", "found null at the root, expected a JSON object.")]
    [InlineData("", "the file is empty.")]
    public void ARootThatIsNoObjectIsRefused(string text, string expected)
    {
        string path = _folder.Write("a.json", text);
        Assert.Equal($"{path}: {expected}", Assert.Throws<InputException>(() => BoundedJson.ReadObject(path)).Message);
    }

    [Fact]
    public void BytesThatAreNotUtf8AreRefused()
    {
        string path = _folder.Write("a.json", [(byte)'"', 0xFF, (byte)'"']);
        Assert.Contains("not valid UTF-8", Assert.Throws<InputException>(() => BoundedJson.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ADeviceIsRefusedWithoutBeingRead()
    {
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains("found a device", Assert.Throws<InputException>(() => BoundedJson.Read("/dev/zero")).Message, StringComparison.Ordinal);
        }
    }
}
