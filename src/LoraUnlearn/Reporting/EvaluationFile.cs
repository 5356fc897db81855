using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Evaluation.Tofu;

namespace LoraUnlearn.Reporting;

/// <summary>What <c>evaluate</c> wrote about one model: the JSON of a suite.</summary>
/// <param name="Path">The file.</param>
/// <param name="Name">What to call the model: the names of its folder and its adapter's.</param>
/// <param name="Suite">The suite's name.</param>
/// <param name="Root">The document.</param>
/// <param name="Log">The TOFU log that it was made of, with its texts; null where it was not.</param>
public sealed record EvaluationFile(string Path, string Name, string Suite, JsonElement Root, TofuLog? Log = null)
{
    private const long LargestFile = 256L << 20;
    private const int LongestName = 60;
    private static readonly string[] Suites = ["basic", "tofu", "membership", "muse", "tdec", "yao"];

    /// <summary>Whether the model carried an adapter.</summary>
    public bool HasAdapter => Root.TextAt("adapter") is not null;

    /// <summary>Reads several files, and names their models apart.</summary>
    /// <param name="paths">JSON of <c>evaluate --out</c>, or TOFU logs of <c>evaluate --save-log</c>.</param>
    /// <param name="reference">The retain-only model's TOFU log, for the logs' forget quality; null for none.</param>
    /// <exception cref="InputException">A file is neither, or a reference is of other rows.</exception>
    public static IReadOnlyList<EvaluationFile> Read(IEnumerable<string> paths, TofuLog? reference)
    {
        EvaluationFile[] files = [.. paths.Select(path => Read(path, reference))];
        return [.. files.Select(file => files.Count(other => other.Name == file.Name && other.Suite == file.Suite) > 1
            ? file with { Name = JsonReading.Short($"{file.Name} ({System.IO.Path.GetFileNameWithoutExtension(file.Path)})", LongestName) }
            : file)];
    }

    private static EvaluationFile Read(string path, TofuLog? reference)
    {
        JsonElement root = BoundedJson.ReadObject(path, LargestFile);
        if (root.TextAt("suite") is { } suite)
        {
            return Suites.Contains(suite)
                ? new EvaluationFile(path, NameOf(root, path), suite, root)
                : throw new InputException($"{path}: found the suite '{BoundedJson.Shorten(suite)}', expected one of {string.Join(", ", Suites)}.");
        }

        if (!root.EnumerateObject().Any(member => member.Name.StartsWith("eval_", StringComparison.Ordinal) || member.Name == "avg_paraphrased_loss"))
        {
            throw new InputException($"{path}: there is neither 'suite' nor 'eval_log_forget.json'; expected JSON as evaluate --out writes it, or a TOFU log as evaluate --save-log does.");
        }

        TofuLog log = TofuLog.Read(path);
        JsonObject report = new TofuReport(log, reference).ToJson(withRows: true);
        string name = log.Settings.Model is { } model ? $"{model} ({System.IO.Path.GetFileNameWithoutExtension(path)})" : System.IO.Path.GetFileNameWithoutExtension(path);
        return new EvaluationFile(path, JsonReading.Short(name, LongestName), "tofu", BoundedJson.Parse(JsonSerializer.SerializeToUtf8Bytes(report), path), log);
    }

    private static string NameOf(JsonElement root, string path)
    {
        string name = (root.TextAt("model"), root.TextAt("adapter")) switch
        {
            ({ } model, { } adapter) => $"{JsonReading.LastOf(model)} + {JsonReading.LastOf(adapter)}",
            ({ } model, null) => JsonReading.LastOf(model),
            _ => System.IO.Path.GetFileNameWithoutExtension(path),
        };
        return JsonReading.Short(name, LongestName);
    }
}
