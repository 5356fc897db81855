using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Adapters;

/// <summary>Copies everything that a model folder holds beside its weights: configuration, tokenizer, chat templates, code, licence, folders.</summary>
internal static class ModelCopy
{
    private const string IndexEnding = ".index.json";

    private static readonly string[] Weights =
        [".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".pkl", ".gguf", ".ggml", ".h5", ".msgpack", ".npz", ".onnx", ".onnx_data", ".tflite", ".ot", ".mlmodel"];

    /// <summary>Files that would make a loader, or a person, take the copy for something else.</summary>
    private static readonly string[] Excluded = [PeftConfig.FileName, "unlearn_manifest.json", "trainer_state.json", "training_args.json"];

    /// <summary>
    /// Copies the files and folders of a model folder, and the index of its weights; never weights, in any format, nor a folder that
    /// holds some (an adapter, a checkpoint, the same model in another format), nor what is hidden.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="output">The folder to copy into.</param>
    /// <exception cref="InputException">A file cannot be read or written.</exception>
    public static void CopyOtherFiles(ModelFolder model, string output)
    {
        string index = Path.GetFileName(model.Weights.Path);
        foreach (string file in Directory.EnumerateFiles(model.Path).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file);
            if (name == index ? name.EndsWith(IndexEnding, StringComparison.Ordinal) : IsWanted(file))
            {
                Copy(file, Path.Combine(output, name));
            }
        }

        CopyFolders(model.Path, output);
    }

    private static void CopyFolders(string from, string to)
    {
        // Not through links to folders: they could lead anywhere, and round in circles.
        foreach (DirectoryInfo folder in new DirectoryInfo(from).EnumerateDirectories().OrderBy(folder => folder.Name, StringComparer.Ordinal))
        {
            if (folder.Name.StartsWith('.') || folder.LinkTarget is not null || folder.EnumerateFiles().Any(file => IsWeights(file.Name)))
            {
                continue;
            }

            string target = Path.Combine(to, folder.Name);
            OutputFolder.Create(target);
            foreach (string file in Directory.EnumerateFiles(folder.FullName).Where(IsWanted).Order(StringComparer.Ordinal))
            {
                Copy(file, Path.Combine(target, Path.GetFileName(file)));
            }

            CopyFolders(folder.FullName, target);
        }
    }

    private static bool IsWanted(string file)
    {
        string name = Path.GetFileName(file);
        return !name.StartsWith('.')
            && !name.EndsWith(IndexEnding, StringComparison.OrdinalIgnoreCase)
            && !Excluded.Contains(name, StringComparer.OrdinalIgnoreCase)
            && !IsWeights(name)
            && FileFacts.Of(file).Kind == FileKind.File;
    }

    private static bool IsWeights(string name) => Weights.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);

    private static void Copy(string file, string target)
    {
        using FileStream stream = InputFile.Open(file, allowEmpty: true);
        AtomicFile.Write(target, stream.CopyTo);
    }
}
