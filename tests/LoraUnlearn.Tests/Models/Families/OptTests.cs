using static LoraUnlearn.Tests.Models.Families.PlainMath;

namespace LoraUnlearn.Tests.Models.Families;

/// <summary>OPT (arXiv 2205.01068) in its variants against its equations.</summary>
public class OptTests
{
    private const double Epsilon = 1e-5;

    [Theory]
    [InlineData(true, true, 16, "")]
    [InlineData(true, false, 16, ",\"enable_bias\":false,\"_remove_final_layer_norm\":true")]
    [InlineData(false, false, 16, "")]
    [InlineData(false, false, 8, ",\"word_embed_proj_dim\":8")]
    public void Opt(bool normBefore, bool finalNorm, int embeddingWidth, string more) => FamilyComparison.Run(
        $$"""
        {"model_type":"opt","vocab_size":17,"hidden_size":16,"ffn_dim":20,"num_hidden_layers":2,"num_attention_heads":4,"max_position_embeddings":20,
         "do_layer_norm_before":{{(normBefore ? "true" : "false")}},"activation_function":"relu","init_std":0.02,"prefix":"</s>"{{more}}}
        """,
        (weights, ids) =>
        {
            const string Decoder = "model.decoder.";
            double[][] x = weights.Rows(Decoder + "embed_tokens", ids);
            x = embeddingWidth == 16 ? x : weights.Linear(x, Decoder + "project_in");
            x = Add(x, weights.Rows(Decoder + "embed_positions", Enumerable.Range(2, ids.Length)));
            List<double[][]> states = [x];
            for (int layer = 0; layer < 2; layer++)
            {
                string block = $"{Decoder}layers.{layer}.", attention = block + "self_attn.";
                double[][] Norm(double[][] rows, bool here, string name) => here ? weights.LayerNorm(rows, block + name, Epsilon) : rows;
                double[][] input = Norm(x, normBefore, "self_attn_layer_norm");
                double[][] mixed = Attend(
                    weights.Linear(input, attention + "q_proj"), weights.Linear(input, attention + "k_proj"), weights.Linear(input, attention + "v_proj"), 4, 0.5);
                x = Norm(Add(x, weights.Linear(mixed, attention + "out_proj")), !normBefore, "self_attn_layer_norm");
                double[][] hidden = Map(weights.Linear(Norm(x, normBefore, "final_layer_norm"), block + "fc1"), Relu);
                x = Norm(Add(x, weights.Linear(hidden, block + "fc2")), !normBefore, "final_layer_norm");
                states.Add(x);
            }

            x = finalNorm ? weights.LayerNorm(x, Decoder + "final_layer_norm", Epsilon) : x;
            states[^1] = embeddingWidth == 16 ? x : weights.Linear(x, Decoder + "project_out");
            return new PlainOutput(states, weights.Linear(states[^1], Decoder + "embed_tokens"));
        });
}
