using LoraUnlearn.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Optimization;

/// <summary>The combiners by name (METHODS §7): a plain list.</summary>
public static class Combiners
{
    /// <summary>All of them, in the order of the help; the first is the default.</summary>
    public static IReadOnlyList<Method<ForgetRetainCombiner>> All { get; } =
        [SumCombiner.Entry, NormalisedDifferenceCombiner.Entry, GradientSurgeryCombiner.Entry, PrimalDualCombiner.Entry];

    /// <summary>Their names, for <c>--combiner</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(entry => entry.Name)];

    /// <summary>Makes a combiner.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="settings">Values of its parameters, as text; null for the defaults.</param>
    /// <exception cref="InputException">There is no such combiner or parameter, or a value is out of range.</exception>
    public static ForgetRetainCombiner Create(string name, IReadOnlyDictionary<string, string>? settings = null) =>
        All.Named("combiner", name).With(settings);
}

/// <summary>The gradient of γL_f + λL_r.</summary>
public sealed class SumCombiner : ForgetRetainCombiner
{
    /// <summary>Its entry in the catalogue.</summary>
    public static Method<ForgetRetainCombiner> Entry { get; } = new(
        "sum", "∇( γ·L_f + λ·L_r )", "", "The default: one pass for both losses.", _ => new SumCombiner());

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override bool NeedsRetainTerm => false;

    /// <inheritdoc/>
    public override Tensor Combine(Tensor forget, Tensor retain) => forget.Plus(retain);
}

/// <summary>
/// NGDiff (arXiv 2410.22086, METHODS §7): g = ∇L_r/‖∇L_r‖ + ∇L_f/‖∇L_f‖, norms over all adapter parameters. With <c>ga</c>
/// as L_f, ∇L_f = −g_F, and this is the paper's g_R/‖g_R‖ − g_F/‖g_F‖; any other objective takes the place of ascent. A
/// gradient that vanishes adds nothing.
/// </summary>
public sealed class NormalisedDifferenceCombiner : ForgetRetainCombiner
{
    // Below this a float32 gradient is zero for all purposes; it keeps 0/0 from becoming a number that is not one.
    private const double SmallestNorm = 1e-30;

    /// <summary>Its entry in the catalogue.</summary>
    public static Method<ForgetRetainCombiner> Entry { get; } = new(
        "ngdiff",
        "∇L_r/‖∇L_r‖ + ∇L_f/‖∇L_f‖ (with ga: g_R/‖g_R‖ − g_F/‖g_F‖)",
        "NGDiff, Bu et al. 2024 (arXiv 2410.22086)",
        "When one loss would drown the other; with --objective ga and --schedule gen as in the paper. Weights have no effect.",
        _ => new NormalisedDifferenceCombiner());

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override bool NeedsSeparateGradients => true;

    /// <inheritdoc/>
    public override bool UsesWeights => false;

    /// <inheritdoc/>
    public override Tensor Combine(Tensor forget, Tensor retain)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return Normalised(forget).Plus(Normalised(retain)).MoveToOuterDisposeScope();
    }

    private static Tensor Normalised(Tensor gradient) => gradient / gradient.norm().clamp_min(Held(SmallestNorm));
}

/// <summary>
/// Gradient surgery (METHODS §7): where the forget gradient f conflicts with the retain gradient r, ⟨f,r⟩ &lt; 0, its part
/// along r is taken out; then both are added. The retain loss does not rise to first order.
/// </summary>
public sealed class GradientSurgeryCombiner : ForgetRetainCombiner
{
    // Below this a float32 gradient's squared norm is zero for all purposes.
    private const double SmallestSquare = 1e-36;

    /// <summary>Its entry in the catalogue.</summary>
    public static Method<ForgetRetainCombiner> Entry { get; } = new(
        "pcgrad",
        "f − min(0, ⟨f,r⟩)/‖r‖²·r + r",
        "PCGrad, Yu et al. 2020 (arXiv 2001.06782)",
        "When forgetting undoes what is to be kept.",
        _ => new GradientSurgeryCombiner());

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override bool NeedsSeparateGradients => true;

    /// <inheritdoc/>
    public override Tensor Combine(Tensor forget, Tensor retain)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor conflict = forget.dot(retain).clamp_max(Held(0)) / retain.dot(retain).clamp_min(Held(SmallestSquare)); // scalar, 0 without conflict
        return forget.Plus(retain * conflict.neg().Plus(1)).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// Forgetting under the constraint L_r ≤ ε (METHODS §7): the gradient of γL_f + λL_r where λ is a dual variable that starts
/// at the run's λ and moves after each step by λ ← max(0, λ + η_λ (L_r − ε)).
/// </summary>
public sealed class PrimalDualCombiner : ForgetRetainCombiner
{
    private const string Multiplier = "multiplier";

    private readonly double _epsilon;
    private readonly double _rate;
    private double? _multiplier;

    /// <summary>Starts from the run's λ.</summary>
    /// <param name="epsilon">ε, the retain loss that is allowed, nats a token where it is a likelihood.</param>
    /// <param name="rate">η_λ, the change of λ by a retain loss that is 1 above ε.</param>
    public PrimalDualCombiner(double epsilon = 0.1, double rate = 0.1) => (_epsilon, _rate) = (epsilon, rate);

    /// <summary>Its entry in the catalogue.</summary>
    public static Method<ForgetRetainCombiner> Entry { get; } = new(
        "primal-dual",
        "∇( γ·L_f + λ·L_r ), λ ← max(0, λ + rate·(L_r − epsilon)) after each step",
        "dual ascent on min L_f subject to L_r ≤ ε",
        "When the retain loss has a budget instead of a weight: λ grows while the budget is overdrawn.",
        values => new PrimalDualCombiner(values["epsilon"], values["rate"]),
        Parameter.Number("epsilon", 0.1, "retain loss that is allowed", 0),
        Parameter.Positive("rate", 0.1, "step size of λ"));

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> State =>
        _multiplier is { } value ? new Dictionary<string, double> { [Multiplier] = value } : base.State;

    /// <inheritdoc/>
    public override void Restore(IReadOnlyDictionary<string, double> state) =>
        _multiplier = state.TryGetValue(Multiplier, out double value) ? value : null;

    /// <inheritdoc/>
    public override double RetainWeight(double configured) => _multiplier ?? configured;

    /// <inheritdoc/>
    public override void StepTaken(double retainLoss, double configured) =>
        _multiplier = Math.Max(0, RetainWeight(configured) + (_rate * (retainLoss - _epsilon)));

    /// <inheritdoc/>
    public override Tensor Combine(Tensor forget, Tensor retain) => forget.Plus(retain);
}
