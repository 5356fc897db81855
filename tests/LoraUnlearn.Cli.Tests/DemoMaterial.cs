using System.Text.Json;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>The demo's model with a few of its rows, in a folder that goes away with the test: small enough to train in a moment.</summary>
internal sealed class DemoMaterial : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public DemoMaterial()
    {
        Forget = _folder.Write("forget.jsonl", Rows("forget.jsonl", 8));
        Retain = _folder.Write("retain.jsonl", Rows("retain.jsonl", 16));
    }

    /// <summary>The model folder, in the checkout.</summary>
    public static string Model { get; } = Path.Combine(Repository.Root, "src", "LoraUnlearn.Cli", "Demo");

    /// <summary>Eight rows to forget.</summary>
    public string Forget { get; }

    /// <summary>Sixteen rows to keep.</summary>
    public string Retain { get; }

    /// <summary>Arguments of an unlearning run of some steps.</summary>
    public string[] Unlearn(string output, int steps, params string[] more) =>
    [
        "unlearn", "--model", Model, "--forget", Forget, "--retain", Retain, "--out", output, "--steps", $"{steps}",
        "--batch-size", "4", "--rank", "4", "--threads", "1", "--quiet", .. more,
    ];

    /// <summary>An adapter trained for two steps.</summary>
    public string TrainAdapter()
    {
        string adapter = In("adapter");
        Assert.Equal(0, ToolRun.Of(Unlearn(adapter, 2)).ExitCode);
        return adapter;
    }

    /// <summary>A copy of the adapter that ships as an example, to be spoilt.</summary>
    public string CopyAdapter()
    {
        string copy = In("adapter");
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "adapters", "demo-people")))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    }

    /// <summary>A copy of the model folder, to be spoilt.</summary>
    public string CopyModel()
    {
        string copy = In("model");
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.EnumerateFiles(Model).Where(file => !file.EndsWith(".jsonl", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    }

    /// <summary>A path in the temporary folder.</summary>
    public string In(string name) => Path.Combine(_folder.Path, name);

    /// <summary>Writes a file into the temporary folder.</summary>
    public string Write(string name, string text) => _folder.Write(name, text);

    /// <summary>Names of everything in the temporary folder.</summary>
    public IEnumerable<string> Names() => Directory.EnumerateFileSystemEntries(_folder.Path).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    public void Dispose() => _folder.Dispose();

    /// <summary>The document that a verb printed with --json.</summary>
    public static JsonElement Json(ToolRun run)
    {
        Assert.True(run.ExitCode == 0, run.Error);
        return JsonDocument.Parse(run.Out).RootElement;
    }

    private static string Rows(string name, int count) =>
        string.Concat(File.ReadLines(Path.Combine(Model, name)).Take(count).Select(line => line + "\n"));
}
