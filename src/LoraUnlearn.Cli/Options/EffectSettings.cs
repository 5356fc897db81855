using System.CommandLine;
using System.Globalization;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.GradientEffect;
using LoraUnlearn.Objectives;
using LoraUnlearn.Settings;

namespace LoraUnlearn.Cli.Options;

/// <summary>Which G-effect is measured: objectives, parameters, and by what it is shown.</summary>
internal sealed class EffectSettings
{
    private static readonly string[] Views = ["layer", "module", "step", "instance"];
    private static readonly string[] Standard = ["ga", "ihl", "npo", "simnpo", "wga", "tnpo", "wtnpo", "rmu"];

    /// <summary>Objectives.</summary>
    public Option<string[]> Objective { get; } = OptionKinds.Repeated(
        "--objective", "NAMES", $"Objectives, names between commas or the option again; of a run its own unless given, else {string.Join(", ", Standard)}.");

    /// <summary>Retain terms.</summary>
    public Option<string?> RetainLoss { get; } = OptionKinds.Text(
        "--retain-loss", "NAMES", "Retain terms to measure on the retain set as if they were objectives: nll, kl, hidden.");

    /// <summary>Parameters of the objectives.</summary>
    public Option<string[]> Set { get; } = OptionKinds.Repeated(
        "--set", "KEY=VALUE", "A parameter of an objective: npo.beta=0.5, or beta=0.5 where there is one objective only.");

    /// <summary>By which parameters.</summary>
    public Option<string> Parameters { get; } = OptionKinds.Pattern(
        "--parameters", "WHICH", "By which parameters: full (weights of the blocks' linear maps), adapter (A and B), or last-K-layers (the weights of those).", "full", "^(full|adapter|last-[1-9][0-9]{0,5}-layers)$", "full, adapter, or last-K-layers, like last-2-layers");

    /// <summary>By what it is shown.</summary>
    public Option<string> By { get; } = OptionKinds.Text("--by", "NAMES", $"What is shown, names between commas: {string.Join(", ", Views)}; instance measures every row too.", "layer,step");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Objective, RetainLoss, Set, Parameters, By];

    /// <summary>What it is shown by.</summary>
    /// <exception cref="InputException">A name is unknown.</exception>
    public HashSet<string> ReadViews(Invocation invocation)
    {
        string[] names = LowRankOptions.SplitNames(invocation.Get(By));
        string? wrong = names.FirstOrDefault(name => !Views.Contains(name));
        return wrong is null ? [.. names] : throw new InputException($"--by names '{wrong}'; expected {string.Join(", ", Views)}, between commas.{NearestName.Suggestion(wrong, Views)}");
    }

    /// <summary>Settings of the measurement.</summary>
    /// <param name="invocation">The run.</param>
    /// <param name="seed">Seed of what the objectives draw.</param>
    public EffectOptions Read(Invocation invocation, long seed)
    {
        string parameters = invocation.Get(Parameters);
        return new EffectOptions
        {
            Parameters = parameters == "adapter" ? EffectParameters.Adapter : EffectParameters.Full,
            LastLayers = parameters.StartsWith("last-", StringComparison.Ordinal) ? int.Parse(parameters.Split('-')[1], CultureInfo.InvariantCulture) : null,
            Instances = ReadViews(invocation).Contains("instance"),
            Seed = seed,
        };
    }

    /// <summary>The objectives.</summary>
    /// <param name="invocation">The run.</param>
    /// <param name="ofRun">What a run was trained with, or null.</param>
    /// <exception cref="InputException">A name or a parameter is unknown, or a name stands twice.</exception>
    public IReadOnlyList<Objective> ReadObjectives(Invocation invocation, string? ofRun)
    {
        string[] given = [.. invocation.Get(Objective).SelectMany(LowRankOptions.SplitNames)];
        string[] names = given.Length > 0 ? given : ofRun is not null && ObjectiveCatalog.ForgetNames.Contains(ofRun) ? [ofRun] : Standard;
        string? twice = names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;
        if (twice is not null)
        {
            throw new InputException($"--objective names '{twice}' twice; name each once.");
        }

        Dictionary<string, Dictionary<string, string>> settings = names.ToDictionary(name => name, _ => new Dictionary<string, string>());
        foreach ((string key, string value) in MethodSettings.Parse(invocation.Get(Set)))
        {
            int dot = key.IndexOf('.', StringComparison.Ordinal);
            string owner = dot >= 0 ? key[..dot] : names.Length == 1 ? names[0] : throw new InputException($"--set {key}: there are several objectives; say whose it is, like {names[0]}.{key}={value}.");
            if (!settings.TryGetValue(owner, out Dictionary<string, string>? own))
            {
                throw new InputException($"--set {key}: '{owner}' is not measured; the objectives are {string.Join(", ", names)}.");
            }

            own[key[(dot + 1)..]] = value;
        }

        return [.. names.Select(name => ObjectiveCatalog.Forget(name, settings[name]))];
    }

    /// <summary>The retain terms.</summary>
    /// <exception cref="InputException">A name is unknown.</exception>
    public IReadOnlyList<Objective> ReadRetainTerms(Invocation invocation) =>
        [.. LowRankOptions.SplitNames(invocation.Get(RetainLoss) ?? "").Select(name => ObjectiveCatalog.Retain(name) ?? throw new InputException("--retain-loss none measures nothing; leave the option out."))];
}
