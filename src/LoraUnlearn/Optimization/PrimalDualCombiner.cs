using LoraUnlearn.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Optimization;

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

    /// <summary>Creates the combiner.</summary>
    /// <param name="epsilon">ε, the retain loss that is allowed.</param>
    /// <param name="rate">η_λ.</param>
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
    public override Tensor Combine(Tensor forget, Tensor retain) => forget + retain;
}
