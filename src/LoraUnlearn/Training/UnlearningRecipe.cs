using System.Text.Json.Nodes;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Settings;

namespace LoraUnlearn.Training;

/// <summary>
/// The methods of a run, resolved from their names and settings. What they ask of each other is checked here and nowhere else; what
/// they ask of rows and adapters, where these meet: <see cref="UnlearningTrainer"/>, <see cref="ObjectiveProbe"/>.
/// </summary>
public sealed class UnlearningRecipe
{
    private readonly Dictionary<string, ParameterValues> _values;
    private DecoderSpec? _model; // that the objectives have been told of

    private UnlearningRecipe(Objective forget, Objective? retain, string retainName, ForgetRetainCombiner combiner, TrainingOptions training, Dictionary<string, ParameterValues> values)
    {
        (Forget, Retain, RetainName, Combiner, Training) = (forget, retain, retainName, combiner, training);
        _values = values;
    }

    /// <summary>L_f, on the forget set.</summary>
    public Objective Forget { get; }

    /// <summary>L_r, on the retain set; null for none.</summary>
    public Objective? Retain { get; }

    /// <summary>Name of the retain term, <c>none</c> where <see cref="Retain"/> is null.</summary>
    public string RetainName { get; }

    /// <summary>How the gradients of the two become one (METHODS §7).</summary>
    public ForgetRetainCombiner Combiner { get; }

    /// <summary>Settings of the loop as they are in force: with those of the schedule, and γ filled in.</summary>
    public TrainingOptions Training { get; }

    /// <summary>Resolves the methods that a request names; its seed is that of the training too.</summary>
    /// <param name="request">Of which only methods, settings and the presence of a retain set are looked at.</param>
    /// <exception cref="InputException">A name is unknown, a value out of range, or methods do not go together.</exception>
    public static UnlearningRecipe Resolve(UnlearningRequest request) =>
        Resolve(request.Objective, request.RetainLoss, request.Combiner, request.Training with { Seed = request.Seed }, request.Settings, request.Retain is not null, request.OwnObjective);

    /// <summary>Resolves methods by name; nothing is read from a file.</summary>
    /// <param name="objective">Name of the forget objective.</param>
    /// <param name="retainLoss">Name of the retain term; null: <c>nll</c> with a retain set and <c>none</c> without.</param>
    /// <param name="combiner">Name of the combiner.</param>
    /// <param name="training">Settings of the loop.</param>
    /// <param name="settings">Parameters as <see cref="MethodSettings"/> has them.</param>
    /// <param name="hasRetainSet">Whether there is a retain set.</param>
    /// <param name="ownObjective">A forget objective that takes the place of the named one, or null.</param>
    /// <exception cref="InputException">A name is unknown, a value out of range, or methods do not go together.</exception>
    public static UnlearningRecipe Resolve(string objective, string? retainLoss, string combiner, TrainingOptions training, IReadOnlyDictionary<string, string> settings, bool hasRetainSet, Objective? ownObjective = null)
    {
        MethodSettings sorted = MethodSettings.SortByMethod(settings);
        string retainName = retainLoss ?? (hasRetainSet ? "nll" : "none");
        Method<Objective> forgetMethod = ownObjective is null
            ? ObjectiveCatalog.ForgetObjectives.Named("objective", objective)
            : new Method<Objective>(ownObjective.Name, "", "", "", _ => ownObjective);
        Method<Objective?> retainMethod = ObjectiveCatalog.RetainTerms.Named("retain loss", retainName);
        Method<ForgetRetainCombiner> combinerMethod = Combiners.All.Named("combiner", combiner);
        Dictionary<string, ParameterValues> values = new()
        {
            ["objective"] = forgetMethod.Values(sorted.Objective),
            ["retain"] = retainMethod.Values(sorted.Retain),
            ["combiner"] = combinerMethod.Values(sorted.Combiner),
        };
        Objective forget = forgetMethod.Create(values["objective"]);
        values["retain"] = SameLayer(forget, retainMethod, values["retain"]);
        Objective? retain = retainMethod.Create(values["retain"]);
        if (retain is not null && !hasRetainSet)
        {
            throw new InputException($"--retain-loss {retainName} needs a retain set; give one with --retain, or use --retain-loss none.");
        }

        return Join(forget, retain, retainName, combinerMethod.Create(values["combiner"]), training, sorted.Schedule, values);
    }

