using System.Runtime.ExceptionServices;

namespace LoraUnlearn.Checkpoints;

/// <summary>
/// Writes files side by side, each atomically. A thread keeps to one file as long as there are files, since two that write to one wait for
/// each other; then it helps with those that are not done.
/// </summary>
internal static class StreamedFiles
{
    /// <summary>Writes.</summary>
    /// <param name="files">The files.</param>
    /// <param name="folder">The folder to write them into.</param>
    /// <param name="advance">Told the bytes of each part, from several threads.</param>
    /// <param name="cancellation">Stops the work; the files that are not whole are not there then.</param>
    /// <exception cref="InputException">A source cannot be read, or a file cannot be written.</exception>
    public static void Write(IEnumerable<StreamedFile> files, string folder, Action<long> advance, CancellationToken cancellation)
    {
        FileParts[] parts = [.. files.OrderByDescending(file => file.Length).Select(file => new FileParts(file))];
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        ExceptionDispatchInfo? fault = null;
        int next = -1, threads = Environment.ProcessorCount + 1; // one waits for the disk while the others compute
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ =>
        {
            for (int mine = Interlocked.Increment(ref next); mine < parts.Length; mine = Interlocked.Increment(ref next))
            {
                try
                {
                    parts[mine].Write(folder, advance, stop.Token);
                }
                catch (Exception error)
                {
                    Interlocked.CompareExchange(ref fault, ExceptionDispatchInfo.Capture(error), null);
                    stop.Cancel();
                }
            }

            foreach (FileParts file in parts)
            {
                file.Help(advance, stop.Token);
            }
        });

        cancellation.ThrowIfCancellationRequested();
        fault?.Throw();
    }
}
