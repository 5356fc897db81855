using System.Text.Json.Nodes;
using LoraUnlearn.Data;
using LoraUnlearn.DemoModel.Training;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Models;
using LoraUnlearn.Tokenization;
using static TorchSharp.torch;

namespace LoraUnlearn.DemoModel;

/// <summary>What a model knows of the two sets of rows.</summary>
/// <param name="tokenizer">The demo's.</param>
/// <param name="forget">Rows about the people who are to be forgotten.</param>
/// <param name="retain">Rows about the others.</param>
internal sealed class Measurement(Tokenizer tokenizer, IReadOnlyList<Example> forget, IReadOnlyList<Example> retain)
{
    /// <summary>Rows about the people who are to be forgotten.</summary>
    public IReadOnlyList<Example> Forget { get; } = forget;

    /// <summary>Rows about the others.</summary>
    public IReadOnlyList<Example> Retain { get; } = retain;

    /// <summary>Measures both sets, in the same way as the command line's basic suite.</summary>
    /// <param name="shape">The model's size.</param>
    /// <param name="weights">Its weights.</param>
    /// <returns>The set's name and its means.</returns>
    public IEnumerable<(string Name, JsonObject Figures)> Take(LlamaShape shape, Weights weights)
    {
        using Decoder decoder = Decoder.Build(shape.ToSpec(), weights, CPU, ScalarType.Float32);
        foreach ((string name, IReadOnlyList<Example> rows) in new[] { ("forget", Forget), ("retain", Retain) })
        {
            IReadOnlyList<SequenceScore> scores = Likelihood.Score(decoder, [.. rows.Select(row => row.Sequence)]);
            string[] answers = GreedyAnswers.To(decoder, tokenizer, rows);
            yield return (name, new JsonObject
            {
                ["rows"] = rows.Count,
                ["probability"] = Mean(scores.Select(score => score.Probability)),
                ["rouge_l_recall"] = Mean(rows.Zip(answers, (row, answer) => Rouge.L(row.Row.Answer!, answer).Recall)),
                ["extraction_strength"] = Mean(scores.Select(score => score.ExtractionStrength)),
                ["exact_match"] = Mean(rows.Zip(answers, (row, answer) => TextMetrics.ExactMatch(row.Row.Answer!, answer) ? 1.0 : 0)),
            });
        }
    }

    private static double Mean(IEnumerable<double> values) => Math.Round(values.Average(), 6);
}
