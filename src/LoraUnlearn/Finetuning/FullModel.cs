using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Finetuning;

/// <summary>Writes a model whose weights were all trained: the same files, tensors and layout as the model it began from.</summary>
internal static class FullModel
{
    /// <summary>Writes the folder as a whole.</summary>
    /// <param name="model">The model it began from; its other files are carried over.</param>
    /// <param name="parameters">The trained weights.</param>
    /// <param name="output">A folder that does not exist yet, or is empty.</param>
    /// <param name="dtype">Type of the written weights; null for each one's own.</param>
    /// <param name="manifest">Name and text of the record beside them.</param>
    /// <param name="cancellation">Stops the work; nothing is left then.</param>
    /// <exception cref="InputException">The output exists, cannot be written, or does not fit on the disk.</exception>
    /// <exception cref="WorkFailedException">A trained weight is too large for its type.</exception>
    public static void Write(ModelFolder model, ModelParameters parameters, string output, ScalarType? dtype, (string Name, string Text) manifest, CancellationToken cancellation)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor vector = parameters.Parameters.cpu();
        DecoderSpec spec = parameters.Decoder.Spec;
        string? unusedHead = TiedHead.UnusedHead(model.Weights, spec);
        string? embedding = unusedHead is null ? null : TiedHead.EmbeddingOf(model.Weights, spec);
        using OpenShards shards = OpenShards.Of(model.Weights);
        ModelCopy.Write(model, shards.Files(Tensor), output, new MergeOptions { Dtype = dtype, Cancellation = cancellation }, null, manifest);

        StreamedTensor Tensor(StoredTensor stored)
        {
            string name = stored.Entry.Name;
            ScalarType target = dtype is { } asked && FloatingBytes.Has(stored.Entry.DType) ? asked : stored.Entry.ScalarType;
            // A head that is stored beside the embedding it is tied to is written as that, or the copy would hold two heads.
            if (parameters.StartOf(name == unusedHead && embedding is not null ? embedding : name) is { } start)
            {
                return new TrainedTensor(stored, vector, start, target);
            }

            return target != stored.Entry.ScalarType ? new ConvertedTensor(stored, target) : new CopiedTensor(stored);
        }
    }
}
