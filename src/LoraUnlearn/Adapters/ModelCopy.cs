using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>Copies everything that a model folder holds beside its weights: configuration, tokenizer, chat templates, code, licence, folders.</summary>
internal static class ModelCopy
{
    private const string IndexEnding = ".index.json";

    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] Weights =
        [".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".pkl", ".gguf", ".ggml", ".h5", ".msgpack", ".npz", ".onnx", ".onnx_data", ".tflite", ".ot", ".mlmodel"];

    /// <summary>Files that would make a loader, or a person, take the copy for something else.</summary>
    private static readonly string[] Excluded = [PeftConfig.FileName, "unlearn_manifest.json", "finetune_manifest.json", "trainer_state.json", "training_args.json"];

    /// <summary>
    /// Writes a model folder as a whole: weights made anew, and the files and folders of another model beside them; never weights of
    /// its own in any format, nor a folder that holds some (an adapter, a checkpoint, the same model in another format), nor what is hidden.
    /// </summary>
    /// <param name="model">The model whose other files are copied.</param>
    /// <param name="weights">The weight files.</param>
    /// <param name="output">The folder; it must not exist, or be empty.</param>
    /// <param name="options">Type, progress, cancellation.</param>
    /// <param name="configure">Changes what config.json says of the weights; or null.</param>
    /// <param name="added">Files that the model did not have: name and text.</param>
    /// <exception cref="InputException">A file cannot be read or written, or they do not fit on the disk.</exception>
    public static void Write(
        ModelFolder model,
        IReadOnlyList<StreamedFile> weights,
        string output,
        MergeOptions options,
        Action<JsonObject>? configure = null,
        params IReadOnlyList<(string Name, string Text)> added)
    {
        OutputFolder.RequireFree(output);
        List<(string From, string To)> others = [.. Files(model)];
        long total = weights.Sum(file => file.Length), done = 0;
        FreeSpace.Require(output, [.. weights.Select(file => file.Length), .. others.Select(file => new FileInfo(file.From).Length)]);
        OutputFolder.WriteNew(output, folder =>
        {
            StreamedFiles.Write(weights, folder, Advance, options.Cancellation);
            foreach ((string from, string to) in others)
            {
                options.Cancellation.ThrowIfCancellationRequested();
                string target = Path.Combine(folder, to);
                OutputFolder.Create(Path.GetDirectoryName(target)!);
                Copy(from, target, Rewritten(model, from, to, weights, options.Dtype, configure));
            }

            foreach ((string name, string text) in added)
            {
                AtomicFile.WriteAllText(Path.Combine(folder, name), text);
            }
        });

        void Advance(long bytes)
        {
            lock (weights)
            {
                options.Progress?.Invoke(done += bytes, total);
            }
        }
    }

    // What the other files say of the weights follows the weights.
    private static byte[]? Rewritten(ModelFolder model, string file, string name, IReadOnlyList<StreamedFile> weights, ScalarType? dtype, Action<JsonObject>? configure)
    {
        bool isIndex = name == Path.GetFileName(model.Weights.Path), isConfig = name == ModelFolder.ConfigName;
        if ((dtype is null && configure is null) || !(isIndex || isConfig))
        {
            return null;
        }

        JsonObject json = JsonNode.Parse(File.ReadAllBytes(file), documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })!.AsObject();
        if (isIndex && json["metadata"] is JsonObject metadata)
        {
            metadata["total_size"] = weights.Sum(shard => shard.Tensors.Sum(tensor => tensor.ByteCount));
        }
        if (isIndex && configure is not null)
        {
            json["weight_map"] = new JsonObject(weights.SelectMany(shard => shard.Tensors.Select(tensor => KeyValuePair.Create(tensor.Name, (JsonNode?)shard.Name))).OrderBy(pair => pair.Key, StringComparer.Ordinal));
        }

        if (isConfig)
        {
            if (dtype is { } type)
            {
                json[json.ContainsKey("dtype") ? "dtype" : "torch_dtype"] = type.ToString().ToLowerInvariant();
            }

            configure?.Invoke(json);
        }

        return Encoding.UTF8.GetBytes(json.ToJsonString(Layout) + "\n");
    }

    private static IEnumerable<(string From, string To)> Files(ModelFolder model)
    {
        string index = Path.GetFileName(model.Weights.Path);
        foreach (string file in Directory.EnumerateFiles(model.Path).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file);
            if (name == index ? name.EndsWith(IndexEnding, StringComparison.Ordinal) : IsWanted(file))
            {
                yield return (file, name);
            }
        }

        foreach ((string From, string To) file in InFolders(model.Path, ""))
        {
            yield return file;
        }
    }

    private static IEnumerable<(string From, string To)> InFolders(string from, string to)
    {
        // Not through links to folders: they could lead anywhere, and round in circles.
        foreach (DirectoryInfo folder in new DirectoryInfo(from).EnumerateDirectories().OrderBy(folder => folder.Name, StringComparer.Ordinal))
        {
            if (folder.Name.StartsWith('.') || folder.LinkTarget is not null || folder.EnumerateFiles().Any(file => IsWeights(file.Name)))
            {
                continue;
            }

            string place = Path.Combine(to, folder.Name);
            foreach (string file in Directory.EnumerateFiles(folder.FullName).Where(IsWanted).Order(StringComparer.Ordinal))
            {
                yield return (file, Path.Combine(place, Path.GetFileName(file)));
            }

            foreach ((string From, string To) file in InFolders(folder.FullName, place))
            {
                yield return file;
            }
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

    private static void Copy(string file, string target, byte[]? rewritten)
    {
        if (rewritten is not null)
        {
            AtomicFile.WriteAllBytes(target, rewritten);
            return;
        }

        using FileStream stream = InputFile.Open(file, allowEmpty: true);
        AtomicFile.Write(target, stream.CopyTo);
    }
}
