using static LoraUnlearn.Tests.Models.Families.PlainMath;

namespace LoraUnlearn.Tests.Models.Families;

/// <summary>Llama's variants, Mistral, Qwen3 and Phi-3 against their equations.</summary>
public class LlamaShapedTests
{
    private const int HeadWidth = 4;

    [Fact]
    public void LlamaWithBiasesItsOwnHeadSizeTiedHeadAndLlama3Scaling() => FamilyComparison.Run(
        """
        {"model_type":"llama","vocab_size":17,"hidden_size":12,"intermediate_size":20,"num_hidden_layers":2,"num_attention_heads":4,
         "num_key_value_heads":2,"head_dim":4,"rms_norm_eps":1e-3,"rope_theta":100,"attention_bias":true,"mlp_bias":true,
         "tie_word_embeddings":true,"max_position_embeddings":64,
         "rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":40}}
        """,
        (weights, ids) =>
        {
            // Wavelengths 2π and 20π: the first is below 40/4 and kept, the second above 40/1 and stretched by 8.
            Shape shape = new(weights, [1, 0.1 / 8], 1e-3) { TiedHead = true };
            return shape.Run(ids);
        });

    [Fact]
    public void Llama3ScalingBlendsBetweenTheTwo() => FamilyComparison.Run(
        """
        {"model_type":"llama","vocab_size":17,"hidden_size":16,"intermediate_size":20,"num_hidden_layers":1,"num_attention_heads":4,
         "rms_norm_eps":1e-5,"rope_parameters":{"rope_theta":100,"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,
         "original_max_position_embeddings":120}}
        """,
        (weights, ids) =>
        {
            double turns = 120 * 0.1 / (2 * Math.PI); // 1.91 turns of the second frequency in 120 positions: between 1 and 4
            double smooth = (turns - 1) / (4 - 1);
            return new Shape(weights, [1, (smooth * 0.1) + ((1 - smooth) * 0.1 / 8)], 1e-5).Run(ids);
        });

    [Fact]
    public void MistralSeesAWindow() => FamilyComparison.Run(
        """
        {"model_type":"mistral","vocab_size":17,"hidden_size":16,"intermediate_size":20,"num_hidden_layers":2,"num_attention_heads":4,
         "num_key_value_heads":2,"sliding_window":3,"rope_theta":1000.0}
        """,
        (weights, ids) => new Shape(weights, Frequencies(1000, HeadWidth), 1e-6) { WindowOf = _ => 3 }.Run(ids));

    [Fact]
    public void Qwen3NormalisesQueriesAndKeysAndSlidesFromALayerOn() => FamilyComparison.Run(
        """
        {"model_type":"qwen3","vocab_size":17,"hidden_size":12,"intermediate_size":20,"num_hidden_layers":3,"num_attention_heads":4,
         "num_key_value_heads":2,"head_dim":4,"rms_norm_eps":1e-4,"rope_theta":50000,"use_sliding_window":true,"sliding_window":5,
         "max_window_layers":1,"tie_word_embeddings":false,"attention_bias":false}
        """,
        (weights, ids) => new Shape(weights, Frequencies(50000, HeadWidth), 1e-4) { QueryKeyNorm = true, WindowOf = layer => layer >= 1 ? 5 : null }.Run(ids));

    [Fact]
    public void Qwen2HasBiasesAndListsItsLayers() => FamilyComparison.Run(
        """
        {"model_type":"qwen2","vocab_size":17,"hidden_size":16,"intermediate_size":20,"num_hidden_layers":3,"num_attention_heads":4,
         "num_key_value_heads":2,"rope_theta":1000,"use_sliding_window":true,"sliding_window":4,"max_window_layers":3,
         "layer_types":["full_attention","sliding_attention","full_attention"]}
        """,
        (weights, ids) => new Shape(weights, Frequencies(1000, HeadWidth), 1e-6) { WindowOf = layer => layer == 1 ? 4 : null }.Run(ids));

