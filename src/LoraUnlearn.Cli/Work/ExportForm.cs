using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Output;
using static TorchSharp.torch;

namespace LoraUnlearn.Cli.Work;

/// <summary>An adapter as it will be written: recompressed, in the form that a program takes, and rounded; and what that loses.</summary>
internal sealed class ExportForm : IDisposable
{
    private ExportForm(AdapterFactors written, LowRankApproximation error, IReadOnlyList<string> losses)
    {
        (Written, Error, Losses) = (written, error, losses);
    }

    /// <summary>The adapter, in float32 with the values that the file holds.</summary>
    public AdapterFactors Written { get; }

    /// <summary>How far it is from the whole adapter, by module: the recompression and the rounding together.</summary>
    public LowRankApproximation Error { get; }

    /// <summary>What was lost or changed for the program's sake, for people.</summary>
    public IReadOnlyList<string> Losses { get; }

    /// <summary>Makes the form.</summary>
    /// <param name="exact">The whole adapter.</param>
    /// <param name="target">The program.</param>
    /// <param name="rank">The largest rank that is wanted; null for the adapter's own.</param>
    /// <param name="largestError">The largest relative error of a module that is allowed; null where the rank alone decides.</param>
    /// <param name="dtype">The type of the file.</param>
    /// <exception cref="InputException">A rank that the program does not take, or that the adapter does not have.</exception>
    public static ExportForm Make(AdapterFactors exact, ExportTarget target, int? rank, double? largestError, ScalarType dtype)
    {
        List<string> losses = [];
        if (target.LargestRank is int most)
        {
            if (rank > most)
            {
                throw new InputException($"--rank: {target.Name} takes rank {most} at most at its defaults, and {rank} was asked for; choose 1 to {most}, or --for peft and start it with a larger --max-lora-rank.");
            }

            if (rank is null && exact.Rank > most)
            {
                rank = most;
                losses.Add($"the rank is lowered from {exact.Rank} to {most}, the most that {target.Name} takes at its defaults");
            }
        }

        AdapterFactors current = exact;
        try
        {
            if (largestError is double bound)
            {
                Replace(ErrorBound.Recompress(current, bound, rank).Factors);
            }
            else if (rank is int wanted)
            {
                Replace(Recompression.ToRank(current, wanted).Factors);
            }

            if (!target.HasPatterns)
            {
                if (current.Modules.Any(module => module.Rank != current.Modules[0].Rank || module.Scale != current.Modules[0].Scale))
                {
                    losses.Add($"{target.Name} knows no ranks and alphas of single modules: all have rank {current.Rank} and one alpha, filled up with zeros, which changes nothing but the size");
                }

                Replace(AdapterForms.WithOneRank(current));
            }
            else if (target.IsGguf)
            {
                Replace(AdapterForms.WithOneAlpha(current, out _));
            }

            Replace(AdapterForms.Rounded(current, dtype));
            LowRankApproximation error = AdapterForms.Compare(exact, current);
            return new ExportForm(current, error, losses);
        }
        catch
        {
            Replace(exact);
            throw;
        }

        void Replace(AdapterFactors next)
        {
            if (!ReferenceEquals(current, exact))
            {
                current.Dispose();
            }

            current = next;
        }
    }

    /// <summary>Ranks and errors by module, the total last.</summary>
    public TextTable Table()
    {
        TextTable table = new("module", "rank", "relative error");
        foreach (ModuleApproximation module in Error.Modules)
        {
            table.Add(module.Module, $"{module.Rank}", Figures.Four(module.RelativeError));
        }

        table.Add("all", "", Figures.Four(Error.RelativeError));
        return table;
    }

    /// <inheritdoc/>
    public void Dispose() => Written.Dispose();
}
