using LoraUnlearn.Fuzz;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>A slice of the fuzz campaign (tools/Fuzz), and the cases that once failed.</summary>
[Collection(RunsAlone.Name)]
public sealed class FuzzTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _before = Environment.CurrentDirectory;

    public void Dispose()
    {
        Environment.CurrentDirectory = _before;
        _folder.Dispose();
    }

    [Fact]
    public void SpoiltFilesEndWithAMessage()
    {
        Environment.CurrentDirectory = _folder.Path;
        Campaign campaign = new(Corpus.Create(DemoMaterial.Model), seed: 1);
        long[] onceFailed = [292, 2148, 6630, 9556];
        FuzzFailure[] failures = [.. onceFailed.Concat(Enumerable.Range(0, 450).Select(number => (long)number)).Select(campaign.Run).OfType<FuzzFailure>()];

        Assert.True(failures.Length == 0, string.Join("\n", failures.Select(failure => $"case {failure.Number} of seed 1: {failure.Target.File}: {failure.Fault}")));
        Assert.True(campaign.ExitCodes[0] > 20 && campaign.ExitCodes[2] > 200, "the files are not spoilt, or not at all good");
    }
}
