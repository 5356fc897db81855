using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Models.Families;

/// <summary>Hugging Face's names of activations.</summary>
internal static class ActivationNames
{
    /// <summary>Reads an activation from a configuration.</summary>
    public static Activation Parse(ModelConfig config, string key, string standard)
    {
        string name = config.GetString(key, standard);
        return name switch
        {
            "silu" or "swish" => Activation.Silu,
            "gelu" => Activation.Gelu,
            "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" => Activation.GeluTanh,
            "relu" => Activation.Relu,
            _ => throw new InputException(
                $"{config.Source}: {key} is '{name}'; supported: silu, swish, gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, relu."),
        };
    }
}
