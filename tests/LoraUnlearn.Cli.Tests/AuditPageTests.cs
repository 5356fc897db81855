using LoraUnlearn.Auditing;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>The commands of docs/audit.md, one after the other, in a folder with the demo's model, rows and adapter.</summary>
public sealed class AuditPageTests : IDisposable
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "audit.md"));

    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void CommandsRunAsShown()
    {
        Directory.Move(_demo.CopyModel(), _demo.In("pretrained"));
        _demo.CopyModel();
        Directory.Move(_demo.CopyAdapter(), _demo.In("forgotten"));
        string[] commands = PageCommands.Of("docs", "audit.md");

        Assert.Equal(3, commands.Length);
        PageCommands.Run(_demo.In(""), commands);
    }

    [Fact]
    public void EveryAttackIsThere() => Assert.All(Audit.Attacks, attack => Assert.Contains($"\n| `{attack.Name}` |", Page, StringComparison.Ordinal));
}
