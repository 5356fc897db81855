using System.Text.Json.Nodes;
using LoraUnlearn.Data;
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
internal sealed class Measurement(Tokenizer tokenizer, IReadOnlyList<Example> forget, IReadOnlyList<Example> retain)
{
    /// <summary>Rows about the people who are to be forgotten.</summary>
    public IReadOnlyList<Example> Forget { get; } = forget;

    /// <summary>Rows about the others.</summary>
    public IReadOnlyList<Example> Retain { get; } = retain;

    /// <summary>Measures both sets.</summary>
    /// <param name="shape">The model's size.</param>
    /// <param name="weights">Its weights.</param>
    /// <returns>The measures of each set, by the suite's names.</returns>
    public (JsonObject Forget, JsonObject Retain) Take(LlamaShape shape, Weights weights)
    {
        using Decoder decoder = Decoder.Build(shape.ToSpec(), weights, CPU, ScalarType.Float32);
        BasicSuite suite = new(decoder, () => tokenizer, [DemoRecipe.EndOfTextId], new BasicSuiteOptions());
        return (suite.Measure(Forget).ToJson(), suite.Measure(Retain).ToJson());
    }
}
