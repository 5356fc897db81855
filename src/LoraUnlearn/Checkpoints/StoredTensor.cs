using Microsoft.Win32.SafeHandles;

namespace LoraUnlearn.Checkpoints;

/// <summary>A tensor in a file, read a piece at a time from several threads, without a map: what is read takes no more memory than its buffer.</summary>
internal sealed class StoredTensor
{
    private readonly SafeFileHandle _file;
    private readonly string _path;

    /// <summary>Describes a tensor.</summary>
    /// <param name="file">The open file; it stays the caller's.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="entry">Where the tensor lies in it.</param>
    public StoredTensor(SafeFileHandle file, string path, SafetensorsEntry entry)
    {
        (_file, _path, Entry) = (file, path, entry);
    }

    /// <summary>Its name, type, shape and place.</summary>
    public SafetensorsEntry Entry { get; }

    /// <summary>Reads some elements as they are stored.</summary>
    /// <param name="first">The first element, row-major.</param>
    /// <param name="bytes">Room for whole elements; all of it is filled.</param>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public void Read(long first, Span<byte> bytes)
    {
        long position = Entry.Offset + (first * Entry.Type.Size);
        try
        {
            for (int done = 0; done < bytes.Length;)
            {
                int count = RandomAccess.Read(_file, bytes[done..], position + done);
                done += count > 0 ? count : throw new EndOfStreamException();
            }
        }
        catch (IOException error)
        {
            throw new InputException($"{_path}: cannot read tensor '{BoundedJson.Shorten(Entry.Name)}': {FileFault.Reason(error)}.", error);
        }
    }

    /// <summary>Checks that stored elements are finite, which weights must be.</summary>
    /// <param name="first">The place of the first element.</param>
    /// <param name="bytes">The elements.</param>
    /// <exception cref="InputException">One is NaN or infinite.</exception>
    public void RequireFinite(long first, ReadOnlySpan<byte> bytes)
    {
        int place = FiniteCheck.Find(bytes, Entry.DType);
        if (place >= 0)
        {
            throw FiniteCheck.Fault(_path, Entry, first + place);
        }
    }
}
