using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Models.Families;

/// <summary>Reads <c>rope_theta</c> and <c>rope_scaling</c>.</summary>
internal static class RotarySettings
{
    /// <summary>Rotary embedding of the whole head, or of its first <paramref name="width"/> features.</summary>
    public static RotarySpec Read(ModelConfig config, long width, double standardBase = 10000)
    {
        RotarySpec spec = new() { Width = width, Base = config.GetDouble("rope_theta", standardBase) };
        if (config.GetObject("rope_scaling") is not { } scaling)
        {
            return spec;
        }

        string type = scaling.Has("rope_type") ? scaling.GetString("rope_type") : scaling.GetString("type");
        return type switch
        {
            "default" => spec,
            "linear" => spec with { Scaling = new LinearRotaryScaling(scaling.GetDouble("factor")) },
            "llama3" => spec with
            {
                Scaling = new Llama3RotaryScaling(
                    scaling.GetDouble("factor"),
                    scaling.GetDouble("low_freq_factor"),
                    scaling.GetDouble("high_freq_factor"),
                    scaling.GetInt64("original_max_position_embeddings")),
            },
            _ => throw new InputException($"{config.Source}: rope_scaling of type '{type}' is not supported; known: default, linear, llama3."),
        };
    }
}
