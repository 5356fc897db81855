using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using LoraUnlearn.Cli.Text;

namespace LoraUnlearn.Cli;

/// <summary>An exception as the user meets it: one message and an exit code.</summary>
/// <param name="ExitCode">The exit code (<see cref="Cli.ExitCode"/>).</param>
/// <param name="Message">What, where, what was expected, what to do; empty where there is nobody left to read it.</param>
/// <param name="Exception">The exception, whose stack trace is printed only when asked for.</param>
internal sealed record Failure(int ExitCode, string Message, Exception Exception)
{
    private static readonly string[] SignsOfExhaustedMemory =
        ["out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory", "alloc_cpu", "bad_alloc"];

    /// <summary>Says what an exception means to the user.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="cancellation">Whether the user interrupted the run.</param>
    public static Failure Of(Exception exception, CancellationToken cancellation)
    {
        return exception switch
        {
            InputException => new(Cli.ExitCode.BadInput, exception.Message, exception),
            WorkFailedException => new(Cli.ExitCode.WorkFailed, exception.Message, exception),
            OperationCanceledException when cancellation.IsCancellationRequested =>
                new(Cli.ExitCode.Interrupted, Interruption(exception), exception),
            _ when IsClosedPipe(exception) => new(Cli.ExitCode.Done, "", exception),
            _ when IsExhaustedMemory(exception) => new(Cli.ExitCode.WorkFailed, ExhaustedMemory, exception),
            UnauthorizedAccessException or IOException =>
                new(Cli.ExitCode.BadInput, $"{WithoutTemporaryNames(FirstLine(exception.Message))} Check the path, its permissions and the free space, then run again.", exception),
            _ when NativeLibraryFailure.Describe(exception) is { } message => new(Cli.ExitCode.WorkFailed, message, exception),
            ExternalException => new(
                Cli.ExitCode.WorkFailed,
                "A computation failed inside the tensor library, which should not happen; the input is fine as far as it was checked. Run again with --verbose for its own words, and please report them.",
                exception),
            _ => new(Cli.ExitCode.WorkFailed, $"Something failed that should not ({exception.GetType().Name}: {FirstLine(exception.Message)}). Run again with --verbose for the details, and please report them.", exception),
        };
    }

    /// <summary>Prints the message, and the stack trace where it is wanted.</summary>
    public void Print(TextWriter error, bool verbose)
    {
        if (Message.Length == 0)
        {
            return;
        }

        error.WriteLine(PlainText.CutMessage(PlainText.Clean(ExitCode == Cli.ExitCode.Interrupted ? Message : $"error: {Message}")));
        if (verbose)
        {
            error.WriteLine(Exception);
        }
    }

    private static string Interruption(Exception exception)
    {
        // The framework's own text ("The operation was canceled.") says nothing; a message of the training loop does.
        bool isSpecific = exception.Message != new OperationCanceledException().Message
            && exception.Message != new TaskCanceledException().Message;
        return isSpecific ? $"interrupted: {exception.Message}" : "interrupted";
    }

    private const string ExhaustedMemory =
        "Memory ran out. Lower --batch-size or --max-length (raise --accumulate to keep the same step), turn on "
        + "--checkpointing, or choose --dtype bfloat16.";

    private static bool IsExhaustedMemory(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is OutOfMemoryException
                || SignsOfExhaustedMemory.Any(sign => cause.Message.Contains(sign, StringComparison.OrdinalIgnoreCase)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsClosedPipe(Exception exception) =>
        exception is IOException && exception.Message.Contains("Broken pipe", StringComparison.OrdinalIgnoreCase);

    // A file is written as .name.partial until it is whole; people know it as name.
    private static string WithoutTemporaryNames(string message) => Regex.Replace(message, @"(?<=/|\\)\.([^/\\']+)\.partial", "$1");

    private static string FirstLine(string text) => text.Split('\n')[0].Trim();
}
