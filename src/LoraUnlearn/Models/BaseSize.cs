using LoraUnlearn.Checkpoints;
using LoraUnlearn.Quantization;
using LoraUnlearn.Torch;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>How much memory a model's weights will take, from its configuration and the headers of its files.</summary>
public static class BaseSize
{
    private const string Ending = ".weight";

    /// <summary>Bytes of all weights as they will be held.</summary>
    /// <param name="folder">The opened folder; no weight is read.</param>
    /// <param name="spec">Its architecture.</param>
    /// <param name="compute">The type of the computation, and how linear maps are held.</param>
    public static long Of(ModelFolder folder, DecoderSpec spec, ComputeSettings compute)
    {
        long each = compute.Dtype is ScalarType.BFloat16 or ScalarType.Float16 ? 2 : 4, bytes = 0;
        HashSet<string> maps = [.. DecoderNames.Maps(spec).Select(map => map + Ending)];
        bool isStored = compute.Base == BasePrecision.Stored && QuantisationConfig.Read(folder.Config) is not null;
        CheckpointNames names = new(folder.Weights, spec.Names.OptionalPrefix);
        foreach (DecoderTensor tensor in DecoderTensors.Of(spec))
        {
            long count = tensor.Shape.Aggregate(1L, (product, size) => product * size);
            bytes += !maps.Contains(tensor.Name) ? count * each
                : compute.Base == BasePrecision.FourBit ? FourBitQuantiser.BytesOf(count)
                : compute.Base == BasePrecision.EightBit ? EightBitMatrix.BytesOf(spec.WidthsOf(tensor.Shape).Output, count)
                : isStored ? Stored(folder.Weights, names, tensor.Name[..^Ending.Length]) ?? (count * each)
                : count * each;
        }

        return bytes;
    }

    // All that a quantised module's weight consists of; null where the module is not quantised.
    private static long? Stored(TensorSource weights, CheckpointNames names, string module)
    {
        string? plain = names.Find(module + Ending);
        string? stem = plain is null ? names.Find(module + ".qweight")?[..^".qweight".Length] : plain[..^Ending.Length];
        return stem is null || (plain is not null && FloatingBytes.Has(weights.Entries[plain].DType))
            ? null
            : weights.Entries.Values.Where(entry => entry.Name.StartsWith(stem + ".", StringComparison.Ordinal) && !entry.Name.EndsWith(".bias", StringComparison.Ordinal)).Sum(entry => entry.ByteCount);
    }
}
