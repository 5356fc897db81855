using static TorchSharp.torch;

namespace LoraUnlearn.Training;

/// <summary>Evaluates the losses of a step, and differentiates them by whatever is trained.</summary>
internal interface ILossStep
{
    /// <summary>Factor of all gradients, against underflow in float16; whoever reads them divides by it.</summary>
    double Scale { get; set; }

    /// <summary>Adds the gradients of some parts, each times its weight and <see cref="Scale"/>, to the accumulated gradient.</summary>
    /// <param name="parts">The parts.</param>
    /// <returns>The parts' losses, unweighted, scalars in the caller's dispose scope.</returns>
    IReadOnlyList<Tensor> Accumulate(IReadOnlyList<LossPart> parts);

    /// <summary>The losses alone.</summary>
    /// <param name="parts">The parts.</param>
    /// <returns>The parts' losses, unweighted, scalars in the caller's dispose scope.</returns>
    IReadOnlyList<Tensor> Losses(IReadOnlyList<LossPart> parts);
}
