using System.Buffers;
using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;

namespace LoraUnlearn.Checkpoints;

/// <summary>
/// A safetensors file that is made from others while it is written: each part goes to its place from the cache of the processor that made
/// it, and a part for each processor is all that is in memory.
/// </summary>
/// <param name="Name">Its name, without a folder.</param>
/// <param name="Header">Everything in front of the data.</param>
/// <param name="Tensors">The tensors in the order of the file.</param>
internal sealed record StreamedFile(string Name, byte[] Header, IReadOnlyList<StreamedTensor> Tensors)
{
    /// <summary>The length of the file.</summary>
    public long Length => Header.Length + Tensors.Sum(tensor => tensor.ByteCount);

    /// <summary>Writes the file into a folder, atomically.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="advance">Told the bytes of each part, from several threads.</param>
    /// <param name="cancellation">Stops the work; nothing is left then.</param>
    /// <exception cref="InputException">A source cannot be read, or the file cannot be written.</exception>
    public void Write(string folder, Action<long> advance, CancellationToken cancellation) => AtomicFile.WriteFile(Path.Combine(folder, Name), stream =>
    {
        stream.Write(Header);
        stream.Flush();
        SafeFileHandle file = stream.SafeFileHandle;
        long place = Header.Length;
        foreach (StreamedTensor tensor in Tensors)
        {
            try
            {
                Write(tensor, file, place, advance, cancellation);
            }
            finally
            {
                tensor.Release();
            }

            place += tensor.ByteCount;
        }
    });

    private static void Write(StreamedTensor tensor, SafeFileHandle file, long place, Action<long> advance, CancellationToken cancellation)
    {
        try
        {
            Parallel.For(0, (tensor.Count + tensor.PartSize - 1) / tensor.PartSize, part =>
            {
                cancellation.ThrowIfCancellationRequested();
                long first = part * tensor.PartSize;
                int length = checked((int)(Math.Min(tensor.PartSize, tensor.Count - first) * tensor.Type.Size));
                byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
                try
                {
                    tensor.Fill(first, new ArraySegment<byte>(buffer, 0, length));
                    RandomAccess.Write(file, buffer.AsSpan(0, length), place + (first * tensor.Type.Size));
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }

                advance(length);
            });
        }
        catch (AggregateException error)
        {
            ExceptionDispatchInfo.Capture(error.InnerExceptions[0]).Throw();
        }
    }
}
