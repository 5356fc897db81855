using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Adapters;

/// <summary>Copies what a model folder holds beside its weights: configuration, tokenizer, generation settings, licence.</summary>
internal static class ModelCopy
{
    private const string IndexEnding = ".index.json";

    private static readonly string[] Extensions = [".json", ".model", ".txt", ".jinja", ".tiktoken", ".py"];
    private static readonly string[] Licences = ["LICENSE", "LICENCE", "NOTICE", "COPYING"];

    /// <summary>Files that would make a loader, or a person, take the copy for something else.</summary>
    private static readonly string[] Excluded = [PeftConfig.FileName, "unlearn_manifest.json", "trainer_state.json", "training_args.json"];

    /// <summary>Copies the files of the folder itself, and the index of the weights; never weights, in any format.</summary>
    /// <exception cref="InputException">A file cannot be read or written.</exception>
    public static void CopyOtherFiles(ModelFolder model, string output)
    {
        string index = Path.GetFileName(model.Weights.Path);
        foreach (string file in Directory.EnumerateFiles(model.Path).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file);
            if (name == index ? name.EndsWith(IndexEnding, StringComparison.Ordinal) : IsWanted(name))
            {
                Copy(file, Path.Combine(output, name));
            }
        }
    }

    private static bool IsWanted(string name) =>
        !name.StartsWith('.')
        && !name.EndsWith(IndexEnding, StringComparison.OrdinalIgnoreCase)
        && !Excluded.Contains(name, StringComparer.OrdinalIgnoreCase)
        && (Extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase)
            || Licences.Any(licence => name.StartsWith(licence, StringComparison.OrdinalIgnoreCase)));

    private static void Copy(string file, string target)
    {
        using FileStream stream = InputFile.Open(file);
        AtomicFile.Write(target, stream.CopyTo);
    }
}
