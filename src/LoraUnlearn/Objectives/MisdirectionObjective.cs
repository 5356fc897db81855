using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>
/// RMU's forget loss (METHODS §5): mean squared error of a layer's hidden states to c·u, u a fixed random unit vector with
/// u ∝ U[0,1)^d.
/// </summary>
public sealed class MisdirectionObjective : HiddenObjective
{
    // Separates this draw from the other uses of a run's seed.
    private const long DirectionStream = 0x0052_4D55;

    private readonly double _coefficient;
    private double[] _target = [];

    /// <summary>Creates the objective.</summary>
    /// <param name="coefficient">c.</param>
    /// <param name="layer">The hidden state; null for a quarter of the depth.</param>
    public MisdirectionObjective(double coefficient = 2, int? layer = null)
        : base(layer) => _coefficient = coefficient;

    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective> Entry { get; } = new(
        "rmu",
        "mean squared error of the hidden state at a layer to c·u, u a fixed unit vector, u ∝ U[0,1)^d",
        "RMU, Li et al. 2024 (arXiv 2403.03218)",
        "For knowledge that is spread over many phrasings; fast, as nothing above the layer is computed. Goes with --retain-loss hidden.",
        values => new MisdirectionObjective(values["coefficient"], values.Whole("layer")),
        Parameter.Positive("coefficient", 2, "length c of the target"),
        LayerParameter);

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <summary>The target c·u [d], once the model is known.</summary>
    public IReadOnlyList<double> Target => _target;

    /// <inheritdoc/>
    public override void Bind(DecoderSpec spec, long seed)
    {
        base.Bind(spec, seed);
        SeededRandom random = SeededRandom.ForStream(seed, DirectionStream);
        double[] direction = [.. Enumerable.Range(0, (int)spec.Width).Select(_ => random.NextDouble())];
        double scale = _coefficient / Math.Sqrt(direction.Sum(value => value * value));
        _target = [.. direction.Select(value => value * scale)];
    }

    /// <inheritdoc/>
    public override Tensor Loss(Tensor hidden, Tensor? referenceHidden) =>
        (hidden - tensor(_target, hidden.dtype, hidden.device)).square().mean();
}
