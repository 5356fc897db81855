using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Verbs;
using static TorchSharp.torch;

namespace LoraUnlearn.Cli.Work;

/// <summary>Writes an adapter, at a lower rank where one was asked for, and says what that lost.</summary>
internal static class AdapterOutput
{
    /// <summary>The type of the written tensors.</summary>
    public static Option<string> DTypeOption() => OptionKinds.Choice("--dtype", "Type of the adapter's tensors.", "float32", "float32", "bfloat16", "float16");

    /// <summary>The type that was chosen.</summary>
    public static ScalarType DType(Invocation invocation, Option<string> option) => invocation.Get(option) switch
    {
        "bfloat16" => ScalarType.BFloat16,
        "float16" => ScalarType.Float16,
        _ => ScalarType.Float32,
    };

    /// <summary>Writes and reports.</summary>
    /// <param name="reporter">Where to report.</param>
    /// <param name="factors">The adapter.</param>
    /// <param name="rank">The rank to lower it to, or null.</param>
    /// <param name="export">What its configuration says.</param>
    /// <param name="output">The folder.</param>
    /// <param name="beside">Writes more files into the folder it is given, knowing what a lower rank lost; or null.</param>
    /// <exception cref="InputException">The rank is out of range, or the folder cannot be written.</exception>
    public static void Write(Reporter reporter, AdapterFactors factors, int? rank, PeftExport export, string output, Action<string, LowRankApproximation?>? beside = null)
    {
        LowRankApproximation? lower = rank is int wanted ? Recompression.ToRank(factors, wanted) : null;
        using AdapterFactors? lowerFactors = lower?.Factors;
        AdapterFactors written = lowerFactors ?? factors;
        OutputFolder.WriteNew(output, folder =>
        {
            PeftAdapter.Write(folder, written, export);
            beside?.Invoke(folder, lower);
        });
        JsonObject document = new() { ["out"] = output, ["rank"] = written.Rank, ["modules_count"] = written.Modules.Count };
        if (lower is not null)
        {
            Report(reporter, lower, document);
        }

        reporter.Line($"An adapter of rank {written.Rank} on {written.Modules.Count} maps: {output}");
        reporter.Document(document);
    }

    private static void Report(Reporter reporter, LowRankApproximation lower, JsonObject document)
    {
        TextTable table = new("module", "rank", "relative error");
        JsonObject modules = [];
        foreach (ModuleApproximation error in lower.Modules)
        {
            table.Add(error.Module, $"{error.Rank}", Figures.Four(error.RelativeError));
            modules[error.Module] = new JsonObject { ["rank"] = error.Rank, ["relative_error"] = JsonText.Number(error.RelativeError) };
        }

        table.Add("all", "", Figures.Four(lower.RelativeError));
        reporter.Table(table);
        document["relative_error"] = JsonText.Number(lower.RelativeError);
        document["modules"] = modules;
    }
}
