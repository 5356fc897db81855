using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Models;
using LoraUnlearn.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Evaluation;

public class LikelihoodTests
{
    private const string Model = "models/llama-gqa";

    [FixtureTheory(Model)]
    [InlineData("llama-gqa")]
    public void LogProbabilitiesAndRanksAreThoseOfTheGoldenLogits(string name)
    {
        using GoldenModel model = new(name);
        float[] logits = model.Golden("logits");
        IReadOnlyList<SequenceScore> scores = Likelihood.Score(model.Decoder, model.Sequences);
        for (int row = 0; row < model.Sequences.Count; row++)
        {
            (double LogProbability, int Rank)[] expected = [.. Scored(model, logits, row)];
            Assert.Equal(expected.Length, scores[row].Tokens);
            Assert.All(expected.Zip(scores[row].LogProbabilities), pair => Assert.Equal(pair.First.LogProbability, pair.Second, 1e-4));
            Assert.Equal(expected.Select(token => token.Rank), scores[row].Ranks);
        }
    }

    [FixtureTheory(Model)]
    [InlineData("llama-gqa")]
    public void SequenceAndMeanLikelihoodsAreGolden(string name)
    {
        using GoldenModel model = new(name);
        IReadOnlyList<SequenceScore> scores = Likelihood.Score(model.Decoder, model.Sequences);
        Assert.All(model.Golden("seq_nll").Zip(scores), pair => Assert.Equal(pair.First, pair.Second.Nll, 1e-4 * pair.First));
        Assert.Equal(model.Golden("loss")[0], scores.Sum(score => score.Nll) / scores.Sum(score => score.Tokens), 1e-4);
    }

    [FixtureFact(Model)]
    public void HiddenStatesAreGolden()
    {
        using GoldenModel model = new("llama-gqa");
        using DisposeScope scope = NewDisposeScope();
        using Batch batch = Batch.Create(model.Sequences, CPU);
        long[] real = [.. Enumerable.Range(0, 3).SelectMany(row => Enumerable.Range(row * GoldenModel.PaddedLength, model.Sequences[row].Length)).Select(i => (long)i)];
        for (int layer = 0; layer <= model.Decoder.Blocks.Count; layer++)
        {
            Tensor hidden = model.Decoder.Hidden(batch.InputIds, layers: layer);
            hidden = layer == model.Decoder.Blocks.Count ? model.Decoder.FinalNorm(hidden) : hidden;
            Tensor expected = tensor(model.Golden($"hidden_states.{layer}")).view(-1, model.Decoder.Spec.Width);
            Closeness.AssertClose(At(expected), At(hidden), 1e-4, $"hidden state {layer}");
        }

        float[] At(Tensor states) => states.index_select(0, tensor(real)).contiguous().data<float>().ToArray();
    }

    [FixtureFact(Model)]
    public void ScoresDoNotDependOnTheBatches()
    {
        using GoldenModel model = new("llama-gqa");
        IReadOnlyList<SequenceScore> together = Likelihood.Score(model.Decoder, model.Sequences);
        IReadOnlyList<SequenceScore> alone = Likelihood.Score(model.Decoder, model.Sequences, tokensPerBatch: 1);
        foreach ((SequenceScore one, SequenceScore other) in together.Zip(alone))
        {
            Assert.All(one.LogProbabilities.Zip(other.LogProbabilities), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
            Assert.Equal(one.Ranks, other.Ranks);
        }
    }

    [Fact]
    public void ASequenceWithoutLabelsScoresNothing()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        LabelledSequence unlabelled = new([1, 2, 3], [LabelledSequence.NotScored, LabelledSequence.NotScored, LabelledSequence.NotScored]);
        IReadOnlyList<SequenceScore> scores = Likelihood.Score(decoder, [unlabelled, LabelledSequence.ScoredFrom([1, 2, 3], 1)]);
        Assert.Equal(0, scores[0].Tokens);
        Assert.Equal(2, scores[1].Tokens);
    }

    // Log-softmax and rank of the labels at positions ≥ 1 under the golden logits one position earlier, in float64.
    private static IEnumerable<(double LogProbability, int Rank)> Scored(GoldenModel model, float[] logits, int row)
    {
        int vocabulary = (int)model.Decoder.Spec.VocabularySize;
        LabelledSequence sequence = model.Sequences[row];
        for (int position = 1; position < sequence.Length; position++)
        {
            int label = sequence.Labels[position];
            if (label == LabelledSequence.NotScored)
            {
                continue;
            }

            double[] before = [.. logits.Skip(((row * GoldenModel.PaddedLength) + position - 1) * vocabulary).Take(vocabulary).Select(value => (double)value)];
            double largest = before.Max();
            double normaliser = largest + Math.Log(before.Sum(value => Math.Exp(value - largest)));
            yield return (before[label] - normaliser, before.Count(value => value > before[label]));
        }
    }
}
