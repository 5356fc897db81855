using LoraUnlearn.Evaluation.Tofu;
using LoraUnlearn.Tests.Checkpoints;

namespace LoraUnlearn.Tests.Evaluation.Tofu;

public sealed class TofuLayoutTests : IDisposable
{
    private const string Row = """{"question":"Who?","answer":"Ann.","perturbed_answer":["Bob.","Cid."]}""" + "\n";

    private readonly TemporaryFolder _folder = new();

    public TofuLayoutTests()
    {
        foreach (string set in new[] { "forget10", "forget05", "retain", "real_authors", "world_facts" })
        {
            Write(set, Row);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FindsTheFilesOfASplit()
    {
        Assert.Equal("forget05", TofuLayout.Open(_folder.Path, "forget05_perturbed").Split);
        TofuRow row = Assert.Single(TofuLayout.Open(_folder.Path, "forget10").Read(TofuSet.Forget));
        Assert.Equal(("Who?", "Ann.", null), (row.Question, row.Answer, row.Paraphrase));
        Assert.Equal(["Bob.", "Cid."], row.Perturbed);
    }

    [Fact]
    public void NamesWhatIsMissing()
    {
        Assert.Contains("forget05, forget10", Message(_folder.Path, "forget50"), StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder.Path, "retain_perturbed.json"));
        File.Delete(Path.Combine(_folder.Path, "world_facts_perturbed.json"));
        Assert.Contains("retain_perturbed.json, world_facts_perturbed.json", Message(_folder.Path, "forget10"), StringComparison.Ordinal);
        Assert.Contains("not a folder", Message(Path.Combine(_folder.Path, "none"), "forget10"), StringComparison.Ordinal);
        Assert.Contains("--split", Message(_folder.Path, "../forget10"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"question":"Who?","answer":"Ann."}""")]
    [InlineData("""{"question":"Who?","answer":"Ann.","perturbed_answer":[]}""")]
    [InlineData("""{"text":"Ann."}""")]
    public void RowsWithoutWrongAnswersAreRefused(string row)
    {
        Write("forget10", Row + row + "\n");
        InputException error = Assert.Throws<InputException>(() => TofuLayout.Open(_folder.Path, "forget10").Read(TofuSet.Forget));
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("perturbed_answer", error.Message, StringComparison.Ordinal);
    }

    private static string Message(string folder, string split) => Assert.Throws<InputException>(() => TofuLayout.Open(folder, split)).Message;

    private void Write(string set, string text) => File.WriteAllText(Path.Combine(_folder.Path, set + "_perturbed.json"), text);
}
