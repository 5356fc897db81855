using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Training;

/// <summary>The output folder of a run: what is in it while training, and how a later run knows its own.</summary>
public sealed class RunFolder
{
    /// <summary>Name of the folder that holds the state while training.</summary>
    public const string TrainingFolder = "training";

    /// <summary>Name of the folder that holds the adapters of a run's steps, <c>step-00025.safetensors</c>, where they are kept.</summary>
    public const string CheckpointFolder = "checkpoints";

    /// <summary>Name of the manifest, which stands beside the adapter and is written last.</summary>
    public const string ManifestFile = "unlearn_manifest.json";

    private const string RunFile = "run.json";

    private readonly string _path;

    private RunFolder(string path, JsonObject configuration)
    {
        _path = path;
        Configuration = configuration;
        Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(configuration.ToJsonString())));
    }

    /// <summary>What determines the result: settings, digests of model and data.</summary>
    public JsonObject Configuration { get; }

    /// <summary>SHA-256 of <see cref="Configuration"/>, hexadecimal.</summary>
    public string Digest { get; }

    /// <summary>The training state's file, while the run lasts.</summary>
    public string StatePath => Path.Combine(_path, TrainingFolder, TrainingState.FileName);

    /// <summary>The manifest's file; it exists where the adapter is complete.</summary>
    public string ManifestPath => Path.Combine(_path, ManifestFile);

    /// <summary>Where the adapter of a step is kept; makes the folder.</summary>
    /// <param name="step">Steps taken.</param>
    public string CheckpointPath(int step)
    {
        string folder = Path.Combine(_path, CheckpointFolder);
        Directory.CreateDirectory(folder);
        return Path.Combine(folder, $"step-{step:00000}.safetensors");
    }

    /// <summary>Whether there is a state to resume from.</summary>
    public bool HasState => File.Exists(StatePath);

    /// <summary>Whether adapter and manifest are complete.</summary>
    public bool IsFinished => File.Exists(ManifestPath) && !File.Exists(Path.Combine(_path, TrainingFolder, RunFile));

    /// <summary>Checks, before anything is read, that the output folder may be used.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="resume">Whether an unfinished run may be in it.</param>
    /// <exception cref="InputException">It exists and may not be used.</exception>
    public static void Check(string path, bool resume)
    {
        if (File.Exists(path))
        {
            throw new InputException($"{path} is a file; --out must name a folder that does not exist yet.");
        }

        if (!Directory.Exists(path) || !Directory.EnumerateFileSystemEntries(path).Any() || HasBarelyBegun(path))
        {
            return;
        }

        if (!resume)
        {
            bool unfinished = File.Exists(Path.Combine(path, TrainingFolder, RunFile));
            throw new InputException(unfinished
                ? $"{path} holds an unfinished run; continue it with --resume, or choose another --out."
                : $"{path} exists already and is not empty; choose another --out, or delete it.");
        }

        if (!File.Exists(Path.Combine(path, TrainingFolder, RunFile)) && !File.Exists(Path.Combine(path, ManifestFile)))
        {
            throw new InputException($"{path} holds no run to resume; choose another --out, or leave --resume out.");
        }
    }

    /// <summary>Creates the folder, or takes up the run in it.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="configuration">What determines the result.</param>
    /// <exception cref="InputException">The run in the folder has another configuration, or the folder cannot be written.</exception>
    public static RunFolder Open(string path, JsonObject configuration)
    {
        RunFolder folder = new(path, configuration);
        string runFile = Path.Combine(path, TrainingFolder, RunFile);
        if (File.Exists(runFile))
        {
            folder.Compare(runFile);
            return folder;
        }

        if (folder.IsFinished)
        {
            folder.Compare(folder.ManifestPath);
            return folder;
        }

        try
        {
            Directory.CreateDirectory(Path.Combine(path, TrainingFolder));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"--out: {path} cannot be created: {FileFault.Reason(exception)}. Choose another --out.", exception);
        }

        AtomicFile.WriteAllText(runFile, configuration.ToJsonString(ManifestJson.Indented));
        return folder;
    }

    /// <summary>Removes the training state of a finished run, its mark first: a kill in between leaves a run that counts as finished.</summary>
    public void RemoveState()
    {
        string folder = Path.Combine(_path, TrainingFolder);
        if (Directory.Exists(folder))
        {
            File.Delete(Path.Combine(folder, RunFile));
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Marks the run as finished but keeps its state.</summary>
    public void KeepState()
    {
        string run = Path.Combine(_path, TrainingFolder, RunFile);
        if (File.Exists(run))
        {
            File.Move(run, Path.Combine(_path, TrainingFolder, "finished.json"), overwrite: true);
        }
    }

    // A run that was killed after it made its folder and before it wrote the first file.
    private static bool HasBarelyBegun(string path)
    {
        string training = Path.Combine(path, TrainingFolder);
        return Directory.EnumerateFileSystemEntries(path).All(entry => entry == training)
            && Directory.Exists(training)
            && Directory.EnumerateFileSystemEntries(training).All(entry => Path.GetFileName(entry) == $".{RunFile}.partial");
    }

    private void Compare(string runFile)
    {
        JsonElement root = BoundedJson.ReadObject(runFile);
        if (runFile == ManifestPath)
        {
            root = root.TryGetProperty("configuration", out JsonElement configuration) && configuration.ValueKind == JsonValueKind.Object
                ? configuration
                : throw new InputException($"{runFile} is damaged: it has no 'configuration'. Choose another --out, or delete the folder.");
        }

        IReadOnlyList<string> differences = RunDifferences.Between(JsonNode.Parse(root.GetRawText())!.AsObject(), Configuration);
        if (differences.Count > 0)
        {
            throw new InputException($"{_path} holds a run with other settings: {string.Join("; ", differences)}. Resume with the same settings and data, or choose another --out.");
        }
    }
}
