using System.Text.Json;

namespace LoraUnlearn.Checkpoints;

/// <summary>An index of sharded weights: <c>{"weight_map": {tensor: file}}</c>, the files in the same folder.</summary>
internal sealed class ShardIndex
{
    private const int MaximumShards = 10_000;

    private readonly string _folder;

    private ShardIndex(string path, Dictionary<string, string> shardOf)
    {
        _folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        ShardOf = shardOf;
        Shards = [.. shardOf.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>By tensor name the name of the file that holds it.</summary>
    public IReadOnlyDictionary<string, string> ShardOf { get; }

    /// <summary>The files' names, each once, in ordinal order.</summary>
    public IReadOnlyList<string> Shards { get; }

    /// <summary>Reads an index and checks that every file it names is in its folder.</summary>
    /// <exception cref="InputException">It is malformed, names a file elsewhere, or a file is missing.</exception>
    public static ShardIndex Read(string path)
    {
        JsonElement root = BoundedJson.ReadObject(path);
        if (!root.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
        {
            throw new InputException($"{path}: 'weight_map' is missing or is not an object; expected {{\"weight_map\": {{tensor: file}}}}.");
        }

        Dictionary<string, string> shardOf = new(StringComparer.Ordinal);
        foreach (JsonProperty pair in map.EnumerateObject())
        {
            shardOf.Add(pair.Name, ShardName(path, pair));
        }

        ShardIndex index = new(path, shardOf);
        if (index.Shards.Count is 0 or > MaximumShards)
        {
            throw new InputException($"{path}: 'weight_map' names {index.Shards.Count} files, expected 1 to {MaximumShards}.");
        }

        index.RequireAllShards(path);
        return index;
    }

    public string PathOf(string shard) => Path.Combine(_folder, shard);

    private static string ShardName(string path, JsonProperty pair)
    {
        string? name = pair.Value.ValueKind == JsonValueKind.String ? pair.Value.GetString() : null;
        bool plain = name is not null && name.IndexOfAny(['/', '\\', '\0']) < 0
            && name.EndsWith(".safetensors", StringComparison.Ordinal);
        return plain
            ? name!
            : throw new InputException(
                $"{path}: weight_map '{BoundedJson.Shorten(pair.Name)}': found {BoundedJson.Describe(pair.Value)}, " +
                "expected the name of a .safetensors file in the same folder.");
    }

    private void RequireAllShards(string path)
    {
        string[] missing = [.. Shards.Where(shard => !File.Exists(PathOf(shard)))];
        if (missing.Length > 0)
        {
            string more = missing.Length > 1 ? $" and {missing.Length - 1} more" : string.Empty;
            throw new InputException(
                $"{path}: {missing.Length} of {Shards.Count} weight files are missing: {BoundedJson.Shorten(missing[0])}{more}; get the whole folder.");
        }
    }
}
