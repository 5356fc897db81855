using LoraUnlearn.Checkpoints;
using LoraUnlearn.Quantization;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>
/// Writes a model with adapters merged in: W + Σ weight·ΔW, computed in float32 and rounded once to the type in which W is
/// stored (METHODS §2). A few megabytes at a time, so that the model never sits in memory; everything else is copied bit for bit.
/// </summary>
public static class AdapterMerge
{
    /// <summary>Merges adapters into a copy of a model folder, with the same weight files, index, configuration and tokenizer.</summary>
    /// <param name="model">The base model; it stays as it is.</param>
    /// <param name="adapters">The adapters and their weights, of any sign.</param>
    /// <param name="output">A folder that does not exist yet, or is empty. It appears when it is whole.</param>
    /// <param name="options">Type, rounding, progress; the standard ones unless given.</param>
    /// <returns>What rounding did to each merged weight.</returns>
    /// <exception cref="InputException">
    /// An adapter does not fit the model, the output exists, cannot be written or does not fit on the disk, or the weights are stored in
    /// a type that cannot be merged, or hold NaN or infinity.
    /// </exception>
    /// <exception cref="WorkFailedException">A merged weight is too large for its type.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left then.</exception>
    public static MergeResult Write(ModelFolder model, IReadOnlyList<WeightedAdapter> adapters, string output, MergeOptions? options = null)
    {
        options ??= new MergeOptions();
        if (QuantisationConfig.Read(model.Config) is { } quantised)
        {
            return QuantisedMerge.Write(model, quantised, adapters, output, options);
        }

        using MergedModel changes = MergedModel.Of(model, adapters);
        using OpenShards shards = OpenShards.Of(model.Weights);
        List<MergedTensor> merged = [];
        IReadOnlyList<StreamedFile> files = shards.Files(Tensor);
        ModelCopy.Write(model, files, output, options);
        return new MergeResult([.. merged.Select(tensor => tensor.Rounding)], files.Sum(file => file.Length));

        StreamedTensor Tensor(StoredTensor stored)
        {
            string name = stored.Entry.Name;
            ScalarType target = options.Dtype is { } dtype && FloatingBytes.Has(stored.Entry.DType) ? dtype : stored.Entry.ScalarType;
            if (changes.Find(name) is { } change)
            {
                StochasticRounding? random = options.RoundsAtRandom ? new StochasticRounding(options.Seed, name) : null;
                merged.Add(new MergedTensor(stored, change, changes.Transposed, target, random));
                return merged[^1];
            }

            // A head that is stored beside the embedding it is tied to is written as that, or the copy would hold two heads.
            StoredTensor source = name == changes.UnusedHead && changes.Embedding is { } embedding ? shards.Tensor(embedding) : stored;
            return options.Dtype is not null && FloatingBytes.Has(source.Entry.DType) && source.Entry.ScalarType != target
                ? new ConvertedTensor(source, target, name)
                : new CopiedTensor(source, name);
        }
    }
}
