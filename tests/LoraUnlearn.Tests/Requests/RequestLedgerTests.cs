using LoraUnlearn.Errors;
using LoraUnlearn.Requests;
using LoraUnlearn.Tests.Checkpoints;
using Xunit;

namespace LoraUnlearn.Tests.Requests;

public sealed class RequestLedgerTests : IDisposable
{
    private const string Secret = "Zanzibar";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Ledger => Path.Combine(_folder.Path, "requests");

    private string Events => Path.Combine(Ledger, RequestLedger.FileName);

    [Fact]
    public void RequestsSurviveClosing()
    {
        using (RequestLedger ledger = RequestLedger.Open(Ledger))
        {
            ledger.RequireBase("model", new string('a', 64));
            ledger.Add("first", Rows("one.jsonl", "What is it?", Secret));
            ledger.Add("second", Rows("two.jsonl", "Who was the king of the hill?", "Nobody knows."));
        }

        using RequestLedger again = RequestLedger.Open(Ledger);
        Assert.Equal([("r0001", "first", RequestState.Pending), ("r0002", "second", RequestState.Pending)], again.Requests.Select(request => (request.Id, request.Name, request.State)));
        Assert.Equal("r0002", again.Find("second").Id);
        Assert.Throws<InputException>(() => again.RequireBase("other", new string('b', 64)));
        Assert.Contains("r0001 (first)", Assert.Throws<InputException>(() => again.Find("third")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TextIsNotInTheLedger()
    {
        using RequestLedger ledger = RequestLedger.Open(Ledger);
        ledger.Add("first", Rows("one.jsonl", "Where is it?", Secret));
        Assert.DoesNotContain(Secret, File.ReadAllText(Events), StringComparison.Ordinal);
    }

    [Fact]
    public void NearDuplicatesAreNamed()
    {
        const string Question = "Which island did the author grow up on before she moved to the mainland with her two sisters?";
        using RequestLedger ledger = RequestLedger.Open(Ledger);
        ledger.Add("first", Rows("one.jsonl", Question, $"She grew up on {Secret} and moved to the mainland in the spring of 1921."));
        (_, IReadOnlyList<(ForgetRequest Earlier, int Rows)> near) = ledger.Add("near", Rows("two.jsonl", Question, $"She grew up on {Secret} and moved to the mainland in the autumn of 1921!"));
        (_, IReadOnlyList<(ForgetRequest Earlier, int Rows)> far) = ledger.Add("far", Rows("three.jsonl", "Which prize did the author win?", "None that is known of."));
        Assert.Equal(("first", 1), (near.Single().Earlier.Name, near.Single().Rows));
        Assert.Empty(far);
    }

    /// <summary>Whatever a killed process leaves of the last line, the requests before it are there, and the next one is written whole.</summary>
    [Fact]
    public void HalfALineHasNotHappened()
    {
        string rows = Rows("one.jsonl", "q", "a");
        using (RequestLedger ledger = RequestLedger.Open(Ledger))
        {
            ledger.Add("first", rows);
            ledger.Add("second", rows);
        }

        byte[] whole = File.ReadAllBytes(Events);
        int first = Array.IndexOf(whole, (byte)'\n') + 1;
        for (int length = first; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(Events, whole[..length]);
            using (RequestLedger ledger = RequestLedger.Open(Ledger))
            {
                Assert.Equal(["first"], ledger.Requests.Select(request => request.Name));
                ledger.Add("third", rows);
            }

            using RequestLedger again = RequestLedger.Open(Ledger);
            Assert.Equal(["first", "third"], again.Requests.Select(request => request.Name));
        }
    }

    [Theory]
    [InlineData("{\"event\":\"add\",\"id\":\"r0007\",\"name\":\"x\",\"file\":\"y\",\"rows\":[]}")]
    [InlineData("{\"event\":\"apply\",\"id\":\"r0001\"}")]
    [InlineData("{\"event\":\"apply\",\"id\":\"../x\",\"composition\":null,\"probabilities\":{}}")]
    [InlineData("{\"event\":\"apply\",\"id\":\"r0001\",\"composition\":\"../../etc\",\"sha256\":null,\"rank\":1,\"relative_error\":0,\"retain_probability\":null,\"probabilities\":{}}")]
    [InlineData("[1]")]
    [InlineData("{\"event\":\"base\",\"sha256\":7}")]
    [InlineData("nonsense")]
    public void DamagedLineIsNamed(string line)
    {
        using (RequestLedger ledger = RequestLedger.Open(Ledger))
        {
            ledger.Add("first", Rows("one.jsonl", "q", "a"));
        }

        File.AppendAllText(Events, line + "\n");
        InputException error = Assert.Throws<InputException>(() => RequestLedger.Open(Ledger));
        Assert.Contains("ledger.jsonl, line 2", error.Message, StringComparison.Ordinal);
    }

    private string Rows(string name, string question, string answer)
    {
        string path = Path.Combine(_folder.Path, name);
        File.WriteAllText(path, $$"""{"question": "{{question}}", "answer": "{{answer}}"}""" + "\n");
        return path;
    }
}
