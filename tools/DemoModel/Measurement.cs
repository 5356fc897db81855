using System.Text.Json.Nodes;
using LoraUnlearn.Data;
using LoraUnlearn.DemoModel.People;
using LoraUnlearn.DemoModel.Training;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Models;
using LoraUnlearn.Tokenization;
using static TorchSharp.torch;

namespace LoraUnlearn.DemoModel;

/// <summary>What a model knows of the two sets of rows, as the command line's basic suite measures it.</summary>
/// <param name="tokenizer">The demo's.</param>
/// <param name="forget">Rows about the people who are to be forgotten.</param>
/// <param name="retain">Rows about the others.</param>
/// <param name="paraphrased">The facts of the forget rows, asked in other words.</param>
/// <param name="questions">The same, with the facts.</param>
internal sealed class Measurement(
    Tokenizer tokenizer, IReadOnlyList<Example> forget, IReadOnlyList<Example> retain, IReadOnlyList<Example> paraphrased, IReadOnlyList<ParaphrasedQuestion> questions)
{
    /// <summary>Rows about the people who are to be forgotten.</summary>
    public IReadOnlyList<Example> Forget { get; } = forget;

    /// <summary>Rows about the others.</summary>
    public IReadOnlyList<Example> Retain { get; } = retain;

    /// <summary>Measures all sets.</summary>
    /// <param name="shape">The model's size.</param>
    /// <param name="weights">Its weights.</param>
    /// <returns>The measures of each set, by the suite's names, and the share of paraphrased questions that it answers truly.</returns>
    public (JsonObject Forget, JsonObject Retain, double Truthful) Take(LlamaShape shape, Weights weights)
    {
        using Decoder decoder = Decoder.Build(shape.ToSpec(), weights, CPU, ScalarType.Float32);
        BasicSuite suite = new(decoder, () => tokenizer, [DemoRecipe.EndOfTextId], new BasicSuiteOptions());
        IEnumerable<string> answers = suite.Measure(paraphrased).Rows.Select(row => row.Generated!);
        double truthful = FactRecall.Share([.. answers.Zip(questions, (text, question) => (text, (IReadOnlyCollection<string>)question.Facts))]);
        return (suite.Measure(Forget).ToJson(), suite.Measure(Retain).ToJson(), truthful);
    }
}
