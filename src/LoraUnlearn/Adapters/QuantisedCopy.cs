using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using LoraUnlearn.Quantization;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>
/// Writes a model folder with the linear maps of its blocks quantised, in bitsandbytes' layout; embeddings, norms and head stay as they are,
/// and everything beside the weights is carried over. One weight at a time is in memory.
/// </summary>
public static class QuantisedCopy
{
    /// <summary>Quantises a model folder.</summary>
    /// <param name="model">The model, not quantised; it stays as it is.</param>
    /// <param name="output">A folder that does not exist yet, or is empty. It appears when it is whole.</param>
    /// <param name="precision">NF4 or int8.</param>
    /// <param name="options">Progress and cancellation.</param>
    /// <returns>Bytes of weights that were written.</returns>
    /// <exception cref="InputException">The model is quantised already or is not right, or the output exists or cannot be written.</exception>
    public static long Write(ModelFolder model, string output, BasePrecision precision, MergeOptions? options = null)
    {
        DecoderSpec spec = CheckpointFit.Check(model);
        if (QuantisationConfig.Read(model.Config) is { } config)
        {
            throw new InputException($"{model.Path}: the weights are quantised already ({config.Description}); quantise the model's bfloat16, float16 or float32 version.");
        }

        CheckpointNames names = new(model.Weights, spec.Names.OptionalPrefix);
        HashSet<string> maps = new(ModuleNames.Of(spec).All.Select(module => names.Find(module + ".weight")!), StringComparer.Ordinal);
        using OpenShards shards = OpenShards.Of(model.Weights);
        IReadOnlyList<StreamedFile> files = shards.FilesOf(stored => maps.Contains(stored.Entry.Name) ? Quantised(stored.Entry) : [new CopiedTensor(stored)]);
        ModelCopy.Write(model, files, output, (options ?? new MergeOptions()) with { Dtype = null }, json => json[QuantisationConfig.Key] = BitsAndBytesWriter.Configuration(precision, Skipped(spec)));
        return files.Sum(file => file.Length);

        IReadOnlyList<StreamedTensor> Quantised(SafetensorsEntry entry)
        {
            if (!FloatingBytes.Has(entry.DType))
            {
                throw new InputException($"{model.Weights.Path}: '{entry.Name}' is stored as {entry.DType}; only weights of F32, BF16, F16 or F64 can be quantised.");
            }

            (long rows, long columns) = spec.WidthsOf(entry.Shape);
            return BitsAndBytesWriter.Tensors(entry.Name[..^".weight".Length], rows, columns, entry.ScalarType, precision, () =>
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor weight = model.Weights.Read(entry.Name);
                return BaseWeights.Quantise(spec.TransposedWeights ? weight.t() : weight, precision);
            });
        }
    }

    /// <summary>The linear maps that are not quantised: those outside the blocks.</summary>
    internal static IEnumerable<string> Skipped(DecoderSpec spec) =>
        new[] { spec.Names.Head, spec.Names.EmbeddingProjection, spec.Names.HeadProjection }.OfType<string>();
}
