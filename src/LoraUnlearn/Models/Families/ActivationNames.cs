namespace LoraUnlearn.Models.Families;

/// <summary>Hugging Face's names of activations.</summary>
internal static class ActivationNames
{
    /// <summary>Reads an activation from a configuration.</summary>
    public static Activation Parse(FamilyConfig config, string key, string standard) => config.Text(key, standard) switch
    {
        "silu" or "swish" => Activation.Silu,
        "gelu" or "gelu_python" => Activation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" or "gelu_accurate" => Activation.GeluTanh,
        "relu" => Activation.Relu,
        _ => throw config.Wrong(key, "one of silu, swish, gelu, gelu_python, gelu_new, gelu_pytorch_tanh, gelu_fast, gelu_accurate, relu"),
    };
}
