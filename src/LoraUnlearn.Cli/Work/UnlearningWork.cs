using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Work;

/// <summary>Runs an unlearning request under a display.</summary>
internal static class UnlearningWork
{
    /// <summary>Runs it.</summary>
    /// <exception cref="OperationCanceledException">The user interrupted; the message says how to go on.</exception>
    public static UnlearningResult Run(Invocation invocation, UnlearningRequest request)
    {
        using RunDisplay display = new(invocation.Reporter);
        try
        {
            return UnlearningRun.Execute(request, display, invocation.Cancellation);
        }
        catch (OperationCanceledException exception) when (!exception.Message.Contains("--resume", StringComparison.Ordinal))
        {
            bool hasBegun = Directory.Exists(Path.Combine(request.Output, RunFolder.TrainingFolder));
            throw new OperationCanceledException(
                hasBegun ? "stopped between two steps; run the same command with --resume to continue." : "stopped before anything was written.",
                exception,
                invocation.Cancellation);
        }
    }
}
