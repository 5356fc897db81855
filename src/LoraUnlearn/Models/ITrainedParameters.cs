using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>
/// What a training loop changes: one vector of parameters, and the gradient that is accumulated for it. An adapter's factors are one,
/// all weights of a model another; the loop knows no difference.
/// </summary>
public interface ITrainedParameters
{
    /// <summary>The model that computes with them.</summary>
    Decoder Decoder { get; }

    /// <summary>θ [p], float32, changed in place by the optimiser.</summary>
    Tensor Parameters { get; }

    /// <summary>Accumulated gradient [p], float32, in the same order.</summary>
    Tensor Gradient { get; }

    /// <summary>Promises that no parameter changes until the result is disposed.</summary>
    IDisposable HoldStill();
}
