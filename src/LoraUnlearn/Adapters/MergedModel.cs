using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;

namespace LoraUnlearn.Adapters;

/// <summary>Adapters added up and matched with the tensors of a model: what changes, and what must stay tied.</summary>
internal sealed class MergedModel : IDisposable
{
    private readonly AdapterFactors _sum;
    private readonly Dictionary<string, ModuleFactors> _changes = new(StringComparer.Ordinal);

    private MergedModel(ModelFolder model, AdapterFactors sum, DecoderSpec spec)
    {
        _sum = sum;
        Transposed = spec.TransposedWeights;
        UnusedHead = TiedHead.UnusedHead(model.Weights, spec);
        Embedding = UnusedHead is null ? null : TiedHead.EmbeddingOf(model.Weights, spec);
        ModuleNames names = ModuleNames.Of(spec);
        foreach (ModuleFactors module in sum.Modules)
        {
            _changes.Add(TensorOf(model.Weights, names, module), module);
        }
    }

    /// <summary>Whether weights are stored [i,o].</summary>
    public bool Transposed { get; }

    /// <summary>A stored head that does not count because the embedding is tied to it; null where there is none.</summary>
    public string? UnusedHead { get; }

    /// <summary>The embedding that counts in its place.</summary>
    public string? Embedding { get; }

    /// <summary>The tensors that change.</summary>
    public IReadOnlyCollection<string> Names => _changes.Keys;

    /// <summary>Matches adapters with a model.</summary>
    /// <exception cref="InputException">They do not fit it, or its weights are stored in a type that cannot be merged.</exception>
    public static MergedModel Of(ModelFolder model, IReadOnlyList<WeightedAdapter> adapters)
    {
        DecoderSpec spec = ModelFamilies.Describe(model.Config);
        AdapterFactors sum = AdapterComposition.Sum(adapters, ModuleNames.Of(spec).Resolve);
        try
        {
            return new MergedModel(model, sum, spec);
        }
        catch
        {
            sum.Dispose();
            throw;
        }
    }

    /// <summary>The change of a tensor; null where it has none.</summary>
    public ModuleFactors? Find(string tensor) => _changes.GetValueOrDefault(tensor);

    /// <inheritdoc/>
    public void Dispose() => _sum.Dispose();

    /// <summary>The checkpoint's name of a map's weight, once its shape and type are known to be right.</summary>
    private string TensorOf(TensorSource weights, ModuleNames names, ModuleFactors module)
    {
        string name = names.Candidates(module.Module).Select(candidate => candidate + ".weight").FirstOrDefault(weights.Contains)
            ?? throw new InputException($"{weights.Path}: the tensor '{module.Module}.weight' is missing.{NearestName.List(module.Module + ".weight", weights.Entries.Keys)}");
        SafetensorsEntry entry = weights.Entries[name];
        if (!FloatingBytes.Has(entry.DType) || entry.Shape.Length != 2)
        {
            throw new InputException(
                $"{weights.Path}: '{name}' is stored as {entry.DType} [{string.Join(",", entry.Shape)}]; an adapter can be merged into a matrix of F32, BF16, F16 or F64 only.");
        }

        Shapes.Require(_sum.Source, module, entry.Shape[Transposed ? 1 : 0], entry.Shape[Transposed ? 0 : 1]);
        return name;
    }
}
