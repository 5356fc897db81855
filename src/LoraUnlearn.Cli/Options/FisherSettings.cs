using System.CommandLine;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Fisher;

namespace LoraUnlearn.Cli.Options;

/// <summary>How the Fisher information is estimated.</summary>
internal sealed class FisherSettings
{
    private static readonly string[] Modes = [.. Enum.GetNames<FisherMode>().Select(name => name.ToLowerInvariant())];

    /// <summary>Creates the options.</summary>
    /// <param name="modeOption">What the verb calls the mode.</param>
    /// <param name="rows">Rows of each set that are used unless given.</param>
    public FisherSettings(string modeOption, int rows)
    {
        Mode = OptionKinds.Choice(
            modeOption, "Relative importance of the rows of a map: of row sums (one pass, little memory), or summed over elements.", Defaults.Request.Fisher.Mode.ToString().ToLowerInvariant(), Modes);
        Rows = OptionKinds.Whole("--fisher-rows", "Rows of each set that the Fisher estimate uses, drawn with the seed; 0 for all.", rows, 0);
    }

    /// <summary>The kind of relative importance.</summary>
    public Option<string> Mode { get; }

    /// <summary>ε.</summary>
    public Option<double> Epsilon { get; } = OptionKinds.Number(
        "--fisher-epsilon", "Added to the retain set's Fisher information, as a share of its mean over the map.", Defaults.Request.Fisher.Epsilon, 0);

    /// <summary>Rows of each set.</summary>
    public Option<int> Rows { get; }

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Mode, Epsilon, Rows];

    /// <summary>What was chosen.</summary>
    public FisherOptions Read(Invocation invocation) => Defaults.Request.Fisher with
    {
        Mode = Enum.Parse<FisherMode>(invocation.Get(Mode), ignoreCase: true),
        Epsilon = invocation.Get(Epsilon),
    };
}
