using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models.Families;
using LoraUnlearn.Quantization;

namespace LoraUnlearn.Models;

/// <summary>The families that can be read, and how a configuration finds its own.</summary>
public static class ModelFamilies
{
    /// <summary>All families.</summary>
    public static IReadOnlyList<IModelFamily> All { get; } =
    [
        new LlamaFamily(), new MistralFamily(), new QwenFamily(), new PhiFamily(), new Phi3Family(), new GptNeoXFamily(),
        new GptNeoFamily(), new Gpt2Family(), new GemmaFamily(), new OptFamily(),
    ];

    /// <summary>Describes the architecture of a configuration.</summary>
    /// <param name="config">config.json.</param>
    /// <exception cref="InputException">No family has this <c>model_type</c>, or a setting is not supported.</exception>
    public static DecoderSpec Describe(ModelConfig config)
    {
        string type = config.ModelType;
        IModelFamily family = All.FirstOrDefault(candidate => candidate.ModelTypes.Contains(type))
            ?? throw new InputException(
                $"{config.Source}: model_type '{type}' is not supported; known: {string.Join(", ", All.SelectMany(candidate => candidate.ModelTypes).Order(StringComparer.Ordinal))}.");
        _ = QuantisationConfig.Read(config); // refuses what is not known
        return family.Describe(config).Validate(config.Source);
    }
}

/// <summary>A model family: how its configuration maps onto a <see cref="DecoderSpec"/>.</summary>
public interface IModelFamily
{
    /// <summary>The values of <c>model_type</c> that belong to the family.</summary>
    IReadOnlyList<string> ModelTypes { get; }

    /// <summary>Reads a configuration.</summary>
    /// <param name="config">config.json.</param>
    /// <exception cref="InputException">A setting that changes the mathematics is missing or not supported.</exception>
    DecoderSpec Describe(ModelConfig config);
}
