using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Fisher;

/// <summary>Squared per-example gradients, element by element: F[o,i] += Σ_examples (Δᵀ X)².</summary>
internal sealed class ElementFisherTask : FisherTask
{
    private const long FloatsAtOnce = 16L << 20;
    private readonly Dictionary<LinearMap, Tensor> _sums; // float32 [o,i]

    public ElementFisherTask(Decoder decoder, Dictionary<LinearMap, Tensor> sums)
        : base(decoder, sums.Keys) => _sums = sums;

    /// <inheritdoc/>
    protected override void Accumulate(Tensor input, IReadOnlyList<(LinearMap Map, Tensor Gradient)> maps)
    {
        long b = input.shape[0];
        foreach ((LinearMap map, Tensor gradient) in maps)
        {
            long together = Math.Clamp(FloatsAtOnce / (map.InputWidth * map.OutputWidth), 1, b);
            for (long start = 0; start < b; start += together)
            {
                using DisposeScope scope = NewDisposeScope();
                long count = Math.Min(together, b - start);
                Tensor delta = gradient.narrow(0, start, count).transpose(1, 2); // [c,o,t]
                _sums[map].add_(delta.bmm(input.narrow(0, start, count)).pow_(2).sum([0])); // [o,i]
            }
        }
    }
}
