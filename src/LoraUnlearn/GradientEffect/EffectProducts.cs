namespace LoraUnlearn.GradientEffect;

/// <summary>
/// What one step down an objective's gradient does to both sets, over some parameters (METHODS §9): with R the mean NLL, a step
/// of −η∇L_u changes R by −η·e to first order. Wanted: e_u ≪ 0, e_r ≥ 0. Products and squares of parameters that do not overlap
/// add up.
/// </summary>
/// <param name="Unlearning">e_u = ⟨∇L_u, ∇R(D_forget)⟩.</param>
/// <param name="Retaining">e_r = ⟨∇L_u, ∇R(D_retain)⟩.</param>
/// <param name="ObjectiveSquare">‖∇L_u‖².</param>
/// <param name="ForgetSquare">‖∇R(D_forget)‖².</param>
/// <param name="RetainSquare">‖∇R(D_retain)‖².</param>
public readonly record struct EffectProducts(double Unlearning, double Retaining, double ObjectiveSquare, double ForgetSquare, double RetainSquare)
{
    /// <summary>Cosine of ∇L_u and ∇R(D_forget); 0 where one vanishes.</summary>
    public double UnlearningCosine => Cosine(Unlearning, ForgetSquare);

    /// <summary>Cosine of ∇L_u and ∇R(D_retain); 0 where one vanishes.</summary>
    public double RetainingCosine => Cosine(Retaining, RetainSquare);

    /// <summary>‖∇L_u‖.</summary>
    public double ObjectiveNorm => Math.Sqrt(ObjectiveSquare);

    /// <summary>‖∇R(D_forget)‖.</summary>
    public double ForgetNorm => Math.Sqrt(ForgetSquare);

    /// <summary>‖∇R(D_retain)‖.</summary>
    public double RetainNorm => Math.Sqrt(RetainSquare);

    /// <summary>
    /// How well these parameters forget without losing what is to be kept: the retaining cosine minus the unlearning cosine, in
    /// [−2,2]. It does not depend on the scale of any of the gradients, so that layers can be compared by it.
    /// </summary>
    public double TradeOff => RetainingCosine - UnlearningCosine;

    /// <summary>Those of both sets of parameters together.</summary>
    public static EffectProducts operator +(EffectProducts first, EffectProducts second) => new(
        first.Unlearning + second.Unlearning,
        first.Retaining + second.Retaining,
        first.ObjectiveSquare + second.ObjectiveSquare,
        first.ForgetSquare + second.ForgetSquare,
        first.RetainSquare + second.RetainSquare);

    /// <summary>Those of all parameters together.</summary>
    public static EffectProducts Sum(IEnumerable<EffectProducts> parts) => parts.Aggregate(default(EffectProducts), (sum, part) => sum + part);

    private double Cosine(double product, double square) =>
        ObjectiveSquare > 0 && square > 0 ? product / Math.Sqrt(ObjectiveSquare) / Math.Sqrt(square) : 0;
}
