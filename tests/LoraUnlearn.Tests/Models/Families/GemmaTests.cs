using static LoraUnlearn.Tests.Models.Families.PlainMath;

namespace LoraUnlearn.Tests.Models.Families;

/// <summary>Gemma 1 (arXiv 2403.08295) and Gemma 2 (arXiv 2408.00118 §2) against their equations.</summary>
public class GemmaTests
{
    private const double Epsilon = 1e-5;

    [Theory]
    [InlineData("", 5.0, 7.0)]
    [InlineData(",\"attn_logit_softcapping\":null,\"final_logit_softcapping\":null", null, null)]
    public void Gemma2(string caps, double? scoreCap, double? logitCap) => FamilyComparison.Run(
        $$"""
        {"model_type":"gemma2","vocab_size":17,"hidden_size":12,"intermediate_size":20,"num_hidden_layers":3,"num_attention_heads":4,
         "num_key_value_heads":2,"head_dim":4,"rms_norm_eps":1e-5,"query_pre_attn_scalar":16,"sliding_window":4,"hidden_act":"gelu_pytorch_tanh",
         "hidden_activation":"gelu_pytorch_tanh","rope_theta":100.0{{(caps.Length > 0 ? caps : ",\"attn_logit_softcapping\":5.0,\"final_logit_softcapping\":7.0")}}}
        """,
        (weights, ids) =>
        {
            double[][] x = Map(weights.Rows("model.embed_tokens", ids), value => value * Math.Sqrt(12));
            List<double[][]> states = [x];
            for (int layer = 0; layer < 3; layer++)
            {
                string block = $"model.layers.{layer}.";
                double[][] attended = Attention(weights, Norm(weights, x, block + "input_layernorm"), block + "self_attn.", 0.25, layer % 2 == 0 ? 4 : null, scoreCap);
                x = Add(x, Norm(weights, attended, block + "post_attention_layernorm"));
                double[][] hidden = Mlp(weights, Norm(weights, x, block + "pre_feedforward_layernorm"), block + "mlp.");
                x = Add(x, Norm(weights, hidden, block + "post_feedforward_layernorm"));
                states.Add(x);
            }

            states[^1] = Norm(weights, x, "model.norm");
            return new PlainOutput(states, Map(weights.Linear(states[^1], "model.embed_tokens"), logit => Capped(logit, logitCap)));
        });

    [Fact]
    public void Gemma1() => FamilyComparison.Run(
        """
        {"model_type":"gemma","vocab_size":17,"hidden_size":12,"intermediate_size":20,"num_hidden_layers":2,"num_attention_heads":4,
         "num_key_value_heads":1,"head_dim":4,"rms_norm_eps":1e-5,"hidden_act":"gelu","rope_theta":100.0}
        """,
        (weights, ids) =>
        {
            double[][] x = Map(weights.Rows("model.embed_tokens", ids), value => value * Math.Sqrt(12));
            List<double[][]> states = [x];
            for (int layer = 0; layer < 2; layer++)
            {
                string block = $"model.layers.{layer}.";
                x = Add(x, Attention(weights, Norm(weights, x, block + "input_layernorm"), block + "self_attn.", 0.5, null, null));
                x = Add(x, Mlp(weights, Norm(weights, x, block + "post_attention_layernorm"), block + "mlp."));
                states.Add(x);
            }

            states[^1] = Norm(weights, x, "model.norm");
            return new PlainOutput(states, weights.Linear(states[^1], "model.embed_tokens"));
        });

    private static double[][] Norm(PlainCheckpoint weights, double[][] rows, string module) =>
        RmsNorm(rows, [.. weights.Vector(module + ".weight").Select(weight => 1 + weight)], Epsilon);

    private static double[][] Attention(PlainCheckpoint weights, double[][] x, string module, double scale, int? window, double? cap)
    {
        double[] frequencies = Frequencies(100, 4);
        double[][] mixed = Attend(
            Rotate(weights.Linear(x, module + "q_proj"), 4, frequencies),
            Rotate(weights.Linear(x, module + "k_proj"), 4, frequencies),
            weights.Linear(x, module + "v_proj"), 4, scale, window, cap);
        return weights.Linear(mixed, module + "o_proj");
    }

    private static double[][] Mlp(PlainCheckpoint weights, double[][] x, string module) => weights.Linear(
        Multiply(Map(weights.Linear(x, module + "gate_proj"), GeluTanh), weights.Linear(x, module + "up_proj")), module + "down_proj");
}
