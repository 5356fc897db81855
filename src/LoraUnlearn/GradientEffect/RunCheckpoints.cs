using System.Globalization;
using System.Text.Json;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using LoraUnlearn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.GradientEffect;

/// <summary>The adapters that a run kept along its way, and what its record says of it.</summary>
public sealed class RunCheckpoints
{
    private readonly string _folder;

    private RunCheckpoints(string folder, IReadOnlyList<(int Step, string Path)> steps, string? objective)
    {
        _folder = folder;
        Steps = steps;
        Objective = objective;
    }

    /// <summary>Steps and their files, ascending.</summary>
    public IReadOnlyList<(int Step, string Path)> Steps { get; }

    /// <summary>The objective that the run trained with; null where its record does not say.</summary>
    public string? Objective { get; }

    /// <summary>Finds the checkpoints of a run.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="modelDigest">Digest of the model that they are to be put on.</param>
    /// <exception cref="InputException">There is no such folder, it holds no checkpoints, or they belong to another model.</exception>
    public static RunCheckpoints Find(string folder, string modelDigest)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"{folder}: there is no such folder; expected the --out of an unlearning run.");
        }

        string path = Path.Combine(folder, RunFolder.CheckpointFolder);
        (int Step, string Path)[] steps = Directory.Exists(path)
            ? [.. Directory.EnumerateFiles(path, "step-*.safetensors").Select(file => (Step: StepOf(file), file)).Where(pair => pair.Step >= 0).OrderBy(pair => pair.Step)]
            : [];
        if (steps.Length == 0)
        {
            throw new InputException($"{folder} holds no checkpoints; train with unlearn --keep-checkpoints (and --checkpoint-every N), or measure a single adapter with --adapter.");
        }

        JsonElement? configuration = Configuration(folder);
        RequireBase(folder, configuration, modelDigest);
        string? objective = configuration is { } known && known.TryGetProperty("objective", out JsonElement name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null;
        return new RunCheckpoints(folder, steps, objective);
    }

    /// <summary>Refuses an adapter folder whose record names another model than the one it is to be put on.</summary>
    /// <param name="folder">The folder; one without a record is let through.</param>
    /// <param name="modelDigest">Digest of the model.</param>
    /// <exception cref="InputException">It belongs to another model.</exception>
    public static void RequireBase(string folder, string modelDigest) => RequireBase(folder, Configuration(folder), modelDigest);

    /// <summary>Puts the first checkpoint on a model.</summary>
    /// <param name="decoder">The model.</param>
    /// <exception cref="InputException">It does not fit the model.</exception>
    public AdapterSet Attach(Decoder decoder) => TrainingPair.Restore(decoder, Steps[0].Path);

    /// <summary>Sets an adapter of this run to another step.</summary>
    /// <param name="adapters">What <see cref="Attach"/> made.</param>
    /// <param name="path">The step's file.</param>
    /// <exception cref="InputException">The file does not hold the same modules.</exception>
    public void Load(AdapterSet adapters, string path)
    {
        using PairFile file = PairFile.Open(path);
        if (!adapters.Pairs.Select(pair => pair.Map.Name).ToHashSet().SetEquals(file.Modules) || file.Rank != adapters.Rank)
        {
            throw new InputException($"{path} adapts other modules than the first checkpoint of {_folder}, or with another rank; remove what does not belong to the run.");
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach (LowRankPair pair in adapters.Pairs)
        {
            file.RequireWidths(pair.Map.Name, pair.Map.OutputWidth, pair.Map.InputWidth);
            pair.A.copy_(file.Read(pair.Map.Name + PairFile.A));
            pair.B.copy_(file.Read(pair.Map.Name + PairFile.B));
        }
    }

    private static int StepOf(string path) =>
        int.TryParse(Path.GetFileNameWithoutExtension(path)["step-".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int step) ? step : -1;

    // Of a finished run its manifest's; of one under way its run file.
    private static JsonElement? Configuration(string folder)
    {
        string manifest = Path.Combine(folder, RunFolder.ManifestFile), run = Path.Combine(folder, RunFolder.TrainingFolder, "run.json");
        if (File.Exists(manifest))
        {
            return BoundedJson.ReadObject(manifest).TryGetProperty("configuration", out JsonElement configuration) && configuration.ValueKind == JsonValueKind.Object ? configuration : null;
        }

        return File.Exists(run) ? BoundedJson.ReadObject(run) : null;
    }

    private static void RequireBase(string folder, JsonElement? configuration, string modelDigest)
    {
        if (configuration is { } known
            && known.TryGetProperty("base_model", out JsonElement model) && model.ValueKind == JsonValueKind.Object
            && model.TryGetProperty("sha256", out JsonElement digest) && digest.ValueKind == JsonValueKind.String
            && digest.GetString() != modelDigest)
        {
            string name = model.TryGetProperty("name", out JsonElement text) && text.ValueKind == JsonValueKind.String ? BoundedJson.Shorten(text.GetString()!) : "another model";
            throw new InputException($"{folder} was trained on another base ({name}; its digest differs from this model's); give the model that it belongs to with --model.");
        }
    }
}
