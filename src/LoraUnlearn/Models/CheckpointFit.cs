using LoraUnlearn.Checkpoints;
using LoraUnlearn.Quantization;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Models;

/// <summary>Whether a model folder can be computed, found out from its configuration and the headers of its weights alone.</summary>
public static class CheckpointFit
{
    /// <summary>Checks what loading would check, and reads no weight.</summary>
    /// <param name="folder">The opened folder.</param>
    /// <returns>The architecture.</returns>
    /// <exception cref="InputException">Unknown family, unsupported setting, missing tensor, wrong shape or type.</exception>
    public static DecoderSpec Check(ModelFolder folder)
    {
        DecoderSpec spec = ModelFamilies.Describe(folder.Config).Validate(folder.Config.Source);
        CheckpointNames names = new(folder.Weights, spec.Names.OptionalPrefix);
        BaseWeights? quantised = QuantisationConfig.Read(folder.Config) is { } config ? new BaseWeights(folder.Weights, names, BasePrecision.Stored, config) : null;
        foreach (DecoderTensor tensor in DecoderTensors.Of(spec))
        {
            if (quantised is not null && IsQuantised(quantised, spec, tensor))
            {
                continue;
            }

            string stored = names.Find(tensor.Name)
                ?? throw new InputException($"{folder.Weights.Path}: the tensor '{tensor.Name}' is missing.{NearestName.List(tensor.Name, folder.Weights.Entries.Keys)}");
            SafetensorsEntry entry = folder.Weights.Entries[stored];
            if (!entry.Shape.SequenceEqual(tensor.Shape))
            {
                throw new InputException(
                    $"{folder.Weights.Path}: tensor '{stored}' has shape [{string.Join(",", entry.Shape)}]; config.json asks for [{string.Join(",", tensor.Shape)}].");
            }
        }

        return spec;
    }

    // Reads the scales, not the weights: those stay mapped.
    private static bool IsQuantised(BaseWeights weights, DecoderSpec spec, DecoderTensor tensor)
    {
        if (tensor.Shape.Count != 2 || !tensor.Name.EndsWith(".weight", StringComparison.Ordinal))
        {
            return false;
        }

        (long rows, long columns) = spec.WidthsOf(tensor.Shape);
        using QuantisedMatrix? matrix = weights.Find(tensor.Name[..^".weight".Length], rows, columns);
        return matrix is not null;
    }
}
