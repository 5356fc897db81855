using LoraUnlearn.Adapters;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Auditing;

/// <summary>
/// Makes every linear map of a model compute with its merged and round-tripped weight, W + s·B A rounded to the stored type and then
/// to few bits, until it is disposed. The weight is made anew whenever the map is applied, so that no second model sits in memory.
/// </summary>
internal sealed class RoundTripWeights : IDisposable
{
    private readonly List<Delta> _deltas = [];

    /// <summary>Takes over the maps of a model, which must be bare.</summary>
    /// <param name="model">The model and its adapter.</param>
    /// <param name="roundTrip">What becomes of a weight [o,i]; null only merges it.</param>
    public RoundTripWeights(AuditedModel model, Func<Tensor, Tensor>? roundTrip)
    {
        ModuleNames names = ModuleNames.Of(model.Decoder.Spec);
        Dictionary<string, ModuleFactors> factors = model.Adapter is { } adapter
            ? adapter.Modules.ToDictionary(module => names.Resolve(adapter, module.Module), StringComparer.Ordinal)
            : [];
        using IDisposable noGrad = no_grad();
        foreach (LinearMap map in model.Decoder.Maps)
        {
            using DisposeScope scope = NewDisposeScope();
            ModuleFactors? change = factors.GetValueOrDefault(map.Name);
            Delta delta = new(
                map,
                change is null ? null : (change.B * Held(change.Scale)).to(model.Decoder.Device, copy: true).DetachFromDisposeScope(),
                change?.A.to(model.Decoder.Device, copy: true).DetachFromDisposeScope(),
                model.StoredType,
                roundTrip);
            map.Delta = delta;
            _deltas.Add(delta);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Delta delta in _deltas)
        {
            delta.Dispose();
        }

        _deltas.Clear();
    }

    private sealed class Delta(LinearMap map, Tensor? b, Tensor? a, ScalarType stored, Func<Tensor, Tensor>? roundTrip) : ILinearDelta, IDisposable
    {
        public Tensor AddTo(Tensor output, Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor weight = map.CopyWeight(ScalarType.Float32); // [o,i]
            weight = b is null || a is null ? weight : weight.Plus(b.mm(a));
            weight = weight.to_type(stored).to_type(ScalarType.Float32);
            weight = (roundTrip is null ? weight : roundTrip(weight)).to_type(input.dtype);
            Tensor result = map.Bias is null ? input.mm(weight.t()) : addmm(map.Bias, input, weight.t(), 1, 1);
            return result.MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            if (ReferenceEquals(map.Delta, this))
            {
                map.Delta = null;
            }

            a?.Dispose();
            b?.Dispose();
        }
    }
}
