using LoraUnlearn.Data;
using LoraUnlearn.Evaluation.Membership;
using LoraUnlearn.Fisher;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Models;
using LoraUnlearn.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Evaluation.Membership;

[Collection(RunsAlone.Name)]
public class MembershipSuiteTests
{
    private static readonly int[][] Ids = [[1, 2, 3, 4, 5], [6, 7, 8], [9, 10, 11, 12, 1, 2, 3], [4, 4, 4, 4]];

    [Fact]
    public void MomentsAreThoseOfTheDistribution()
    {
        using Decoder decoder = new TinyModel().Build();
        LabelledSequence[] sequences = [.. Ids.Select(ids => LabelledSequence.ScoredFrom(ids, 2))];
        IReadOnlyList<TokenLikelihoods> found = TokenLikelihoods.Score(decoder, sequences, tokensPerBatch: 8);
        foreach ((int[] ids, TokenLikelihoods row) in Ids.Zip(found))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor logits = decoder.Logits(decoder.FinalNorm(decoder.Hidden(tensor(Array.ConvertAll(ids, id => (long)id), [1, ids.Length]))));
            Assert.Equal(ids.Length - 2, row.LogProbabilities.Length); // the last token is among them
            for (int token = 2; token < ids.Length; token++)
            {
                double[] values = [.. logits[token - 1].to_type(ScalarType.Float64).data<double>()];
                double normaliser = Math.Log(values.Sum(Math.Exp));
                double mean = values.Sum(value => Math.Exp(value - normaliser) * (value - normaliser));
                double variance = values.Sum(value => Math.Exp(value - normaliser) * Math.Pow(value - normaliser - mean, 2));
                Assert.Equal(values[ids[token]] - normaliser, row.LogProbabilities[token - 2], 1e-5);
                Assert.Equal(mean, row.Means[token - 2], 1e-5);
                Assert.Equal(Math.Sqrt(variance), row.Deviations[token - 2], 1e-5);
            }
        }
    }

    [Fact]
    public void GradientNormsAreThoseOfTheFormedGradients()
    {
        using Decoder decoder = new TinyModel().Build();
        LabelledSequence[] sequences = [.. Ids.Select(ids => LabelledSequence.ScoredFrom(ids, 1))];
        IReadOnlyList<GradientNorms> found = GradientNorms.Of(decoder, sequences, tokensPerBatch: 1000);
        for (int row = 0; row < sequences.Length; row++)
        {
            // The Fisher diagonal of one example is its squared gradient over |y|, here with every gradient formed.
            FisherEstimator estimator = new(decoder, decoder.Maps, new FisherOptions { Mode = FisherMode.Elementwise });
            using FisherResult fisher = estimator.Estimate([sequences[row]], null);
            double tokens = sequences[row].LabelledCount;
            double[] norms = [.. fisher.Modules.Values.Select(module => Math.Sqrt(module.Forget.sum().ToDouble() * tokens) / tokens)];
            Assert.Equal(Math.Sqrt(norms.Sum(norm => norm * norm)), found[row].Global, 1e-5 * found[row].Global);
            Assert.Equal(norms.Average(), found[row].MeanOfTensors, 1e-5 * found[row].Global);
        }
    }

    [Fact]
    public void LikelyRowsAreMembers()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        Example[] members = [.. Enumerable.Range(1, 6).Select(start => Tokens(start, Greedy(decoder, start)))];
        Example[] others = [.. Enumerable.Range(1, 6).Select(start => Tokens(start, [start, .. Ids[2]]))];
        MembershipReport report = new MembershipSuite(decoder, null, null, new MembershipOptions { Resamples = 100 }).Run(members, others);
        Assert.Equal(
            ["loss", "min_k_20", "min_k_plus_plus_20", "gradient_norm", "gradient_norm_mean_of_tensors"],
            report.Attacks.Select(attack => attack.Attack)); // no tokenizer and no second model: left out, not 0.5
        Assert.All(report.Attacks.Take(2), attack => Assert.Equal(1, attack.Result.Auc));

        MembershipReport swapped = new MembershipSuite(decoder, null, decoder, new MembershipOptions { Resamples = 100, Gradients = false }).Run(others, members);
        Assert.Equal(0, swapped.Attacks[0].Result.Auc); // not flipped
        Assert.Equal(0.5, swapped.Attacks.Single(attack => attack.Attack == "reference").Result.Auc); // against itself: all ties
    }

    [Fact]
    public void ChunksOfATextAreOneRow()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        DataRow row = new(DataRowKind.Text, 3) { Text = "x" };
        Example[] chunks = [.. Ids.Take(2).Select((ids, index) => new Example(index, LabelledSequence.ScoredFrom(ids, 1), null, row, null))];
        AttackScores scores = new MembershipSuite(decoder, null, null, new MembershipOptions { Gradients = false }).Score([.. chunks, Tokens(4, Ids[2])], "rows");
        IReadOnlyList<TokenLikelihoods> alone = TokenLikelihoods.Score(decoder, [.. chunks.Select(chunk => chunk.Sequence)]);
        Assert.Equal([3, 4], scores.Lines);
        Assert.Equal(((4 * alone[0].Loss) + (2 * alone[1].Loss)) / 6, scores.ByAttack[0].Scores[0], 1e-6);
    }

    [Fact]
    public void LeavesNoTensorsBehind()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        Example[] rows = [.. Ids.Select((ids, index) => Tokens(index, ids))];
        LeftBehind.AssertNothing(() => new MembershipSuite(decoder, null, null, new MembershipOptions { Resamples = 100 }).Run(rows[..2], rows[2..]));
    }

    private static int[] Greedy(Decoder decoder, int start) =>
        [start, .. Generation.Generate(decoder, [[start]], new GenerationOptions { MaxNewTokens = 6 })[0]];

    private static Example Tokens(int line, int[] ids) =>
        new(line, LabelledSequence.ScoredFrom(ids, 1), null, new DataRow(DataRowKind.Tokens, line) { InputIds = ids }, null);
}
