using System.Text.Json;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Outputs;
using LoraUnlearn.Training;

namespace LoraUnlearn.Reporting;

/// <summary>What a finished run left in its folder: the manifest, and the log of its steps.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Manifest">The manifest.</param>
/// <param name="Steps">The log; null where the folder has none.</param>
public sealed record RunRecord(string Folder, JsonElement Manifest, IReadOnlyList<StepEntry>? Steps)
{
    /// <summary>Reads the folder.</summary>
    /// <param name="folder">An adapter folder as <c>unlearn</c> writes it.</param>
    /// <exception cref="InputException">It has no manifest, or a file in it is not right.</exception>
    public static RunRecord Read(string folder)
    {
        string path = Path.Combine(folder, RunFolder.ManifestFile);
        return File.Exists(path)
            ? new RunRecord(folder, BoundedJson.ReadObject(path), StepLog.Read(folder))
            : throw new InputException($"{folder}: there is no {RunFolder.ManifestFile}; expected the folder of a finished run, as unlearn --out writes it.");
    }

    /// <summary>The folder's name.</summary>
    public string Name => FolderName.Of(Folder);
}
