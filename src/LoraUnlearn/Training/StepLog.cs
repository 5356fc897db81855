using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Training;

/// <summary>What a run wrote down at a step: of the step itself, or of an evaluation after it.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="Numbers">
/// By name: <c>forget_loss</c>, <c>retain_loss</c>, <c>gradient_norm</c>, <c>learning_rate</c>, <c>tokens</c>, <c>seconds</c> of a step; measures
/// like <c>forget.probability</c> of an evaluation. What was not measured is left out.
/// </param>
public sealed record StepEntry(int Step, IReadOnlyDictionary<string, double> Numbers);

/// <summary>
/// The record of a run's steps, JSON lines beside the manifest: numbers alone, never a text. Written whenever the state is saved, so that a
/// resumed run goes on with the lines of the steps that it has, as if it had never been stopped.
/// </summary>
public sealed class StepLog
{
    /// <summary>Name of the file in a run's folder.</summary>
    public const string FileName = "unlearn_log.jsonl";

    private const long LargestFile = 256L << 20;

    private readonly string _path;
    private readonly StringBuilder _unwritten = new();

    /// <summary>Creates the log of a run; nothing is written yet.</summary>
    /// <param name="folder">The run's folder.</param>
    public StepLog(string folder)
    {
        _path = Path.Combine(folder, FileName);
    }

    /// <summary>Notes a step.</summary>
    /// <param name="report">What it did.</param>
    public void Add(StepReport report)
    {
        JsonObject line = new() { ["step"] = report.Step, ["forget_loss"] = report.ForgetLoss };
        if (report.RetainLoss is double retain)
        {
            line["retain_loss"] = retain;
        }

        line["gradient_norm"] = report.GradientNorm;
        line["learning_rate"] = report.LearningRate;
        line["tokens"] = report.Tokens;
        line["seconds"] = Math.Round(report.Seconds, 4);
        Append(line);
    }

    /// <summary>Notes an evaluation.</summary>
    /// <param name="step">Steps taken.</param>
    /// <param name="scores">What it found.</param>
    public void Add(int step, QuickScores scores)
    {
        JsonObject line = new() { ["step"] = step, ["forget.probability"] = scores.Forget };
        if (scores.Retain is double retain)
        {
            line["retain.probability"] = retain;
        }

        foreach ((string name, double value) in scores.Measures.Where(measure => double.IsFinite(measure.Value)))
        {
            line[name] = value;
        }

        Append(line);
    }

    /// <summary>Writes what was noted since, at the end of the file.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Save()
    {
        if (_unwritten.Length == 0)
        {
            return;
        }

        try
        {
            File.AppendAllText(_path, _unwritten.ToString());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{_path}: cannot write: {FileFault.Reason(exception)}.", exception);
        }

        _unwritten.Clear();
    }

    /// <summary>Drops the lines of later steps, which a killed run wrote and a resumed one will write again, and a line that was cut short.</summary>
    /// <param name="step">Steps taken.</param>
    public void Rewind(int step)
    {
        _unwritten.Clear();
        if (!File.Exists(_path))
        {
            return;
        }

        string[] lines = [.. File.ReadLines(_path).Where(line => Parse(line) is { } entry && entry.Step <= step)];
        AtomicFile.WriteAllText(_path, string.Concat(lines.Select(line => line + "\n")));
    }

    /// <summary>Reads the log of a run.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <returns>Its entries in the order of the file; null where the folder has no log.</returns>
    /// <exception cref="InputException">The file is too large, or a line of it is not right.</exception>
    public static IReadOnlyList<StepEntry>? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        List<StepEntry> entries = [];
        string[] lines = Encoding.UTF8.GetString(InputFile.ReadAllBytes(path, LargestFile)).Split('\n');
        for (int index = 0; index < lines.Length; index++)
        {
            if (lines[index].Length > 0)
            {
                entries.Add(Parse(lines[index]) ?? throw new InputException($"{path}, line {index + 1}: expected an object with a whole number 'step' and numbers. Delete the file to go without it."));
            }
        }

        return entries;
    }

    private void Append(JsonObject line) => _unwritten.Append(line.ToJsonString()).Append('\n');

    // Null where the line is none of a log.
    private static StepEntry? Parse(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("step", out JsonElement step) || step.ValueKind != JsonValueKind.Number || !step.TryGetInt32(out int steps))
            {
                return null;
            }

            Dictionary<string, double> numbers = new(StringComparer.Ordinal);
            foreach (JsonProperty property in root.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.Number && property.Name != "step"))
            {
                numbers[property.Name] = property.Value.GetDouble();
            }

            return new StepEntry(steps, numbers);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
