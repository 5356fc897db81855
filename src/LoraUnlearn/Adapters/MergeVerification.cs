using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>Compares a merged model with its base under the adapters, by what they compute.</summary>
public static class MergeVerification
{
    /// <summary>The largest difference of a logit. One model at a time is in memory.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="adapters">The adapters that were merged, and their weights.</param>
    /// <param name="merged">The merged model.</param>
    /// <param name="inputIds">Token ids [b,t], int64, on the CPU; b, t at least 1.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="dtype">Type of weights and activations; differences below its rounding mean nothing.</param>
    /// <returns>max |difference|; not a number where a logit is not.</returns>
    /// <exception cref="InputException">A model or an adapter cannot be used.</exception>
    public static double LargestLogitDifference(
        ModelFolder model, IReadOnlyList<WeightedAdapter> adapters, ModelFolder merged, Tensor inputIds, Device device, ScalarType dtype) =>
        LargestLogitDifferences(model, adapters, merged, [inputIds], device, dtype)[0];

    /// <summary>The largest difference of a logit for each of several inputs, which are computed one after the other.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="adapters">The adapters that were merged, and their weights.</param>
    /// <param name="merged">The merged model.</param>
    /// <param name="inputs">Token ids, each [b,t], int64, on the CPU; b, t at least 1.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="dtype">Type of weights and activations.</param>
    /// <exception cref="InputException">A model or an adapter cannot be used.</exception>
    public static double[] LargestLogitDifferences(
        ModelFolder model, IReadOnlyList<WeightedAdapter> adapters, ModelFolder merged, IReadOnlyList<Tensor> inputs, Device device, ScalarType dtype)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor[] adapted = Logits(model, adapters, inputs, device, dtype); // each [b·t,v]
        Tensor[] plain = Logits(merged, [], inputs, device, dtype); // each [b·t,v]
        return adapted[0].shape.AsSpan().SequenceEqual(plain[0].shape)
            ? [.. adapted.Zip(plain, (one, other) => (double)one.sub_(other).abs().max().item<float>())]
            : throw new InputException($"{merged.Path}: the model has {plain[0].shape[1]} logits a position, the base model {adapted[0].shape[1]}; it is no merge of that base.");
    }

    private static Tensor[] Logits(ModelFolder folder, IReadOnlyList<WeightedAdapter> adapters, IReadOnlyList<Tensor> inputs, Device device, ScalarType dtype)
    {
        using Decoder decoder = Decoder.Load(folder, device, dtype);
        using FixedAdapter? attached = adapters.Count > 0 ? new FixedAdapter(decoder, adapters) : null;
        return [.. inputs.Select(Of)];

        Tensor Of(Tensor inputIds)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor hidden = decoder.Hidden(inputIds.to(ScalarType.Int64, device)); // [b·t,d]
            return decoder.Logits(decoder.FinalNorm(hidden)).to(ScalarType.Float32, CPU).MoveToOuterDisposeScope();
        }
    }
}
