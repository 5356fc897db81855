using System.CommandLine;
using System.Globalization;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Objectives;
using LoraUnlearn.Settings;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Options;

/// <summary>What is minimised.</summary>
internal sealed class ObjectiveOptions
{
    /// <summary>Creates the options.</summary>
    /// <param name="training">The weights unless given: a run's defaults, or 1 for an evaluation of the losses as they are defined.</param>
    public ObjectiveOptions(TrainingOptions training)
    {
        ForgetWeight = OptionKinds.OptionalNumber(
            "--forget-weight", $"Weight of the forget objective; unless given {(training.ForgetWeight is double weight ? Figure(weight) : OwnWeights())}.", 0);
        RetainWeight = OptionKinds.Number("--retain-weight", "Weight of the retain term.", training.RetainWeight, 0);
    }

    /// <summary>Forget objective.</summary>
    public Option<string> Objective { get; } = OptionKinds.Text(
        "--objective", "NAME", $"Forget objective: {string.Join(", ", ObjectiveCatalog.ForgetNames)}.", Defaults.Request.Objective);

    /// <summary>Retain term.</summary>
    public Option<string?> RetainLoss { get; } = OptionKinds.Text(
        "--retain-loss", "NAME", $"Retain term: {string.Join(", ", ObjectiveCatalog.RetainNames)}; unless given, nll with a retain set and none without.");

    /// <summary>Parameters of the objective.</summary>
    public Option<string[]> Set { get; } = OptionKinds.Repeated("--set", "KEY=VALUE", "A parameter of the objective, like beta=0.1; of another method with its word before it, like retain.layer=3, combiner.rate=0.5, schedule.every=20. See --help objectives.");

    /// <summary>Weight of the forget objective.</summary>
    public Option<double?> ForgetWeight { get; }

    /// <summary>Weight of the retain term.</summary>
    public Option<double> RetainWeight { get; }

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Objective, RetainLoss, Set, ForgetWeight, RetainWeight];

    /// <summary>The parameters that were given, by name.</summary>
    /// <exception cref="InputException">One is not of the form NAME=VALUE.</exception>
    public IReadOnlyDictionary<string, string> Settings(Invocation invocation) => MethodSettings.Parse(invocation.Get(Set));

    // "1, or 0.125 for simnpo": the objectives' own weights.
    private static string OwnWeights() => string.Join(", or ", ObjectiveCatalog.ForgetObjectives
        .Select(method => (method.Name, Weight: method.With().StandardWeight))
        .GroupBy(method => method.Weight)
        .OrderByDescending(group => group.Count())
        .Select((group, index) => index == 0 ? Figure(group.Key) : $"{Figure(group.Key)} for {string.Join(", ", group.Select(method => method.Name))}"));

    private static string Figure(double value) => value.ToString(CultureInfo.InvariantCulture);
}
