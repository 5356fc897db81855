using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>Checks that two models differ in their linear maps alone.</summary>
internal static class ModelDifference
{
    private const long ChunkElements = 1 << 24;
    private const int Shown = 10;

    /// <summary>Buffers that some checkpoints hold and others leave out; they are computed, not trained.</summary>
    private static readonly string[] Buffers = ["rotary_emb.inv_freq", "attn.masked_bias", "attn.bias", "attention.masked_bias", "attention.bias"];

    /// <summary>Compares all tensors.</summary>
    /// <returns>The linear maps: module name and name of the weight tensor.</returns>
    /// <exception cref="InputException">A tensor is in one model only, has another shape, or differs and is no linear map's weight.</exception>
    public static IReadOnlyList<(string Module, string Tensor)> Check(ModelFolder model, ModelFolder changed, DecoderSpec spec)
    {
        ModuleNames names = ModuleNames.Of(spec);
        (string Module, string Tensor)[] maps = [.. names.All.Select(module => (module, WeightOf(model.Weights, names, module)))];
        RequireSameTensors(model, changed, spec);
        HashSet<string> adaptable = new(maps.Select(map => map.Tensor), StringComparer.Ordinal);
        List<string> different = [.. model.Weights.Entries.Keys
            .Where(name => !adaptable.Contains(name) && changed.Weights.Contains(name) && !IsBuffer(name))
            .Where(name => Differ(model.Weights, changed.Weights, name))
            .Order(StringComparer.Ordinal)];
        return different.Count == 0
            ? maps
            : throw new InputException(
                $"{changed.Path}: {different.Count} tensors that no adapter changes differ from {model.Path}: {List(different)}. " +
                "Only changes of the blocks' linear maps can be extracted; use a changed model in which the rest was frozen.");
    }

    private static string WeightOf(TensorSource weights, ModuleNames names, string module) =>
        names.Candidates(module).Select(candidate => candidate + ".weight").FirstOrDefault(weights.Contains)
            ?? throw new InputException($"{weights.Path}: the tensor '{module}.weight' is missing.{NearestName.List(module + ".weight", weights.Entries.Keys)}");

    private static void RequireSameTensors(ModelFolder model, ModelFolder changed, DecoderSpec spec)
    {
        foreach ((ModelFolder one, ModelFolder other) in new[] { (model, changed), (changed, model) })
        {
            List<string> missing = [.. one.Weights.Entries.Keys
                .Where(name => !other.Weights.Contains(name) && !IsBuffer(name) && !(spec.TiedHead && name == spec.Names.Head + ".weight"))
                .Order(StringComparer.Ordinal)];
            if (missing.Count > 0)
            {
                throw new InputException($"{other.Path}: {missing.Count} tensors of {one.Path} are missing: {List(missing)}. Both must be models of one architecture, saved by the same model class.");
            }
        }

        foreach ((string name, SafetensorsEntry entry) in model.Weights.Entries)
        {
            if (changed.Weights.Entries.TryGetValue(name, out SafetensorsEntry? other) && !entry.Shape.AsSpan().SequenceEqual(other.Shape))
            {
                throw new InputException(
                    $"{changed.Path}: '{BoundedJson.Shorten(name)}' has shape [{string.Join(",", other.Shape)}], but [{string.Join(",", entry.Shape)}] in {model.Path}; both must be models of one architecture.");
            }
        }
    }

    private static bool IsBuffer(string name) => Buffers.Any(ending => AdapterTargets.Matches(name, ending));

    private static bool Differ(TensorSource first, TensorSource second, string name)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = first.Read(name).view(-1), b = second.Read(name).view(-1);
        for (long start = 0; start < a.NumberOfElements; start += ChunkElements)
        {
            using DisposeScope inner = NewDisposeScope();
            long length = Math.Min(ChunkElements, a.NumberOfElements - start);
            Tensor left = a.narrow(0, start, length), right = b.narrow(0, start, length);
            if (left.dtype != right.dtype)
            {
                left = left.to_type(ScalarType.Float32);
                right = right.to_type(ScalarType.Float32);
            }

            if (left.ne(right).any().item<bool>())
            {
                return true;
            }
        }

        return false;
    }

    private static string List(List<string> names)
    {
        string shown = string.Join(", ", names.Take(Shown).Select(name => $"'{BoundedJson.Shorten(name)}'"));
        return names.Count > Shown ? $"{shown} and {names.Count - Shown} more" : shown;
    }
}
