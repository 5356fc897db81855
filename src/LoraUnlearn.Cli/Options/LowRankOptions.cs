using System.CommandLine;

namespace LoraUnlearn.Cli.Options;

/// <summary>The adapter and its initial values.</summary>
internal sealed class LowRankOptions
{
    /// <summary>Initialisation.</summary>
    public Option<string> Init { get; } = OptionKinds.Text("--init", "NAME", "Initialisation: fila, lora, gaussian or pissa.", "fila");

    /// <summary>Rank.</summary>
    public Option<int> Rank { get; } = OptionKinds.Whole("--rank", "Rank of the adapter.", 16, 1, 1 << 16);

    /// <summary>Alpha.</summary>
    public Option<double> Alpha { get; } = OptionKinds.Number("--alpha", "The adapter's scale is alpha/rank.", 32, 1e-6);

    /// <summary>Adapted linear maps.</summary>
    public Option<string> Targets { get; } = OptionKinds.Text(
        "--targets", "NAMES", "Adapted linear maps: all-linear, or names between commas, like q_proj,v_proj.", "all-linear");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Init, Rank, Alpha, Targets];
}
