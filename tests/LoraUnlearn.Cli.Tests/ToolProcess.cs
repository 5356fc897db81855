using System.Diagnostics;
using System.Text;

namespace LoraUnlearn.Cli.Tests;

/// <summary>The tool as a process of its own, to be interrupted or killed.</summary>
internal sealed class ToolProcess : IDisposable
{
    private const int LimitInMilliseconds = 300_000;

    private readonly StringBuilder _error = new();
    private readonly StringBuilder _output = new();
    private readonly Process _process;

    private ToolProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => Keep(_error, line.Data);
        process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        process.Start();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    /// <summary>What it wrote to standard error so far.</summary>
    public string Error => Kept(_error);

    /// <summary>What it wrote to standard output so far.</summary>
    public string Output => Kept(_output);

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Starts the tool.</summary>
    public static ToolProcess Start(params IEnumerable<string> arguments)
    {
        string program = Path.ChangeExtension(typeof(CommandLine).Assembly.Location, ".dll");
        // A shell without job control starts what it puts into the background, and so perhaps these tests, with interrupts ignored.
        ProcessStartInfo start = new("env", ["--default-signal=INT,TERM", "dotnet", program, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        return new ToolProcess(new Process { StartInfo = start });
    }

    /// <summary>Waits until something is so, or the process ends.</summary>
    public void WaitFor(Func<bool> condition)
    {
        Stopwatch clock = Stopwatch.StartNew();
        while (!condition() && !_process.HasExited && clock.ElapsedMilliseconds < LimitInMilliseconds)
        {
            Thread.Sleep(2);
        }
    }

    /// <summary>kill -9, and waits until it is gone.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        WaitForEnd();
    }

    /// <summary>Sends the signal of Ctrl-C.</summary>
    public void Interrupt() => Signal("INT");

    /// <summary>Sends a signal.</summary>
    public void Signal(string name)
    {
        using Process kill = Process.Start("sh", ["-c", $"kill -{name} {_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>The process's number.</summary>
    public int Id => _process.Id;

    /// <summary>Waits for the end, and returns the exit code.</summary>
    public int WaitForEnd()
    {
        Assert.True(_process.WaitForExit(LimitInMilliseconds), "the tool did not end");
        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static void Keep(StringBuilder text, string? line)
    {
        if (line is not null)
        {
            lock (text)
            {
                text.AppendLine(line);
            }
        }
    }

    private static string Kept(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}
