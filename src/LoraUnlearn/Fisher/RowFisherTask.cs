using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Fisher;

/// <summary>
/// Row sums of the squared per-example gradients without the gradients (METHODS §3): ρ_j = Σ_k g_jk² = Σ_t [ Δ ⊙ (K Δ) ]_tj with
/// K = X Xᵀ. K is shared by the maps that share an input. Where long sequences make that the dearer way, g is formed for some
/// output rows at a time.
/// </summary>
internal sealed class RowFisherTask : FisherTask
{
    private const long FloatsAtOnce = 16L << 20;
    private readonly Dictionary<LinearMap, Tensor> _sums; // float64 [o]

    public RowFisherTask(Decoder decoder, IEnumerable<LinearMap> maps, Dictionary<LinearMap, Tensor> sums)
        : base(decoder, maps) => _sums = sums;

    /// <inheritdoc/>
    protected override void Accumulate(Tensor input, IReadOnlyList<(LinearMap Map, Tensor Gradient)> maps)
    {
        long b = input.shape[0], t = input.shape[1], i = input.shape[2];
        long outputs = maps.Sum(map => map.Gradient.shape[2]);
        bool useGram = t * (i + outputs) <= i * outputs && b * t * t <= 4 * FloatsAtOnce;
        Tensor? gram = useGram ? input.bmm(input.transpose(1, 2)) : null; // K [b,t,t]
        foreach ((LinearMap map, Tensor gradient) in maps)
        {
            Tensor rows = gram is not null
                ? gram.bmm(gradient).mul_(gradient).sum([0, 1], type: ScalarType.Float64) // [o]
                : Explicit(input, gradient);
            _sums[map].add_(rows);
        }
    }

    // Σ over examples and k of g², g = Δᵀ X formed for a slice of output rows.
    private static Tensor Explicit(Tensor input, Tensor gradient)
    {
        long b = input.shape[0], i = input.shape[2], o = gradient.shape[2];
        long slice = Math.Clamp(FloatsAtOnce / (b * i), 1, o);
        List<Tensor> parts = [];
        for (long start = 0; start < o; start += slice)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor part = gradient.narrow(2, start, Math.Min(slice, o - start)).transpose(1, 2).bmm(input); // [b,slice,i]
            parts.Add(part.pow_(2).sum([0, 2], type: ScalarType.Float64).MoveToOuterDisposeScope());
        }

        return cat(parts, 0);
    }
}
