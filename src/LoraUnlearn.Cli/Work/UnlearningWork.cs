using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Work;

/// <summary>Runs an unlearning request under a display.</summary>
internal static class UnlearningWork
{
    /// <summary>Runs it.</summary>
    /// <exception cref="OperationCanceledException">The user interrupted; the message says how to go on.</exception>
    public static UnlearningResult Run(Invocation invocation, UnlearningRequest request) =>
        Run(invocation, Path.Combine(request.Output, RunFolder.TrainingFolder), display => UnlearningRun.Execute(request, display, invocation.Cancellation), request.IsFinetuning ? "data" : "forget");

    /// <summary>Runs any such job.</summary>
    /// <param name="invocation">The command line.</param>
    /// <param name="state">The folder that is there once the job has begun.</param>
    /// <param name="work">The job.</param>
    /// <param name="rows">What its rows are called.</param>
    /// <exception cref="OperationCanceledException">The user interrupted; the message says how to go on.</exception>
    public static T Run<T>(Invocation invocation, string state, Func<RunDisplay, T> work, string rows)
    {
        using RunDisplay display = new(invocation.Reporter, rows);
        try
        {
            return work(display);
        }
        catch (OperationCanceledException exception) when (!exception.Message.Contains("--resume", StringComparison.Ordinal))
        {
            bool hasBegun = Directory.Exists(state);
            throw new OperationCanceledException(
                hasBegun ? "stopped between two steps; run the same command with --resume to continue." : "stopped before anything was written.",
                exception,
                invocation.Cancellation);
        }
    }
}
