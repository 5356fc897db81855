using System.CommandLine;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Verbs;

namespace LoraUnlearn.Cli.Options;

/// <summary>How merged weights are rounded to the type that is written.</summary>
internal sealed class MergeRoundingOptions
{
    private const string AtRandom = "stochastic";

    /// <summary>To the nearest, or at random.</summary>
    public Option<string> Rounding { get; } = OptionKinds.Choice(
        "--rounding", "Rounding of merged weights to bfloat16 or float16: to the nearest, or to either neighbour with the chance that keeps the mean exact.", "nearest", "nearest", AtRandom);

    /// <summary>Seed of what is random.</summary>
    public Option<long> Seed { get; } = OptionKinds.Whole64("--seed", "Seed of what is random: stochastic rounding, and the token ids that --verify compares.", Defaults.Request.Seed);

    /// <summary>What was chosen, with progress and interruption.</summary>
    /// <param name="invocation">The command.</param>
    /// <param name="display">Shows hundredths; the caller disposes it.</param>
    public MergeOptions Read(Invocation invocation, ProgressDisplay display) => new()
    {
        RoundsAtRandom = invocation.Get(Rounding) == AtRandom,
        Seed = invocation.Get(Seed),
        Progress = (done, total) => display.Report(done * 100 / Math.Max(1, total)),
        Cancellation = invocation.Cancellation,
    };
}
