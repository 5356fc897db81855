using System.CommandLine;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Initialization;
using LoraUnlearn.Models;

namespace LoraUnlearn.Cli.Options;

/// <summary>The adapter and its initial values.</summary>
internal sealed class LowRankOptions
{
    private static readonly string[] Kinds = [.. Enum.GetNames<InitialisationKind>().Select(name => name.ToLowerInvariant())];

    /// <summary>Initialisation.</summary>
    public Option<string> Init { get; } = OptionKinds.Choice(
        "--init", "How the adapter starts.", Defaults.Request.Initialisation.ToString().ToLowerInvariant(), Kinds);

    /// <summary>Rank.</summary>
    public Option<int> Rank { get; } = OptionKinds.Whole("--rank", "Rank of the adapter.", Defaults.Request.Rank, 1, 1 << 16);

    /// <summary>Alpha.</summary>
    public Option<double> Alpha { get; } = OptionKinds.Number("--alpha", "The adapter's scale is alpha/rank.", Defaults.Request.Alpha, 1e-6);

    /// <summary>Whether the scale is alpha over the root of the rank.</summary>
    public Option<bool> RankStabilised { get; } = OptionKinds.Flag("--rslora", "The adapter's scale is alpha over the square root of the rank.");

    /// <summary>Adapted linear maps.</summary>
    public Option<string> Targets { get; } = OptionKinds.Text(
        "--targets", "NAMES", $"Adapted linear maps: {AdapterTargets.AllLinear}, or names between commas, like q_proj,v_proj.", string.Join(',', Defaults.Request.Targets));

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Init, Rank, Alpha, RankStabilised, Targets];

    /// <summary>The initialisation that was chosen.</summary>
    public InitialisationKind Kind(Invocation invocation) => Enum.Parse<InitialisationKind>(invocation.Get(Init), ignoreCase: true);

    /// <summary>The names of the adapted maps.</summary>
    public string[] TargetNames(Invocation invocation) => SplitNames(invocation.Get(Targets));

    /// <summary>A fresh adapter, all zero, on a model.</summary>
    /// <exception cref="InputException">A target that the model lacks, or a rank that a map cannot have.</exception>
    public AdapterSet Attach(Invocation invocation, Decoder decoder) => new(
        decoder,
        AdapterTargets.Select(decoder, TargetNames(invocation)),
        invocation.Get(Rank),
        invocation.Get(Alpha),
        invocation.Get(RankStabilised));

    /// <summary>Names between commas.</summary>
    public static string[] SplitNames(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