    /// <summary>Joins methods that are there already; objectives of one's own come in here.</summary>
    /// <param name="forget">L_f.</param>
    /// <param name="retain">L_r, or null.</param>
    /// <param name="combiner">How their gradients become one.</param>
    /// <param name="training">Settings of the loop.</param>
    /// <exception cref="InputException">A setting is out of range, or methods do not go together.</exception>
    public static UnlearningRecipe Of(Objective forget, Objective? retain, ForgetRetainCombiner combiner, TrainingOptions training) =>
        Join(forget, retain, retain?.Name ?? "none", combiner, training, new Dictionary<string, string>(), []);

    /// <summary>
    /// Tells the objectives of the model and the seed, once: what comes after it finds them told. Needs no weights, so that a layer
    /// that does not exist can be refused before any is read.
    /// </summary>
    /// <param name="spec">The architecture.</param>
    /// <exception cref="InputException">An objective does not fit the model.</exception>
    /// <exception cref="InvalidOperationException">They have been told of a model of other sizes.</exception>
    public void Bind(DecoderSpec spec)
    {
        if (_model is { } told)
        {
            if ((told.Layers, told.Width) != (spec.Layers, spec.Width))
            {
                throw new InvalidOperationException($"The recipe is for a model of {told.Layers} layers of width {told.Width}, not {spec.Layers} of {spec.Width}; resolve one for each model.");
            }

            return;
        }

        Forget.Bind(spec, Training.Seed);
        Retain?.Bind(spec, Training.Seed);
        _model = spec;
    }

    /// <summary>Every parameter with its value in force, by method, for the record.</summary>
    public JsonObject Parameters()
    {
        JsonObject all = [];
        foreach ((string method, ParameterValues values) in _values.Where(pair => pair.Value.All.Count > 0))
        {
            all[method] = new JsonObject(values.All.Select(pair => KeyValuePair.Create(pair.Key, pair.Value is { } value ? JsonValue.Create(value) : (JsonNode?)null)));
        }

        return all;
    }

    private static UnlearningRecipe Join(
        Objective forget, Objective? retain, string retainName, ForgetRetainCombiner combiner, TrainingOptions training, IReadOnlyDictionary<string, string> schedule, Dictionary<string, ParameterValues> values)
    {
        training.Check();
        Compatibility.CheckMethods(forget, retain, combiner, training);
        values["schedule"] = Schedule(training, schedule);
        return new UnlearningRecipe(forget, retain, retainName, combiner, InForce(training, forget, values["schedule"]), values);
    }

    // GeN's settings stand in the options; what is given by name takes their place.
    private static ParameterValues Schedule(TrainingOptions training, IReadOnlyDictionary<string, string> given)
    {
        string owner = $"--schedule {training.Schedule.ToString().ToLowerInvariant()}";
        if (training.Schedule != ScheduleKind.Gen)
        {
            return ParameterValues.Read(owner, [], given);
        }

        Dictionary<string, string> all = new(given);
        all.TryAdd("every", Parameter.Text(training.RefineEvery));
        all.TryAdd("smoothing", Parameter.Text(training.RefineSmoothing));
        return ParameterValues.Read(owner, GeneralisedNewtonRate.Parameters, all);
    }

    private static TrainingOptions InForce(TrainingOptions training, Objective forget, ParameterValues schedule)
    {
        training = training with { ForgetWeight = training.ForgetWeight ?? forget.StandardWeight };
        return training.Schedule == ScheduleKind.Gen
            ? training with { RefineEvery = schedule.Whole("every")!.Value, RefineSmoothing = schedule["smoothing"] }
            : training;
    }

    // Two objectives on hidden states share the forget objective's layer unless the retain term has its own.
    private static ParameterValues SameLayer(Objective forget, Method<Objective?> retain, ParameterValues values)
    {
        string layer = HiddenObjective.LayerParameter.Name;
        bool follows = forget is HiddenObjective { RequestedLayer: not null } && values.All.TryGetValue(layer, out double? own) && own is null;
        return follows
            ? retain.Values(new Dictionary<string, string> { [layer] = Parameter.Text(((HiddenObjective)forget).RequestedLayer!.Value) })
            : values;
    }
}
