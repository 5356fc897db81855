namespace LoraUnlearn.GradientEffect;

/// <summary>The G-effect of one linear map.</summary>
/// <param name="Module">The map's name as in the checkpoint.</param>
/// <param name="Layer">Its block, from 0.</param>
/// <param name="Products">Products and squares.</param>
public readonly record struct ModuleEffect(string Module, int Layer, EffectProducts Products);

/// <summary>A row's share of the G-effect; the shares of all rows sum to the whole.</summary>
/// <param name="Line">Line of the row's file, from 1.</param>
/// <param name="Tokens">Scored tokens |y| of the row.</param>
/// <param name="Unlearning">⟨the row's part of ∇L_u, ∇R(D_forget)⟩.</param>
/// <param name="Retaining">⟨the row's part of ∇L_u, ∇R(D_retain)⟩.</param>
public readonly record struct InstanceEffect(int Line, int Tokens, double Unlearning, double Retaining);

/// <summary>The G-effect of one objective at one point of the parameters.</summary>
/// <param name="Objective">The objective's name.</param>
/// <param name="Loss">L_u over the forget set.</param>
/// <param name="Modules">By linear map, in the decoder's order.</param>
/// <param name="Instances">By row of the forget set, in its order; empty unless asked for.</param>
public sealed record ObjectiveEffect(string Objective, double Loss, IReadOnlyList<ModuleEffect> Modules, IReadOnlyList<InstanceEffect> Instances)
{
    /// <summary>Over all parameters measured.</summary>
    public EffectProducts Total => EffectProducts.Sum(Modules.Select(module => module.Products));

    /// <summary>By block, from the lowest measured.</summary>
    public IReadOnlyList<(int Layer, EffectProducts Products)> Layers =>
        [.. Modules.GroupBy(module => module.Layer).OrderBy(group => group.Key).Select(group => (group.Key, EffectProducts.Sum(group.Select(module => module.Products))))];
}

/// <summary>The G-effects of some objectives at one point of the parameters.</summary>
/// <param name="Step">Steps of a run taken; null for a model that no run belongs to.</param>
/// <param name="ForgetRisk">R(D_forget), mean NLL.</param>
/// <param name="RetainRisk">R(D_retain).</param>
/// <param name="Objectives">One for each objective, in the order asked for.</param>
public sealed record EffectMeasurement(int? Step, double ForgetRisk, double RetainRisk, IReadOnlyList<ObjectiveEffect> Objectives);
