using System.CommandLine;

namespace LoraUnlearn.Cli.Options;

/// <summary>What is minimised.</summary>
internal sealed class ObjectiveOptions
{
    /// <summary>Forget objective.</summary>
    public Option<string> Objective { get; } = OptionKinds.Text("--objective", "NAME", "Forget objective.", "ihl");

    /// <summary>Retain term.</summary>
    public Option<string> RetainLoss { get; } = OptionKinds.Text("--retain-loss", "NAME", "Retain term: none, nll or kl.", "nll");

    /// <summary>Parameters of the objective.</summary>
    public Option<string[]> Set { get; } = OptionKinds.Repeated("--set", "KEY=VALUE", "A parameter of the objective, like beta=0.1.");

    /// <summary>Weight of the forget objective.</summary>
    public Option<double> ForgetWeight { get; } = OptionKinds.Number("--forget-weight", "Weight of the forget objective.", 1, 0);

    /// <summary>Weight of the retain term.</summary>
    public Option<double> RetainWeight { get; } = OptionKinds.Number("--retain-weight", "Weight of the retain term.", 1, 0);

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Objective, RetainLoss, Set, ForgetWeight, RetainWeight];
}
