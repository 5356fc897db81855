using System.Buffers.Binary;
using System.Text;

namespace LoraUnlearn.Tests.Checkpoints;

/// <summary>Puts safetensors files together by hand: 8 bytes of length, the header as given, the data as given.</summary>
internal static class SafetensorsBytes
{
    public static byte[] File(string header, params byte[] data) => File((ulong)Encoding.UTF8.GetByteCount(header), Encoding.UTF8.GetBytes(header), data);

    public static byte[] File(ulong claimedLength, byte[] header, byte[] data)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, claimedLength);
        return [.. length, .. header, .. data];
    }

    /// <summary>A file with one tensor "x"; the header is padded so that the data begins at a multiple of 8, plus the given shift.</summary>
    public static byte[] OneTensor(string dtype, string shape, byte[] data, int shift = 0)
    {
        string header = $$$"""{"x":{"dtype":"{{{dtype}}}","shape":{{{shape}}},"data_offsets":[0,{{{data.Length}}}]}}""";
        int padding = (8 - (header.Length % 8)) % 8;
        return File(header + new string(' ', padding + shift), data);
    }
}
