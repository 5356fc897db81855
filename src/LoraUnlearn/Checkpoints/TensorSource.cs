using static TorchSharp.torch;

namespace LoraUnlearn.Checkpoints;

/// <summary>The tensors of a model: one safetensors file, or several named by an index (<c>model.safetensors.index.json</c>).</summary>
public sealed class TensorSource : ITensorSource, IDisposable
{
    /// <summary>The name of a model's weights where they are one file.</summary>
    public const string SingleFileName = "model.safetensors";

    /// <summary>The name of the index where a model's weights are several files.</summary>
    public const string IndexFileName = "model.safetensors.index.json";

    private readonly Dictionary<string, SafetensorsFile> _fileOf;
    private readonly SafetensorsFile[] _files;

    private TensorSource(string path, SafetensorsFile[] files, Dictionary<string, SafetensorsFile> fileOf)
    {
        Path = path;
        _files = files;
        _fileOf = fileOf;
        Entries = fileOf.ToDictionary(pair => pair.Key, pair => pair.Value.Entries[pair.Key], StringComparer.Ordinal);
    }

    /// <summary>The safetensors file or the index.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public string Description => Path;

    /// <summary>The safetensors files, ordered by name.</summary>
    public IReadOnlyList<string> Files => [.. _files.Select(file => file.Path)];

    /// <summary>All tensors by name; each offset counts from the start of the file that holds the tensor.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries { get; }

    /// <inheritdoc/>
    public IEnumerable<string> Names => Entries.Keys;

    /// <summary>Opens the weights of a folder, a safetensors file, or an index.</summary>
    /// <param name="folderOrFile">
    /// A folder with <c>model.safetensors</c>, with its index, or with a single other safetensors file; or such a file itself.
    /// </param>
    /// <returns>The open source.</returns>
    /// <exception cref="InputException">There are no weights, the index is broken, or a file is missing or not right.</exception>
    public static TensorSource Open(string folderOrFile)
    {
        string path = Directory.Exists(folderOrFile) ? FindIn(folderOrFile) : folderOrFile;
        return path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? OpenIndex(path) : OpenFile(path);
    }

    /// <summary>Whether the headers name such a tensor; nothing is read.</summary>
    /// <param name="name">The tensor's name.</param>
    public bool Contains(string name) => _fileOf.ContainsKey(name);

    /// <summary>Reads a tensor; see <see cref="SafetensorsFile.Read"/>.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <returns>A CPU tensor, which the caller owns.</returns>
    /// <exception cref="InputException">There is no such tensor; the message lists near names.</exception>
    public Tensor Read(string name) => _fileOf.TryGetValue(name, out SafetensorsFile? file)
        ? file.Read(name)
        : throw new InputException(
            $"{Path}: the tensor '{name}' is missing: found {Entries.Count} others.{NearestName.List(name, Entries.Keys)}");

    /// <summary>Closes the files; tensors already read stay valid.</summary>
    public void Dispose()
    {
        foreach (SafetensorsFile file in _files)
        {
            file.Dispose();
        }
    }

    private static string FindIn(string folder)
    {
        foreach (string name in new[] { SingleFileName, IndexFileName })
        {
            string candidate = System.IO.Path.Combine(folder, name);
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        string[] others = Directory.GetFiles(folder, "*.safetensors");
        return others.Length switch
        {
            1 => others[0],
            0 => throw new InputException($"{folder}: no weights found.{UnreadableWeights.Advice(folder)}"),
            _ => throw new InputException(
                $"{folder}: found {others.Length} safetensors files but neither {SingleFileName} nor {IndexFileName}, " +
                "which says which tensor is where; get the index too."),
        };
    }

    private static TensorSource OpenFile(string path)
    {
        UnreadableWeights.Reject(path);
        SafetensorsFile file = SafetensorsFile.Open(path);
        return new TensorSource(path, [file], file.Entries.Keys.ToDictionary(name => name, _ => file, StringComparer.Ordinal));
    }

    private static TensorSource OpenIndex(string path)
    {
        ShardIndex index = ShardIndex.Read(path);
        Dictionary<string, SafetensorsFile> byShard = new(StringComparer.Ordinal);
        foreach (string shard in index.Shards)
        {
            byShard.Add(shard, SafetensorsFile.Open(index.PathOf(shard)));
        }

        Dictionary<string, SafetensorsFile> fileOf = new(StringComparer.Ordinal);
        foreach ((string tensor, string shard) in index.ShardOf)
        {
            fileOf.Add(tensor, byShard[shard].Entries.ContainsKey(tensor)
                ? byShard[shard]
                : throw new InputException($"{path}: the tensor '{BoundedJson.Shorten(tensor)}' should be in {shard}, but is not; get both files again."));
        }

        return new TensorSource(path, [.. index.Shards.Select(shard => byShard[shard])], fileOf);
    }
}
