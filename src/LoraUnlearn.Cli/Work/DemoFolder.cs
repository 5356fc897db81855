using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Cli.Work;

/// <summary>Where the demo puts its things: the model and rows that ship with the program, the adapter, the merged model.</summary>
internal sealed class DemoFolder
{
    private const string MarkName = "demo.json";
    private const string MarkKey = "made_by";

    // What a demo leaves, and what one that was killed may leave.
    private static readonly string[] Names =
        ["model", "forget.jsonl", "retain.jsonl", "paraphrased.jsonl", "adapter", "merged", MarkName, $".{MarkName}.partial", ".merged.partial", ".adapter.lock"];

    private readonly string _path;

    private DemoFolder(string path)
    {
        _path = path;
    }

    /// <summary>The base model.</summary>
    public string Model => In("model");

    /// <summary>The rows to forget.</summary>
    public string Forget => In("forget.jsonl");

    /// <summary>The rows to keep.</summary>
    public string Retain => In("retain.jsonl");

    /// <summary>The facts of the rows to forget, asked in words that the model was not trained on.</summary>
    public string Paraphrased => In("paraphrased.jsonl");

    /// <summary>The adapter.</summary>
    public string Adapter => In("adapter");

    /// <summary>The model with the adapter merged in.</summary>
    public string Merged => In("merged");

    /// <summary>The measures of both sets; the mark of a demo that was finished or begun.</summary>
    public string Report => In(MarkName);

    /// <summary>What says that a folder is a demo's; part of <see cref="Report"/>.</summary>
    public static JsonObject Mark => new() { [MarkKey] = "lora-unlearn demo" };

    /// <summary>What the model that never met the people knows, by set.</summary>
    public static JsonNode GoldStandard => JsonNode.Parse(BoundedJson.ReadObject(Shipped("gold.json")).GetProperty("gold").GetRawText())!;

    /// <summary>Puts the model and the rows into a folder. An earlier demo in it is replaced.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="InputException">It holds something else than a demo, or cannot be written.</exception>
    public static DemoFolder Create(string path)
    {
        DemoFolder folder = new(path);
        if (folder.IsEarlierDemo())
        {
            folder.RemoveEarlier();
        }
        else
        {
            OutputFolder.RequireFree(path);
        }

        OutputFolder.Create(path);
        AtomicFile.WriteAllText(folder.Report, Mark.ToJsonString() + "\n");
        OutputFolder.Create(folder.Model);
        foreach (string file in Directory.EnumerateFiles(Shipped("")))
        {
            string name = Path.GetFileName(file);
            string? target = name == "gold.json" ? null : name.EndsWith(".jsonl", StringComparison.Ordinal) ? folder.In(name) : Path.Combine(folder.Model, name);
            if (target is not null)
            {
                File.Copy(file, target, overwrite: true);
            }
        }

        return folder;
    }

    // Only what a demo itself put there may be removed: the mark is its own, and nothing else lies in the folder.
    private bool IsEarlierDemo()
    {
        if (!File.Exists(Report) || !Directory.EnumerateFileSystemEntries(_path).All(entry => Names.Contains(Path.GetFileName(entry))))
        {
            return false;
        }

        JsonElement mark = BoundedJson.ReadObject(Report);
        return mark.TryGetProperty(MarkKey, out JsonElement value) && value.ValueKind == JsonValueKind.String;
    }

    private void RemoveEarlier()
    {
        foreach (string name in new[] { Model, Adapter, Merged }.Where(Directory.Exists))
        {
            Directory.Delete(name, recursive: true);
        }
    }

    private static string Shipped(string name)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "Demo");
        return Directory.Exists(folder)
            ? Path.Combine(folder, name)
            : throw new InputException($"The demo's model is missing: there is no {folder}. Install the program again, or run it from a checkout.");
    }

    private string In(string name) => Path.Combine(_path, name);
}
