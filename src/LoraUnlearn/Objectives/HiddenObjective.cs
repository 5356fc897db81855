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

    /// <summary>The loss.</summary>
    /// <param name="hidden">Hidden states of the scored tokens [n,d], float32 or float64, with gradient.</param>
    /// <param name="referenceHidden">The reference's [n,d], a constant; null unless asked for.</param>
    /// <returns>A scalar.</returns>
    public abstract Tensor Loss(Tensor hidden, Tensor? referenceHidden);
}
