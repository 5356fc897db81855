namespace LoraUnlearn.Checkpoints;

/// <summary>The weight files of a model, open to be read in pieces and written anew.</summary>
internal sealed class OpenShards : IDisposable
{
    private readonly List<(string Path, FileStream File, SafetensorsHeader Header)> _shards = [];
    private readonly Dictionary<string, StoredTensor> _tensors = new(StringComparer.Ordinal);

    private OpenShards()
    {
    }

    /// <summary>Opens the files of a model.</summary>
    /// <exception cref="InputException">One cannot be read, or is no longer right.</exception>
    public static OpenShards Of(TensorSource weights)
    {
        OpenShards shards = new();
        try
        {
            foreach (string path in weights.Files)
            {
                SafetensorsHeader header = SafetensorsHeader.Read(path);
                FileStream file = InputFile.Open(path);
                shards._shards.Add((path, file, header));
                foreach (SafetensorsEntry entry in header.Entries.Values)
                {
                    shards._tensors.TryAdd(entry.Name, new StoredTensor(file.SafeFileHandle, path, entry));
                }
            }

            return shards;
        }
        catch
        {
            shards.Dispose();
            throw;
        }
    }

    /// <summary>A tensor by name.</summary>
    public StoredTensor Tensor(string name) => _tensors[name];

    /// <summary>
    /// The files as they will be written: with the very header where types and shapes stay, so that what is not changed stays bit for bit.
    /// </summary>
    /// <param name="make">What becomes of each tensor, under the same name.</param>
    /// <exception cref="InputException">A type cannot be written in a header of ours.</exception>
    public IReadOnlyList<StreamedFile> Files(Func<StoredTensor, StreamedTensor> make) => FilesOf(stored => [make(stored)]);

    /// <summary>The same where a tensor may become several, or none.</summary>
    /// <param name="make">What becomes of each tensor.</param>
    /// <exception cref="InputException">A type cannot be written in a header of ours.</exception>
    public IReadOnlyList<StreamedFile> FilesOf(Func<StoredTensor, IReadOnlyList<StreamedTensor>> make) => [.. _shards.Select(shard => FileOf(shard.Path, shard.File, shard.Header, make))];

    /// <inheritdoc/>
    public void Dispose() => _shards.ForEach(shard => shard.File.Dispose());

    private static StreamedFile FileOf(string path, FileStream file, SafetensorsHeader header, Func<StoredTensor, IReadOnlyList<StreamedTensor>> make)
    {
        SafetensorsEntry[] ordered = [.. header.Entries.Values.OrderBy(entry => entry.Offset).ThenBy(entry => entry.ByteCount)];
        StreamedTensor[] tensors = [.. ordered.SelectMany(entry => make(new StoredTensor(file.SafeFileHandle, path, entry)))];
        string name = Path.GetFileName(path);
        if (tensors.Length == ordered.Length && tensors.Zip(ordered).All(pair => IsAsStored(pair.First, pair.Second)))
        {
            byte[] bytes = new byte[ordered.Length > 0 ? ordered[0].Offset : file.Length];
            new StoredTensor(file.SafeFileHandle, path, new SafetensorsEntry("the header", "U8", [bytes.Length], 0, bytes.Length)).Read(0, bytes);
            return new StreamedFile(name, bytes, tensors);
        }

        Dictionary<string, StreamedTensor> byName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (StreamedTensor tensor in tensors)
        {
            if (SafetensorsDType.ToWrite(tensor.Type.Result).Name != tensor.Type.Name)
            {
                throw new InputException(
                    $"{path}: '{BoundedJson.Shorten(tensor.Name)}' is stored as {tensor.Type.Name}, which stays only where every type stays; merge into the model's unquantised weights instead.");
            }
        }

        (TensorDeclaration[] declarations, byte[] layout) = SafetensorsWriter.Layout(tensors.Select(tensor => new TensorDeclaration(tensor.Name, tensor.Type.Result, tensor.Shape)), header.Metadata);
        return new StreamedFile(name, layout, [.. declarations.Select(declaration => byName[declaration.Name])]);
    }

    private static bool IsAsStored(StreamedTensor tensor, SafetensorsEntry entry) =>
        tensor.Name == entry.Name && tensor.Type.Name == entry.DType && tensor.Shape.AsSpan().SequenceEqual(entry.Shape);
}
