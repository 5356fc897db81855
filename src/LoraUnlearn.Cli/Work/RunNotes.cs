using LoraUnlearn.Cli.Output;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Work;

/// <summary>Things worth saying once about the data of a run.</summary>
internal static class RunNotes
{
    /// <summary>Says how the rows were read, and how many were cut.</summary>
    public static void Truncation(Reporter reporter, params ReadOnlySpan<EncodedData?> sets)
    {
        foreach (EncodedData? data in sets)
        {
            foreach (string note in data?.Notes ?? [])
            {
                reporter.Log(note);
            }

            if (data is { TruncatedRows: > 0 })
            {
                reporter.Warn($"{data.TruncatedRows} of the rows of {data.Path} were cut to the maximum length; raise it with --max-length.");
            }
        }
    }
}