    [Theory]
    [InlineData(8, new[] { 1.5, 2.5 }, "longrope")]
    [InlineData(12, new[] { 1.1, 1.2 }, "su")]
    public void Phi3IsFusedAndScalesLongSequences(int originalLength, double[] divisors, string type) => FamilyComparison.Run(
        $$$"""
        {"model_type":"phi3","vocab_size":17,"hidden_size":16,"intermediate_size":20,"num_hidden_layers":2,"num_attention_heads":4,
         "num_key_value_heads":2,"rms_norm_eps":1e-5,"rope_theta":10000.0,"max_position_embeddings":96,"sliding_window":6,
         "original_max_position_embeddings":{{{originalLength}}},"rope_scaling":{"type":"{{{type}}}","short_factor":[1.1,1.2],"long_factor":[1.5,2.5]}}
        """,
        (weights, ids) => new Shape(weights, [1 / divisors[0], 0.01 / divisors[1]], 1e-5)
        {
            Fused = true,
            WindowOf = _ => 6,
            Amplitude = Math.Sqrt(1 + (Math.Log(96.0 / originalLength) / Math.Log(originalLength))),
        }.Run(ids));

    [Fact]
    public void Phi4MiniRotatesPartOfAHead() => FamilyComparison.Run(
        """
        {"model_type":"phi3","vocab_size":17,"hidden_size":16,"intermediate_size":20,"num_hidden_layers":1,"num_attention_heads":4,
         "num_key_value_heads":4,"partial_rotary_factor":0.5,"tie_word_embeddings":true,"sliding_window":null}
        """,
        (weights, ids) => new Shape(weights, Frequencies(10000, 2), 1e-5) { Fused = true, TiedHead = true }.Run(ids));

    /// <summary>x + attention(norm x), h + down(silu(gate h) · up h), as Touvron et al. (arXiv 2302.13971) describe it.</summary>
    private sealed class Shape(PlainCheckpoint weights, double[] frequencies, double epsilon)
    {
        public bool Fused { get; init; }

        public bool TiedHead { get; init; }

        public bool QueryKeyNorm { get; init; }

        public double Amplitude { get; init; } = 1;

        public Func<int, int?> WindowOf { get; init; } = _ => null;

        public PlainOutput Run(int[] ids)
        {
            double[][] x = weights.Rows("model.embed_tokens", ids);
            List<double[][]> states = [x];
            for (int layer = 0; weights.Contains($"model.layers.{layer}.input_layernorm.weight"); layer++)
            {
                string block = $"model.layers.{layer}.";
                x = Add(x, Attention(weights.RmsNorm(x, block + "input_layernorm", epsilon), block + "self_attn.", WindowOf(layer)));
                x = Add(x, Mlp(weights.RmsNorm(x, block + "post_attention_layernorm", epsilon), block + "mlp."));
                states.Add(x);
            }

            states[^1] = weights.RmsNorm(x, "model.norm", epsilon);
            return new PlainOutput(states, weights.Linear(states[^1], TiedHead ? "model.embed_tokens" : "lm_head"));
        }

        private double[][] Attention(double[][] x, string module, int? window)
        {
            double[][] query, key, value;
            if (Fused)
            {
                double[][] all = weights.Linear(x, module + "qkv_proj");
                int width = weights.Matrix(module + "o_proj.weight")[0].Length, pairs = (all[0].Length - width) / 2;
                (query, key, value) = (Columns(all, 0, width), Columns(all, width, pairs), Columns(all, width + pairs, pairs));
            }
            else
            {
                (query, key, value) = (weights.Linear(x, module + "q_proj"), weights.Linear(x, module + "k_proj"), weights.Linear(x, module + "v_proj"));
            }

            if (QueryKeyNorm)
            {
                query = HeadNorm(query, HeadWidth, weights.Vector(module + "q_norm.weight"), epsilon);
                key = HeadNorm(key, HeadWidth, weights.Vector(module + "k_norm.weight"), epsilon);
            }

            double[][] mixed = Attend(
                Rotate(query, HeadWidth, frequencies, Amplitude), Rotate(key, HeadWidth, frequencies, Amplitude), value, HeadWidth, 0.5, window);
            return weights.Linear(mixed, module + "o_proj");
        }

        private double[][] Mlp(double[][] x, string module)
        {
            if (Fused)
            {
                double[][] both = weights.Linear(x, module + "gate_up_proj");
                int width = both[0].Length / 2;
                return weights.Linear(Multiply(Map(Columns(both, 0, width), Silu), Columns(both, width, width)), module + "down_proj");
            }

            double[][] gate = Map(weights.Linear(x, module + "gate_proj"), Silu);
            return weights.Linear(Multiply(gate, weights.Linear(x, module + "up_proj")), module + "down_proj");
        }
    }
}
