using LoraUnlearn.Checkpoints;

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
        foreach (DecoderTensor tensor in DecoderTensors.Of(spec))
        {
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
}
