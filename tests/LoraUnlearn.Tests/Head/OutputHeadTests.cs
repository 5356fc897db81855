using LoraUnlearn.Head;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Tests.Models;
using LoraUnlearn.Tests.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Head;

public class OutputHeadTests
{
    private static readonly TinyModel CappedModel = new() { Spec = new TinyModel().Spec with { LogitSoftCap = 3 } };

    [Fact]
    public void ScoresAreThoseOfTheWholeLogitsAndOnlyWhatIsAskedFor()
    {
        using Decoder decoder = new TinyModel().Build();
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(6);
        Tensor rows = randn([9, 8], ScalarType.Float64, generator: generator);
        long[] labels = [0, 3, 12, 5, 5, 7, 1, 2, 9];
        TokenScores plain = OutputHead.Score(decoder, rows, tensor(labels));
        TokenScores all = OutputHead.Score(decoder, rows, tensor(labels), ScoreParts.Rank | ScoreParts.RunnerUp);
        double[] logits = decoder.Logits(decoder.FinalNorm(rows)).data<double>().ToArray();
        for (int row = 0; row < 9; row++)
        {
            double[] own = logits[(row * 13)..((row + 1) * 13)];
            int label = (int)labels[row];
            Assert.Equal(own[label] - Math.Log(own.Sum(Math.Exp)), all.LogProbability[row].ToDouble(), 10);
            Assert.Equal(own.Count(value => value > own[label]), all.Rank![row].ToInt64());
            Assert.Equal(Enumerable.Range(0, 13).Where(token => token != label).MaxBy(token => own[token]), all.RunnerUpToken![row].ToInt64());
        }

        Assert.Equal(all.LogProbability.data<double>().ToArray(), plain.LogProbability.data<double>().ToArray());
        Assert.Null(plain.Rank);
        Assert.Null(plain.RunnerUpToken);
    }

    [Theory]
    [InlineData("ga")]
    [InlineData("ihl")]
    public void TokenObjectivesHaveTheirOwnGradient(string name)
    {
        using ScoredPositions positions = ObjectiveGradients.Positions();
        TokenObjective objective = (TokenObjective)ObjectiveCatalog.Forget(name);
        Assert.InRange(ObjectiveGradients.RelativeError((decoder, rows) => OutputHead.Evaluate(decoder, rows, objective, 1, positions)), 0, 1e-6);
    }

    [Fact]
    public void TokenObjectivesDifferentiateThroughTheSoftCap()
    {
        using ScoredPositions positions = ObjectiveGradients.Positions();
        Assert.InRange(
            ObjectiveGradients.RelativeError((decoder, rows) => OutputHead.Evaluate(decoder, rows, new InvertedHingeObjective(), 1, positions), CappedModel),
            0,
            1e-6);
    }

    [Fact]
    public void KlHasItsOwnGradient()
    {
        using ScoredPositions positions = ObjectiveGradients.Positions();
        using Generator generator = new(5);
        using Tensor reference = randn([9, 8], ScalarType.Float64, generator: generator);
        Assert.InRange(
            ObjectiveGradients.RelativeError((decoder, rows) => OutputHead.Evaluate(decoder, rows, new KlRetainTerm(), 1, positions.Labels, reference)),
            0,
            1e-6);
    }

    [Fact]
    public void KlToItselfIsZeroWithZeroGradient()
    {
        using DisposeScope scope = NewDisposeScope();
        using Decoder decoder = new TinyModel().Build();
        using ScoredPositions positions = ObjectiveGradients.Positions();
        using Generator generator = new(5);
        Tensor rows = randn([9, 8], ScalarType.Float64, generator: generator);
        HeadResult result = OutputHead.Evaluate(decoder, rows, new KlRetainTerm(), 1, positions.Labels, decoder.FinalNorm(rows));
        Assert.InRange(Math.Abs(result.Loss.ToDouble()), 0, 1e-12);
        Assert.InRange(result.Gradient!.abs().max().ToDouble(), 0, 1e-12);
    }

    // METHODS §5: the gradient of the inverted hinge by the logits of one position.
    [Fact]
    public void InvertedHingeMatchesItsClosedForm()
    {
        using DisposeScope scope = NewDisposeScope();
        using Decoder decoder = new TinyModel().Build();
        using ScoredPositions positions = ObjectiveGradients.Positions();
        using Generator generator = new(8);
        Tensor rows = randn([9, 8], ScalarType.Float64, generator: generator);
        HeadResult result = OutputHead.Evaluate(decoder, rows, new InvertedHingeObjective(), 1, positions);

        Tensor input = rows.detach().requires_grad_(true);
        Tensor logits = decoder.Logits(decoder.FinalNorm(input));
        Tensor probabilities = logits.detach().softmax(1);
        Tensor closed = zeros_like(probabilities);
        double loss = 0;
        for (long n = 0; n < 9; n++)
        {
            long label = positions.Labels[n].ToInt64();
            double own = probabilities[n, label].ToDouble();
            Tensor others = probabilities[n].clone();
            others[label] = tensor(-1.0, ScalarType.Float64);
            long best = others.argmax().ToInt64();
            double other = probabilities[n, best].ToDouble();
            loss += (1 + own - other) / 9;
            closed[n] = probabilities[n] * (other - own);
            closed[n, label] = tensor(own * (1 - own + other), ScalarType.Float64);
            closed[n, best] = tensor(-other * (1 - other + own), ScalarType.Float64);
        }

        Tensor expected = autograd.grad([logits], [input], [closed / 9.0])[0];
        Assert.Equal(loss, result.Loss.ToDouble(), 12);
        Assert.InRange((expected - result.Gradient!).abs().max().ToDouble(), 0, 1e-12);
    }

    [Fact]
    public void ChunksThatAreRecomputedGiveTheSameGradient()
    {
        // A vocabulary so large that the probabilities of all chunks cannot be kept.
        using DisposeScope scope = NewDisposeScope();
        using Decoder decoder = new TinyModel(layers: 1, vocabulary: 200_000).Build(ScalarType.Float32);
        using Generator generator = new(4);
        int[] ids = [.. Enumerable.Range(0, 301)];
        using ScoredPositions positions = ScoredPositions.Of([new(ids, ids)], 301, CPU);
        Tensor rows = randn([300, 8], ScalarType.Float32, generator: generator);
        HeadResult whole = OutputHead.Evaluate(decoder, rows, new NllRetainTerm(), 1, positions);

        Tensor input = rows.detach().requires_grad_(true);
        Tensor loss = decoder.Logits(decoder.FinalNorm(input)).log_softmax(1).gather(1, positions.Labels.unsqueeze(1)).mean().neg();
        Tensor expected = autograd.grad([loss], [input])[0];
        Assert.InRange(Math.Abs((loss - whole.Loss).ToDouble()), 0, 1e-4);
        Assert.InRange(((expected - whole.Gradient!).abs().max() / expected.abs().max()).ToDouble(), 0, 1e-4);
    }
}
