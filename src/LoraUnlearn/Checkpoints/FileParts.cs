using System.Buffers;
using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;

namespace LoraUnlearn.Checkpoints;

/// <summary>
/// The parts of a file that is being written, for one thread or several: each part goes to its place from the cache of the processor that
/// made it, and a part for each thread is all that is in memory. The disk is given what is written as it comes, so that it has little
/// left to do at the end.
/// </summary>
internal sealed class FileParts
{
    private const long FlushBytes = 48 << 20;

    private readonly StreamedFile _file;
    private readonly long[] _left; // parts of each tensor that are not made
    private readonly object _gate = new();
    private SafeFileHandle? _handle;
    private ExceptionDispatchInfo? _fault;
    private int _tensor; // the next part: its tensor, its number in it, and where that tensor begins
    private long _part;
    private long _place;
    private long _unflushed;
    private int _working;
    private bool _isFlushing;
    private bool _isClosed;

    /// <summary>Nothing is written yet.</summary>
    /// <param name="file">The file.</param>
    public FileParts(StreamedFile file)
    {
        _file = file;
        _left = [.. file.Tensors.Select(tensor => (tensor.Count + tensor.PartSize - 1) / tensor.PartSize)];
        _place = file.Header.Length;
    }

    /// <summary>Writes the file into a folder, atomically; called once.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="advance">Told the bytes of each part, from several threads.</param>
    /// <param name="cancellation">Stops the work; nothing is left then.</param>
    /// <exception cref="InputException">A source cannot be read, or the file cannot be written.</exception>
    public void Write(string folder, Action<long> advance, CancellationToken cancellation)
    {
        try
        {
            AtomicFile.WriteFile(Path.Combine(folder, _file.Name), stream =>
            {
                stream.Write(_file.Header);
                stream.Flush();
                lock (_gate)
                {
                    _handle = stream.SafeFileHandle;
                    Monitor.PulseAll(_gate);
                }

                Work(stream.SafeFileHandle, advance, cancellation);
                WaitForOthers();
            });
        }
        finally
        {
            lock (_gate)
            {
                _isClosed = true;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Makes parts of the file, which another thread writes, until none is left. What fails is that thread's to tell.</summary>
    /// <param name="advance">As there.</param>
    /// <param name="cancellation">As there.</param>
    public void Help(Action<long> advance, CancellationToken cancellation)
    {
        SafeFileHandle? handle;
        lock (_gate)
        {
            while (_handle is null && !_isClosed)
            {
                Monitor.Wait(_gate);
            }

            handle = _isClosed ? null : _handle;
        }

        if (handle is not null)
        {
            Work(handle, advance, cancellation);
        }
    }

    private void Work(SafeFileHandle handle, Action<long> advance, CancellationToken cancellation)
    {
        while (Take() is var (tensor, part, place))
        {
            int length = 0;
            Attempt(() =>
            {
                cancellation.ThrowIfCancellationRequested();
                length = Make(_file.Tensors[tensor], part, place, handle);
                advance(length);
            });
            Finish(tensor, length, handle);
        }
    }

    private static int Make(StreamedTensor tensor, long part, long place, SafeFileHandle handle)
    {
        long first = part * tensor.PartSize;
        int length = checked((int)(Math.Min(tensor.PartSize, tensor.Count - first) * tensor.Type.Size));
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            tensor.Fill(first, new ArraySegment<byte>(buffer, 0, length));
            RandomAccess.Write(handle, buffer.AsSpan(0, length), place + (first * tensor.Type.Size));
            return length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // The next part: the number of its tensor, its own, and where its tensor begins in the file. Null where none is left, or one failed.
    private (int Tensor, long Part, long Place)? Take()
    {
        lock (_gate)
        {
            while (_tensor < _left.Length && _part * _file.Tensors[_tensor].PartSize >= _file.Tensors[_tensor].Count)
            {
                _place += _file.Tensors[_tensor++].ByteCount;
                _part = 0;
            }

            if (_tensor == _left.Length || _fault is not null || _isClosed)
            {
                return null;
            }

            _working++;
            return (_tensor, _part++, _place);
        }
    }

    private void Finish(int tensor, int length, SafeFileHandle handle)
    {
        bool flushes;
        lock (_gate)
        {
            _working--;
            if (--_left[tensor] == 0)
            {
                _file.Tensors[tensor].Release();
            }

            _unflushed += length;
            flushes = _unflushed >= FlushBytes && !_isFlushing;
            if (flushes)
            {
                (_isFlushing, _unflushed) = (true, 0);
                _working++;
            }

            Monitor.PulseAll(_gate);
        }

        if (flushes)
        {
            // The thread of its own waits for the disk, and for nothing else.
            new Thread(() =>
            {
                Attempt(() => RandomAccess.FlushToDisk(handle));
                lock (_gate)
                {
                    _isFlushing = false;
                    _working--;
                    Monitor.PulseAll(_gate);
                }
            })
            { IsBackground = true }.Start();
        }
    }

    private void WaitForOthers()
    {
        lock (_gate)
        {
            while (_working > 0)
            {
                Monitor.Wait(_gate);
            }

            foreach (StreamedTensor tensor in _file.Tensors)
            {
                tensor.Release();
            }
        }

        _fault?.Throw();
    }

    private void Attempt(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error)
        {
            lock (_gate)
            {
                _fault ??= ExceptionDispatchInfo.Capture(error);
            }
        }
    }
}
