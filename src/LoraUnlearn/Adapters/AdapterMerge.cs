using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>
/// Writes a model with adapters merged in: W + Σ weight·ΔW, computed in float32 and rounded once to the type in which W is
/// stored (METHODS §2). Tensor by tensor, so that the model never sits in memory; everything else is copied bit for bit.
/// </summary>
public static class AdapterMerge
{
    /// <summary>Merges adapters into a copy of a model folder, with the same weight files, index, configuration and tokenizer.</summary>
    /// <param name="model">The base model; it stays as it is.</param>
    /// <param name="adapters">The adapters and their weights.</param>
    /// <param name="output">A folder that does not exist yet, or is empty. It appears when it is whole.</param>
    /// <exception cref="InputException">
    /// An adapter does not fit the model, the output exists or cannot be written, or the weights are stored in a type that
    /// cannot be merged.
    /// </exception>
    public static void Write(ModelFolder model, IReadOnlyList<WeightedAdapter> adapters, string output)
    {
        DecoderSpec spec = ModelFamilies.Describe(model.Config);
        ModuleNames names = ModuleNames.Of(spec);
        using AdapterFactors sum = AdapterComposition.Sum(adapters, names.Resolve);
        Dictionary<string, ModuleFactors> changes = new(StringComparer.Ordinal);
        foreach (ModuleFactors module in sum.Modules)
        {
            changes.Add(TensorOf(model.Weights, names, module, spec.TransposedWeights, sum.Source), module);
        }

        List<SafetensorsFile> shards = [];
        try
        {
            foreach (string path in model.Weights.Files)
            {
                shards.Add(SafetensorsFile.Open(path));
                RequireWritable(shards[^1]);
            }

            OutputFolder.WriteNew(output, folder =>
            {
                foreach (SafetensorsFile shard in shards)
                {
                    WriteShard(shard, changes, spec.TransposedWeights, folder);
                }

                ModelCopy.CopyOtherFiles(model, folder);
            });
        }
        finally
        {
            shards.ForEach(shard => shard.Dispose());
        }
    }

    /// <summary>The checkpoint's name of a map's weight, once its shape and type are known to be right.</summary>
    private static string TensorOf(TensorSource weights, ModuleNames names, ModuleFactors module, bool transposed, string source)
    {
        string name = names.Candidates(module.Module).Select(candidate => candidate + ".weight").FirstOrDefault(weights.Contains)
            ?? throw new InputException($"{weights.Path}: the tensor '{module.Module}.weight' is missing.{NearestName.List(module.Module + ".weight", weights.Entries.Keys)}");
        SafetensorsEntry entry = weights.Entries[name];
        if (entry.DType is not ("F32" or "F16" or "BF16" or "F64") || entry.Shape.Length != 2)
        {
            throw new InputException(
                $"{weights.Path}: '{name}' is stored as {entry.DType} [{string.Join(",", entry.Shape)}]; an adapter can be merged into a matrix of F32, BF16, F16 or F64 only.");
        }

        Shapes.Require(source, module, entry.Shape[transposed ? 1 : 0], entry.Shape[transposed ? 0 : 1]);
        return name;
    }

    /// <summary>Types that are read as another one would not come out as they went in.</summary>
    private static void RequireWritable(SafetensorsFile shard)
    {
        foreach (SafetensorsEntry entry in shard.Entries.Values)
        {
            if (SafetensorsDType.ToWrite(entry.ScalarType).Name != entry.DType)
            {
                throw new InputException(
                    $"{shard.Path}: '{BoundedJson.Shorten(entry.Name)}' is stored as {entry.DType}, which cannot be written unchanged; merge into the model's unquantised weights instead.");
            }
        }
    }

    private static void WriteShard(SafetensorsFile shard, Dictionary<string, ModuleFactors> changes, bool transposed, string folder) =>
        SafetensorsWriter.Write(
            Path.Combine(folder, Path.GetFileName(shard.Path)),
            shard.Entries.Values.Select(entry => new TensorDeclaration(entry.Name, entry.ScalarType, entry.Shape)),
            name => changes.TryGetValue(name, out ModuleFactors? change) ? Merged(shard, name, change, transposed) : shard.Read(name),
            shard.Metadata);

    private static Tensor Merged(SafetensorsFile shard, string name, ModuleFactors change, bool transposed)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor stored = shard.Read(name);
        ScalarType working = stored.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        Tensor a = change.A.to_type(working), b = change.B.to_type(working); // [k,i], [o,k]
        Tensor delta = (transposed ? a.t().mm(b.t()) : b.mm(a)).mul_(Held(change.Scale)); // as stored: [o,i], or [i,o]
        Tensor merged = delta.Increase(stored.to_type(working)).to_type(stored.dtype);
        if (!merged.isfinite().all().item<bool>() && stored.isfinite().all().item<bool>())
        {
            throw new WorkFailedException($"{name}: the merged weight does not fit {stored.dtype}, in which the model is stored; lower the adapter's weight.");
        }

        return merged.MoveToOuterDisposeScope();
    }
}

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
        ModelFolder model, IReadOnlyList<WeightedAdapter> adapters, ModelFolder merged, Tensor inputIds, Device device, ScalarType dtype)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor adapted = Logits(model, adapters, inputIds, device, dtype); // [b·t,v]
        Tensor plain = Logits(merged, [], inputIds, device, dtype); // [b·t,v]
        return adapted.shape.AsSpan().SequenceEqual(plain.shape)
            ? adapted.sub_(plain).abs().max().item<float>()
            : throw new InputException($"{merged.Path}: the model has {plain.shape[1]} logits a position, the base model {adapted.shape[1]}; it is no merge of that base.");
    }

    private static Tensor Logits(ModelFolder folder, IReadOnlyList<WeightedAdapter> adapters, Tensor inputIds, Device device, ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        using Decoder decoder = Decoder.Load(folder, device, dtype);
        using FixedAdapter? attached = adapters.Count > 0 ? new FixedAdapter(decoder, adapters) : null;
        Tensor hidden = decoder.Hidden(inputIds.to(ScalarType.Int64, device)); // [b·t,d]
        return decoder.Logits(decoder.FinalNorm(hidden)).cpu().MoveToOuterDisposeScope();
    }
}
