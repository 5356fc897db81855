using static TorchSharp.torch;

namespace LoraUnlearn.Checkpoints;

/// <summary>Moves the bytes of contiguous CPU tensors to and from streams, piece by piece: a span ends at 2 GiB, a tensor does not.</summary>
internal static class TensorBytes
{
    private const long ChunkBytes = 1 << 26;

    /// <summary>Fills a flat tensor [n] from a stream.</summary>
    /// <exception cref="EndOfStreamException">The stream ended before the tensor was full.</exception>
    public static void ReadFrom(Stream stream, Tensor flat) => ForEachChunk(flat, chunk => stream.ReadExactly(chunk.bytes));

    /// <summary>Writes the elements of a tensor of any shape, device and layout to a stream in row-major order.</summary>
    public static void WriteTo(Stream stream, Tensor values)
    {
        using Tensor detached = values.detach();
        using Tensor onCpu = detached.cpu();
        using Tensor contiguous = onCpu.contiguous();
        using Tensor flat = contiguous.view(-1);
        ForEachChunk(flat, chunk => stream.Write(chunk.bytes));
    }

    private static void ForEachChunk(Tensor flat, Action<Tensor> action)
    {
        long count = flat.NumberOfElements;
        long chunkElements = ChunkBytes / flat.ElementSize;
        for (long start = 0; start < count; start += chunkElements)
        {
            using Tensor chunk = flat.narrow(0, start, Math.Min(chunkElements, count - start));
            action(chunk);
        }
    }
}
