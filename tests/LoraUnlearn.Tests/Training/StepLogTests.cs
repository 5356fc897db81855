using LoraUnlearn.Errors;
using LoraUnlearn.Tests.Checkpoints;
using LoraUnlearn.Training;

namespace LoraUnlearn.Tests.Training;

public sealed class StepLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AResumedLogIsThatOfARunThatWasNeverStopped()
    {
        StepLog whole = new(_folder.Path);
        Enumerable.Range(1, 6).ToList().ForEach(step => Note(whole, step));
        whole.Save();
        string expected = File.ReadAllText(_folder[StepLog.FileName]);

        File.Delete(_folder[StepLog.FileName]);
        StepLog killed = new(_folder.Path);
        Enumerable.Range(1, 4).ToList().ForEach(step => Note(killed, step));
        killed.Save();
        File.AppendAllText(_folder[StepLog.FileName], "{\"step\":5,\"forget_lo"); // killed while it wrote
        StepLog resumed = new(_folder.Path);
        resumed.Rewind(3); // the state that was saved last
        Enumerable.Range(4, 3).ToList().ForEach(step => Note(resumed, step));
        resumed.Save();

        Assert.Equal(expected, File.ReadAllText(_folder[StepLog.FileName]));
        IReadOnlyList<StepEntry> entries = StepLog.Read(_folder.Path)!;
        Assert.Equal([1, 2, 2, 3, 4, 4, 5, 6, 6], entries.Select(entry => entry.Step));
        Assert.Equal(0.25, entries[2].Numbers["forget.accuracy"]);
        Assert.False(entries[2].Numbers.ContainsKey("forget.nll")); // not finite: left out
        Assert.False(entries[0].Numbers.ContainsKey("retain_loss"));
    }

    [Fact]
    public void ALogThatIsNoneIsRefused()
    {
        Assert.Null(StepLog.Read(_folder.Path));
        foreach (string line in new[] { "[]", "{\"step\":\"1\"}", "{\"step\":1.5}", "{", "{\"step\":99999999999}" })
        {
            File.WriteAllText(_folder[StepLog.FileName], "{\"step\":1}\n" + line + "\n");
            Assert.Contains("line 2", Assert.Throws<InputException>(() => StepLog.Read(_folder.Path)).Message, StringComparison.Ordinal);
        }
    }

    private static void Note(StepLog log, int step)
    {
        log.Add(new StepReport(step, 6, 1.5 / step, null, 1, 1e-3, 10, 0.1));
        if (step % 2 == 0)
        {
            log.Add(step, new QuickScores(0.5, 0.9) { Measures = new Dictionary<string, double> { ["forget.accuracy"] = 0.25, ["forget.nll"] = double.NaN } });
        }
    }
}
