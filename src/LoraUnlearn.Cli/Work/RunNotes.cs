using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Text;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Work;

/// <summary>Things worth saying once about the model and data of a run.</summary>
internal static class RunNotes
{
    /// <summary>Says what was decided about the rows, how many were cut, and, in detail, how the first row of each file was encoded.</summary>
    public static void OfRows(Reporter reporter, ModelSession session, params ReadOnlySpan<EncodedData?> sets)
    {
        foreach (string warning in session.Warnings)
        {
            reporter.Warn(warning);
        }

        foreach (EncodedData? data in sets)
        {
            OfFile(reporter, data);
        }

        FirstRows(reporter, session.Rows, sets);
    }

    /// <summary>The same of one file.</summary>
    public static void OfFile(Reporter reporter, EncodedData? data)
    {
        if (data is null)
        {
            return;
        }

        foreach (string note in data.Notes)
        {
            reporter.Log(note);
        }

        if (data.TruncatedRows > 0)
        {
            reporter.Warn($"{data.TruncatedRows} of the rows of {data.Path} were cut to the maximum length; raise it with --max-length.");
        }
    }

    /// <summary>In detail, how the first row of each file was encoded.</summary>
    public static void FirstRows(Reporter reporter, RowEncoding rows, params ReadOnlySpan<EncodedData?> sets)
    {
        if (rows.Config.WithoutEffect.Count > 0)
        {
            reporter.Detail($"{rows.Config.Source}: without effect on the computation: {string.Join(", ", rows.Config.WithoutEffect.Select(PlainText.Clean))}");
        }

        foreach (EncodedData? data in sets)
        {
            if (data is null || !reporter.IsVerbose)
            {
                continue;
            }

            reporter.Detail($"first row of {data.Path}: position, id, whether scored, token");
            foreach (string line in rows.Describe(data.Examples[0]))
            {
                reporter.Detail(PlainText.Clean(line));
            }
        }
    }
}
