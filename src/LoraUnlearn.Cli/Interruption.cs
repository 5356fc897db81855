using System.Runtime.InteropServices;

namespace LoraUnlearn.Cli;

/// <summary>
/// What Ctrl-C and SIGTERM do: the work is asked to stop at a safe point, and where it has not within a moment (it waits for a
/// slow disk, or is deep in a long computation) the process ends. Nothing is lost by that but the work since the last saved
/// state: files are renamed into place when they are whole, and the system releases the locks.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>How long the work may take to stop; a server with requests to finish takes longer than the usual moment.</summary>
    public static TimeSpan Patience { get; set; } = TimeSpan.FromMilliseconds(800);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private Timer? _end;

    /// <summary>Begins to listen.</summary>
    public Interruption()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _end?.Dispose();
        _source.Dispose();
    }

    // A second signal is left to the system, which ends the process.
    private void Handle(PosixSignalContext signal)
    {
        if (_source.IsCancellationRequested)
        {
            return;
        }

        signal.Cancel = true;
        _end = new Timer(_ => EndAtOnce(), null, Patience, Timeout.InfiniteTimeSpan);
        Say("stopping");
        _source.Cancel();
    }

    private static void EndAtOnce()
    {
        Say("interrupted: stopped before the next safe point; no file is half-written. A run of unlearn that had begun goes on from its last saved state with --resume.");
        if (OperatingSystem.IsWindows())
        {
            Environment.Exit(ExitCode.Interrupted);
        }

        // Not Environment.Exit, which waits for what is running.
        ExitNow(ExitCode.Interrupted);
    }

    private static void Say(string text)
    {
        try
        {
            Console.Error.WriteLine(text);
        }
        catch (IOException)
        {
            // Nobody reads it.
        }
    }

    [DllImport("libc", EntryPoint = "_exit")]
    private static extern void ExitNow(int code);
}
