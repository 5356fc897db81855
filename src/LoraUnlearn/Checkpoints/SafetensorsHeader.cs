using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;

namespace LoraUnlearn.Checkpoints;

/// <summary>
/// The header of a safetensors file, checked in full: an 8-byte length, then a JSON object
/// <c>{"__metadata__": {string: string}, name: {"dtype", "shape", "data_offsets": [begin, end)}}</c>, then the data.
/// </summary>
/// <param name="Entries">The tensors by name.</param>
/// <param name="Metadata">The free text pairs of <c>__metadata__</c>.</param>
internal sealed record SafetensorsHeader(
    IReadOnlyDictionary<string, SafetensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The longest header that is read, as in the reference implementation.</summary>
    public const long MaximumLength = 100_000_000;

    /// <summary>Bytes before the header: its length, 64-bit little-endian.</summary>
    public const int LengthBytes = 8;

    /// <summary>Reads and checks the header of a file; nothing after the header is read.</summary>
    /// <exception cref="InputException">The file is unreadable or its header is not right.</exception>
    public static SafetensorsHeader Read(string path)
    {
        using FileStream stream = InputFile.Open(path);
        try
        {
            long fileLength = stream.Length;
            byte[] json = ReadJson(path, stream, fileLength);
            long dataStart = LengthBytes + json.Length;
            SafetensorsHeaderParser parser = new(path, json, dataStart);
            SafetensorsHeader header = parser.Parse();
            SafetensorsLayout.Check(path, header.Entries.Values, dataStart, fileLength);
            return header;
        }
        catch (IOException error)
        {
            throw new InputException($"{path}: cannot read the header: {FileFault.Reason(error)}.", error);
        }
        catch (JsonException error)
        {
            throw new InputException($"{path}: the header is not valid JSON: {BoundedJson.Reason(error)}", error);
        }
    }

    private static byte[] ReadJson(string path, FileStream stream, long fileLength)
    {
        if (fileLength < LengthBytes)
        {
            throw new InputException($"{path}: found {fileLength} bytes, expected a safetensors file, which begins with 8 bytes of header length.");
        }

        Span<byte> prefix = stackalloc byte[LengthBytes];
        stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaximumLength || (long)length > fileLength - LengthBytes)
        {
            throw new InputException(
                $"{path}: the header claims {length} bytes, expected at most {Math.Min(MaximumLength, fileLength - LengthBytes)}. " +
                "The file is truncated, or is not a safetensors file.");
        }

        byte[] json = new byte[length];
        stream.ReadExactly(json);
        if (json.Length == 0 || json[0] != (byte)'{' || !Utf8.IsValid(json))
        {
            throw new InputException($"{path}: the header is not a UTF-8 JSON object; the file is damaged, or is not a safetensors file.");
        }

        return json;
    }
}
