using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Data;
using LoraUnlearn.Fisher;
using LoraUnlearn.Models;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Work;

/// <summary>A Fisher estimate with a progress bar.</summary>
internal static class FisherWork
{
    /// <summary>Estimates on some rows of each set, drawn with the seed.</summary>
    /// <param name="invocation">The run.</param>
    /// <param name="decoder">The model.</param>
    /// <param name="maps">The maps.</param>
    /// <param name="options">Settings.</param>
    /// <param name="forget">The forget set.</param>
    /// <param name="retain">The retain set, or null.</param>
    /// <param name="rows">Rows of each set; 0 for all.</param>
    /// <param name="seed">Draws the rows.</param>
    public static FisherResult Estimate(
        Invocation invocation, Decoder decoder, IReadOnlyList<LinearMap> maps, FisherOptions options, EncodedData forget, EncodedData? retain, int rows, long seed)
    {
        ProgressDisplay? display = null;
        try
        {
            DirectProgress<FisherProgress> progress = new(report =>
            {
                display ??= invocation.Reporter.Progress("Fisher information", report.Total, "--fisher-rows");
                display.Report(report.Done);
            });
            return new FisherEstimator(decoder, maps, options).Estimate(
                Draw(forget, rows, seed, 1), retain is null ? null : Draw(retain, rows, seed, 2), progress, invocation.Cancellation);
        }
        finally
        {
            display?.Dispose();
        }
    }

    private static LabelledSequence[] Draw(EncodedData data, int rows, long seed, long stream) =>
        [.. FisherSample.Draw(data.Examples, rows, seed, stream).Select(example => example.Sequence)];
}
