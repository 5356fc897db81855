namespace LoraUnlearn.Checkpoints;

/// <summary>Says what to do with weights in a format that is not read: pickles can run code when opened, so they never are.</summary>
internal static class UnreadableWeights
{
    private static readonly string[] Pickles = [".bin", ".pt", ".pth", ".ckpt", ".pkl"];
    private static readonly string[] Others = [".gguf", ".ggml", ".h5", ".msgpack", ".npz", ".onnx"];

    /// <summary>Refuses a file of such a format by its name.</summary>
    /// <exception cref="InputException">The name ends like one of them.</exception>
    public static void Reject(string path)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        if (Pickles.Contains(extension) || Others.Contains(extension))
        {
            throw new InputException($"{path}: {Conversion(extension)}");
        }
    }

    /// <summary>What to say of a folder without safetensors weights; begins with a space.</summary>
    public static string Advice(string folder)
    {
        string[] files = [.. Directory.EnumerateFiles(folder).Take(10_000).Order(StringComparer.Ordinal)];
        foreach (string extension in Pickles.Concat(Others))
        {
            if (Array.Find(files, file => IsWeights(file, extension)) is string found)
            {
                return $" {Path.GetFileName(found)}: {Conversion(extension)}";
            }
        }

        return $" Expected {TensorSource.SingleFileName}, or {TensorSource.IndexFileName} and the files it names.";
    }

    /// <summary>Whether a file is weights of this format; a trainer leaves training_args.bin and optimizer.pt beside good weights.</summary>
    private static bool IsWeights(string file, string extension)
    {
        string name = Path.GetFileName(file);
        return name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)
            && !name.StartsWith("training_args", StringComparison.Ordinal)
            && !name.StartsWith("optimizer", StringComparison.Ordinal)
            && !name.StartsWith("scheduler", StringComparison.Ordinal)
            && !name.StartsWith("rng_state", StringComparison.Ordinal);
    }

    private static string Conversion(string extension) => Array.IndexOf(Pickles, extension) >= 0
        ? $"{extension} weights are Python pickles, which can run code when opened, so they are not read. Convert them once, in Python: " +
            "model = AutoModelForCausalLM.from_pretrained(dir); model.save_pretrained(dir, safe_serialization=True)"
        : extension == ".gguf"
            ? ".gguf weights are not read. Use the model's original safetensors folder, or convert once, in Python: " +
                "model = AutoModelForCausalLM.from_pretrained(dir, gguf_file=name); model.save_pretrained(out, safe_serialization=True)"
            : $"{extension} weights are not read. Convert them once, in Python: " +
                "load the model with transformers, then model.save_pretrained(dir, safe_serialization=True)";
}
