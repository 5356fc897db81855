using LoraUnlearn.Settings;
using static TorchSharp.torch;

namespace LoraUnlearn.Objectives;

/// <summary>
/// Mean squared distance of a layer's hidden states to the reference's on the retain set (METHODS §6): RMU's retain term,
/// representation retention of the G-effect paper.
/// </summary>
public sealed class HiddenRetainTerm : HiddenObjective
{
    /// <summary>Creates the term.</summary>
    /// <param name="layer">The hidden state; null for a quarter of the depth.</param>
    public HiddenRetainTerm(int? layer = null)
        : base(layer)
    {
    }

    /// <summary>Its entry in the catalogue.</summary>
    public static Method<Objective?> Entry { get; } = new(
        "hidden",
        "mean squared distance of the hidden states at a layer to the reference's",
        "RMU, Li et al. 2024 (arXiv 2403.03218)",
        "With rmu, whose layer it takes unless it is given its own.",
        values => new HiddenRetainTerm(values.Whole("layer")),
        LayerParameter);

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override ObjectiveNeeds Needs => ObjectiveNeeds.ReferenceHidden;

    /// <inheritdoc/>
    public override Tensor Loss(Tensor hidden, Tensor? referenceHidden) => (hidden - referenceHidden!).square().mean();
}
