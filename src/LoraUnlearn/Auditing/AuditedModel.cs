using LoraUnlearn.Adapters;
using LoraUnlearn.Models;
using LoraUnlearn.Sessions;
using static TorchSharp.torch;

namespace LoraUnlearn.Auditing;

/// <summary>A model under attack, bare between attacks: each puts on what it needs, and takes it off again.</summary>
/// <param name="session">The opened model, without any adapter on it.</param>
/// <param name="adapter">The adapter that unlearned; null for a model that is taken as it is. Stays the caller's.</param>
public sealed class AuditedModel(ModelSession session, AdapterFactors? adapter)
{
    /// <summary>The model.</summary>
    public Decoder Decoder { get; } = session.Decoder;

    /// <summary>The adapter that unlearned, or null.</summary>
    public AdapterFactors? Adapter { get; } = adapter;

    /// <summary>The type in which the linear maps' weights are stored, and a merged model would be written.</summary>
    internal ScalarType StoredType { get; } = TypeOf(session);

    /// <summary>Puts the adapter on until the result is disposed.</summary>
    /// <param name="weight">How strongly; at 0 the model is the base.</param>
    public IDisposable? Put(double weight = 1) => Adapter is null || weight == 0 ? null : new FixedAdapter(Decoder, [new WeightedAdapter(Adapter, weight)]);

    /// <summary>Puts the adapter below whatever is trained next, until the result is disposed.</summary>
    internal IDisposable? Carry() => Adapter is null ? null : FixedAdapter.Carry(Decoder, [new WeightedAdapter(Adapter)]);

    private static ScalarType TypeOf(ModelSession session)
    {
        string name = session.Decoder.Maps[0].Name + ".weight";
        return session.Folder.Weights.Entries.FirstOrDefault(entry => name.EndsWith(entry.Key, StringComparison.Ordinal) || entry.Key.EndsWith(name, StringComparison.Ordinal)).Value is { } entry
            && Checkpoints.FloatingBytes.Has(entry.DType)
            ? entry.ScalarType
            : session.Decoder.Dtype;
    }
}
