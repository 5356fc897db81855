using static LoraUnlearn.Tests.Models.Families.PlainMath;

namespace LoraUnlearn.Tests.Models.Families;

/// <summary>GPT-2, GPT-NeoX with sequential residuals, and Phi with grouped queries against their equations.</summary>
public class GptTests
{
    private const int HeadWidth = 4;
    private const double Epsilon = 1e-4;

    [Theory]
    [InlineData("", 0.5, false, false)]
    [InlineData(",\"scale_attn_weights\":false,\"activation_function\":\"relu\"", 1.0, false, true)]
    [InlineData(",\"scale_attn_by_inverse_layer_idx\":true,\"n_inner\":24,\"tie_word_embeddings\":true", 0.5, true, false)]
    public void Gpt2(string more, double scale, bool byLayer, bool relu) => FamilyComparison.Run(
        $$"""{"model_type":"gpt2","vocab_size":17,"n_embd":16,"n_head":4,"n_layer":2,"n_positions":20,"n_ctx":20,"layer_norm_epsilon":1e-4{{more}}}""",
        (weights, ids) =>
        {
            double[][] Conv1D(double[][] rows, string module) =>
                Linear(rows, Transpose(weights.Matrix(module + ".weight")), weights.Vector(module + ".bias"));

            double[][] x = Add(weights.Rows("transformer.wte", ids), weights.Rows("transformer.wpe", Enumerable.Range(0, ids.Length)));
            List<double[][]> states = [x];
            for (int layer = 0; layer < 2; layer++)
            {
                string block = $"transformer.h.{layer}.";
                double[][] all = Conv1D(weights.LayerNorm(x, block + "ln_1", Epsilon), block + "attn.c_attn");
                double[][] mixed = Attend(
                    Columns(all, 0, 16), Columns(all, 16, 16), Columns(all, 32, 16), HeadWidth, byLayer ? scale / (layer + 1) : scale);
                x = Add(x, Conv1D(mixed, block + "attn.c_proj"));
                double[][] hidden = Conv1D(weights.LayerNorm(x, block + "ln_2", Epsilon), block + "mlp.c_fc");
                x = Add(x, Conv1D(Map(hidden, relu ? Relu : GeluTanh), block + "mlp.c_proj"));
                states.Add(x);
            }

            states[^1] = weights.LayerNorm(x, "transformer.ln_f", Epsilon);
            return new PlainOutput(states, weights.Linear(states[^1], "transformer.wte"));
        });

    [Theory]
    [InlineData(false, true, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, true)]
    public void GptNeoX(bool parallel, bool bias, bool newKeys) => FamilyComparison.Run(
        $$"""
        {"model_type":"gpt_neox","vocab_size":17,"hidden_size":16,"intermediate_size":20,"num_hidden_layers":2,"num_attention_heads":4,
         "layer_norm_eps":1e-4,"use_parallel_residual":{{(parallel ? "true" : "false")}},"attention_bias":{{(bias ? "true" : "false")}},
         {{(newKeys ? "\"rope_parameters\":{\"rope_type\":\"linear\",\"factor\":2.0,\"rope_theta\":100,\"partial_rotary_factor\":0.5}"
            : "\"rotary_pct\":0.5,\"rotary_emb_base\":100,\"rope_scaling\":{\"type\":\"linear\",\"factor\":2.0}")}}}
        """,
        (weights, ids) =>
        {
            double[] frequencies = [0.5]; // two of four features rotate, once a position; halved
            double[][] x = weights.Rows("gpt_neox.embed_in", ids);
            List<double[][]> states = [x];
            for (int layer = 0; layer < 2; layer++)
            {
                string block = $"gpt_neox.layers.{layer}.";
                double[][] all = weights.Linear(weights.LayerNorm(x, block + "input_layernorm", Epsilon), block + "attention.query_key_value");
                double[][] Part(int part) => [.. all.Select(row => row.Chunk(HeadWidth).Where((_, chunk) => chunk % 3 == part).SelectMany(chunk => chunk).ToArray())];
                double[][] mixed = Attend(Rotate(Part(0), HeadWidth, frequencies), Rotate(Part(1), HeadWidth, frequencies), Part(2), HeadWidth, 0.5);
                double[][] attended = Add(x, weights.Linear(mixed, block + "attention.dense"));
                double[][] normalised = weights.LayerNorm(parallel ? x : attended, block + "post_attention_layernorm", Epsilon);
                double[][] hidden = Map(weights.Linear(normalised, block + "mlp.dense_h_to_4h"), Gelu);
                x = Add(attended, weights.Linear(hidden, block + "mlp.dense_4h_to_h"));
                states.Add(x);
            }

            states[^1] = weights.LayerNorm(x, "gpt_neox.final_layer_norm", Epsilon);
            return new PlainOutput(states, weights.Linear(states[^1], "embed_out"));
        });

    [Fact]
    public void PhiWithGroupedQueries() => FamilyComparison.Run(
        """
        {"model_type":"phi","vocab_size":17,"hidden_size":16,"intermediate_size":20,"num_hidden_layers":2,"num_attention_heads":4,
         "num_key_value_heads":2,"layer_norm_eps":1e-4,"hidden_act":"relu","rope_theta":10000.0}
        """,
        (weights, ids) =>
        {
            double[][] x = weights.Rows("model.embed_tokens", ids);
            List<double[][]> states = [x];
            for (int layer = 0; layer < 2; layer++)
            {
                string block = $"model.layers.{layer}.", attention = block + "self_attn.";
                double[][] normalised = weights.LayerNorm(x, block + "input_layernorm", Epsilon);
                double[][] mixed = Attend(
                    Rotate(weights.Linear(normalised, attention + "q_proj"), HeadWidth, [1]), // half of the head: one pair
                    Rotate(weights.Linear(normalised, attention + "k_proj"), HeadWidth, [1]),
                    weights.Linear(normalised, attention + "v_proj"), HeadWidth, 0.5);
                double[][] hidden = Map(weights.Linear(normalised, block + "mlp.fc1"), Relu);
                x = Add(Add(x, weights.Linear(mixed, attention + "dense")), weights.Linear(hidden, block + "mlp.fc2"));
                states.Add(x);
            }

            states[^1] = weights.LayerNorm(x, "model.final_layernorm", Epsilon);
            return new PlainOutput(states, weights.Linear(states[^1], "lm_head"));
        });
}
