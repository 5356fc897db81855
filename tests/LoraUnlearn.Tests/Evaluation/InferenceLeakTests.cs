using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Models;
using LoraUnlearn.Tests.Support;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Evaluation;

[Collection(RunsAlone.Name)]
public class InferenceLeakTests
{
    [Fact]
    public void ScoringLeavesNoTensorsBehind()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        LabelledSequence[] sequences = [LabelledSequence.ScoredFrom([1, 2, 3, 4, 5], 2), LabelledSequence.ScoredFrom([6, 7, 8], 1)];
        LeftBehind.AssertNothing(() => Likelihood.Score(decoder, sequences, tokensPerBatch: 5));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void GenerationLeavesNoTensorsBehind(double temperature)
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        GenerationOptions options = new() { MaxNewTokens = 12, Temperature = temperature, TopK = 5, TopP = 0.9, EndOfSequenceIds = [3] };
        LeftBehind.AssertNothing(() => Generation.Generate(decoder, [[1, 2], [3, 4, 5, 6], [7, 8], [9]], options));
    }
}
