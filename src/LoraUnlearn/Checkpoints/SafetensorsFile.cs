using System.Runtime.InteropServices;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Checkpoints;

/// <summary>
/// A safetensors file, opened for reading. Its header is checked in full before anything in it is trusted; its tensors
/// are views of a private memory map, so that opening and reading touch no data until it is used.
/// </summary>
/// <remarks>The map lives as long as any tensor of it, also after <see cref="Dispose"/>. Reading is safe from several threads.</remarks>
public sealed class SafetensorsFile : IDisposable
{
    private readonly SafetensorsHeader _header;
    private readonly long _length;
    private readonly Dictionary<ScalarType, Tensor?> _maps = [];
    private readonly HashSet<string> _finite = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private bool _disposed;

    private SafetensorsFile(string path, SafetensorsHeader header, long length)
    {
        Path = path;
        _header = header;
        _length = length;
    }

    /// <summary>The file, as messages name it.</summary>
    public string Path { get; }

    /// <summary>Where each tensor lies, by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _header.Entries;

    /// <summary>The text pairs under <c>__metadata__</c>; empty where there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file and checks its header: length, JSON, types, shapes, offsets, overlaps, gaps, duplicate keys.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file.</returns>
    /// <exception cref="InputException">The file is missing or is no right safetensors file; the message says why.</exception>
    public static SafetensorsFile Open(string path) => new(path, SafetensorsHeader.Read(path), InputFile.Length(path));

    /// <summary>
    /// Reads a tensor: a view of the memory map where its offset is a multiple of its element size, otherwise a copy.
    /// U16, U32 and U64 are widened to int32, int64 and int64; F8 is decoded to float32; BOOL is copied.
    /// </summary>
    /// <remarks>The first read of a tensor streams through it once to find NaN and infinities, which no weight, factor or statistic may be.</remarks>
    /// <param name="name">The tensor's name.</param>
    /// <returns>A CPU tensor of the entry's shape, which the caller owns. Writing to it never changes the file.</returns>
    /// <exception cref="InputException">There is no such tensor, a value of it is NaN or infinite, or a U64 value is too large for int64.</exception>
    /// <exception cref="ObjectDisposedException">The file was disposed.</exception>
    public Tensor Read(string name)
    {
        RequireFinite(Entry(name));
        return ReadAsStored(name);
    }

    /// <summary>Reads a tensor whatever its values, NaN and infinities too; otherwise as <see cref="Read"/>.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="InputException">There is no such tensor, or a U64 value is too large for int64.</exception>
    public Tensor ReadAsStored(string name)
    {
        SafetensorsEntry entry = Entry(name);
        using DisposeScope scope = NewDisposeScope();
        Libtorch.Load();
        Tensor flat = entry.Count == 0 ? empty([0], entry.Type.Storage) : MapOrCopy(entry);
        return StoredBits.Decode(flat, entry.Type, $"{Path}: tensor '{name}'").view(entry.Shape).MoveToOuterDisposeScope();
    }

    /// <summary>Forgets the maps; tensors already read stay valid.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (Tensor? map in _maps.Values)
            {
                map?.Dispose();
            }

            _maps.Clear();
        }
    }

    private SafetensorsEntry Entry(string name) => Entries.TryGetValue(name, out SafetensorsEntry? entry)
        ? entry
        : throw new InputException($"{Path}: there is no tensor '{BoundedJson.Shorten(name)}'.{NearestName.List(name, Entries.Keys)}");

    private void RequireFinite(SafetensorsEntry entry)
    {
        lock (_lock)
        {
            if (_finite.Contains(entry.Name))
            {
                return;
            }
        }

        long? place;
        try
        {
            using FileStream stream = InputFile.Open(Path);
            place = FiniteCheck.FirstNotFinite(stream, entry);
        }
        catch (IOException error)
        {
            throw new InputException($"{Path}: cannot read tensor '{entry.Name}': {FileFault.Reason(error)}.", error);
        }

        if (place is not null)
        {
            throw FiniteCheck.Fault(Path, entry, place.Value);
        }

        lock (_lock)
        {
            _finite.Add(entry.Name);
        }
    }

    private Tensor MapOrCopy(SafetensorsEntry entry)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            bool aligned = entry.Offset % entry.Type.Size == 0;
            return aligned && Map(entry.Type) is Tensor map
                ? map.narrow(0, entry.Offset / entry.Type.Size, entry.Count)
                : Copy(entry);
        }
    }

    /// <summary>
    /// The whole file as elements of a type; null where the system refuses the map (a private map counts against its
    /// memory limit on some), so that tensors are copied one by one instead.
    /// </summary>
    private Tensor? Map(SafetensorsDType type)
    {
        if (!_maps.TryGetValue(type.Storage, out Tensor? map))
        {
            try
            {
                map = from_file(Path, false, _length / type.Size, type.Storage).DetachFromDisposeScope();
            }
            catch (ExternalException)
            {
                map = null;
            }

            _maps.Add(type.Storage, map);
        }

        return map;
    }

    private Tensor Copy(SafetensorsEntry entry)
    {
        Tensor copy = empty([entry.Count], entry.Type.Storage);
        using FileStream stream = InputFile.Open(Path);
        stream.Position = entry.Offset;
        try
        {
            TensorBytes.ReadFrom(stream, copy);
        }
        catch (IOException error)
        {
            throw new InputException($"{Path}: cannot read tensor '{entry.Name}': {FileFault.Reason(error)}.", error);
        }

        return copy;
    }
}
