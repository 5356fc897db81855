using System.CommandLine;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Objectives;

namespace LoraUnlearn.Cli.Options;

/// <summary>What is minimised.</summary>
internal sealed class ObjectiveOptions
{
    /// <summary>Creates the options.</summary>
    /// <param name="retainWeight">λ unless given: what trains well for a run, 1 for an evaluation of the loss as it is defined.</param>
    public ObjectiveOptions(double retainWeight) =>
        RetainWeight = OptionKinds.Number("--retain-weight", "Weight of the retain term.", retainWeight, 0);

    /// <summary>Forget objective.</summary>
    public Option<string> Objective { get; } = OptionKinds.Text(
        "--objective", "NAME", $"Forget objective: {string.Join(", ", ObjectiveCatalog.ForgetNames)}.", Defaults.Request.Objective);

    /// <summary>Retain term.</summary>
    public Option<string?> RetainLoss { get; } = OptionKinds.Text(
        "--retain-loss", "NAME", $"Retain term: {string.Join(", ", ObjectiveCatalog.RetainNames)}; unless given, nll with a retain set and none without.");

    /// <summary>Parameters of the objective.</summary>
    public Option<string[]> Set { get; } = OptionKinds.Repeated("--set", "KEY=VALUE", "A parameter of the objective.");

    /// <summary>Weight of the forget objective.</summary>
    public Option<double> ForgetWeight { get; } = OptionKinds.Number("--forget-weight", "Weight of the forget objective.", Defaults.Training.ForgetWeight, 0);

    /// <summary>Weight of the retain term.</summary>
    public Option<double> RetainWeight { get; }

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Objective, RetainLoss, Set, ForgetWeight, RetainWeight];

    /// <summary>Refuses parameters, which none of the objectives has.</summary>
    /// <exception cref="InputException">A parameter was given.</exception>
    public void RefuseParameters(Invocation invocation)
    {
        if (invocation.Get(Set) is [string first, ..])
        {
            throw new InputException($"--set {first}: the objective '{invocation.Get(Objective)}' has no parameters; leave --set out.");
        }
    }
}
