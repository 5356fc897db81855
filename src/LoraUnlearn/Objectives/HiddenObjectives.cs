using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>
/// An objective on the hidden states of one layer. Nothing above that layer is computed. The states are those that predict
/// the scored tokens: at t−1 for a label at t (METHODS §1).
/// </summary>
public abstract class HiddenObjective : Objective
{
    private int? _layer;

    /// <summary>Creates the objective.</summary>
    /// <param name="layer">The hidden state: k is the output of the k-th block, from 1; null for a quarter of the depth.</param>
    protected HiddenObjective(int? layer) => RequestedLayer = layer;

    /// <summary>The parameter by which the layer is set.</summary>
    public static Parameter LayerParameter { get; } = Parameter.Whole(
        "layer", null, "hidden state that the loss is on: k is the output of the k-th block; by default a quarter of the depth", 1);

    /// <summary>The layer that was asked for; null for a quarter of the depth.</summary>
    public int? RequestedLayer { get; }

    /// <summary>The hidden state that the loss is a function of: k is the output of the k-th block.</summary>
    /// <exception cref="InvalidOperationException">The objective has not been told of the model yet.</exception>
    public int Layer => _layer ?? throw new InvalidOperationException($"'{Name}' has no layer before {nameof(Bind)}.");

    /// <summary>The layer where none is asked for: a quarter of the depth, as RMU's <c>layers.7</c> is of 32 (state 8).</summary>
    /// <param name="layers">Blocks of the model.</param>
    public static int DefaultLayer(int layers) => Math.Max(1, (int)Math.Round(layers / 4.0, MidpointRounding.AwayFromZero));

    /// <inheritdoc/>
    public override void Bind(DecoderSpec spec, long seed)
    {
        if (RequestedLayer is { } layer && (layer < 1 || layer > spec.Layers))
        {
            throw new InputException($"{Name}: layer {layer} does not exist; the model has {spec.Layers} layers, so expected 1 to {spec.Layers}.");
        }

        _layer = RequestedLayer ?? DefaultLayer(spec.Layers);
    }

    /// <summary>The mean loss over the scored tokens, in squared units of the states.</summary>
    /// <param name="hidden">Hidden states of the scored tokens [n,d], float32 or float64, with gradient.</param>
    /// <param name="referenceHidden">The reference's [n,d], a constant; null unless asked for.</param>
    /// <returns>A scalar.</returns>
    public abstract Tensor Loss(Tensor hidden, Tensor? referenceHidden);
}

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
        (hidden - tensor(_target, hidden.dtype, hidden.device)).Squared().mean();
}
