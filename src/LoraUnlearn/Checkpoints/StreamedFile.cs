namespace LoraUnlearn.Checkpoints;

/// <summary>
/// A safetensors file that is made from others while it is written: one chunk is computed while the one before is on its way to the disk,
/// and that is all that is in memory.
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
    /// <param name="advance">Told the bytes of each chunk.</param>
    /// <param name="cancellation">Stops the work; nothing is left then.</param>
    /// <exception cref="InputException">A source cannot be read, or the file cannot be written.</exception>
    public void Write(string folder, Action<long> advance, CancellationToken cancellation) => AtomicFile.Write(Path.Combine(folder, Name), stream =>
    {
        stream.Write(Header);
        byte[][] buffers = [[], []];
        int turn = 0;
        Task writing = Task.CompletedTask;
        try
        {
            foreach (StreamedTensor tensor in Tensors)
            {
                for (long first = 0; first < tensor.Count; first += tensor.ChunkSize)
                {
                    cancellation.ThrowIfCancellationRequested();
                    int count = checked((int)Math.Min(tensor.ChunkSize, tensor.Count - first)), length = checked(count * tensor.Type.Size);
                    byte[] buffer = buffers[turn] = buffers[turn].Length >= length ? buffers[turn] : new byte[length];
                    tensor.Fill(first, buffer, count);
                    writing.GetAwaiter().GetResult();
                    writing = Task.Run(() => stream.Write(buffer, 0, length), CancellationToken.None);
                    turn = 1 - turn;
                    advance(length);
                }

                tensor.Release(); // not at the end, for all together
            }

            writing.GetAwaiter().GetResult();
        }
        catch
        {
            Task.WaitAny([writing], CancellationToken.None); // the stream must not be closed under it
            throw;
        }
        finally
        {
            foreach (StreamedTensor tensor in Tensors)
            {
                tensor.Release();
            }
        }
    });
}
