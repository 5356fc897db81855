using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Evaluation.Tdec;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Models;
using TorchSharp;

namespace LoraUnlearn.Tests.Evaluation.Tdec;

public class TdecSuiteTests
{
    private static readonly int[][] Ids = [[1, 2, 3, 4, 5, 6, 7], [9, 10, 11, 12, 1, 2, 3, 4, 5], [6, 6, 6]];

    [Theory]
    [InlineData(NGramDivisor.Continuation, 0)]
    [InlineData(NGramDivisor.TrueSuffix, 0)]
    [InlineData(NGramDivisor.Continuation, 8)]
    [InlineData(NGramDivisor.TrueSuffix, 8)]
    public void ShortCutsAgreeWithGeneratingFromEveryPrefix(NGramDivisor divisor, int end)
    {
        using Decoder decoder = new TinyModel().Build(torch.ScalarType.Float32);
        long[] ends = end == 0 ? [] : [end];
        // True text that the model would write itself for a while, so that the short cut is taken.
        int[] known = [5, .. Generation.Generate(decoder, [[5]], new GenerationOptions { MaxNewTokens = 8 })[0], 2, 3];
        int[][] texts = [.. Ids, known];
        TdecReport report = new TdecSuite(decoder, ends, new TdecOptions { Orders = [1, 2], Divisor = divisor }).Run([.. texts.Select(Tokens)]);
        foreach ((int[] ids, TdecRow row) in texts.Zip(report.Rows))
        {
            foreach (int n in new[] { 1, 2 })
            {
                double sum = 0;
                for (int length = 1; length <= ids.Length - n; length++)
                {
                    GenerationOptions options = new() { MaxNewTokens = ids.Length - length, EndOfSequenceIds = ends };
                    int[] generated = Generation.Generate(decoder, [ids[..length]], options)[0];
                    int[] whole = generated.Length < ids.Length - length ? [.. generated, end] : generated;
                    sum += TextMetrics.NGramOverlap(whole, ids[length..], n, divisor);
                }

                Assert.Equal(sum / (ids.Length - n), row.Likelihoods[n], 1e-12);
            }

            double right = Enumerable.Range(1, ids.Length - 1).Count(at => Generation.Generate(decoder, [ids[..at]], new GenerationOptions { MaxNewTokens = 1 })[0][0] == ids[at]);
            Assert.Equal(right / (ids.Length - 1), row.Accuracy, 1e-12);
        }

        Assert.Equal(report.Rows.Average(row => row.Accuracy), report.Accuracy);
    }

    [Fact]
    public void WhatTheModelWritesItselfIsExtractedWhole()
    {
        using Decoder decoder = new TinyModel().Build(torch.ScalarType.Float32);
        int[] own = [7, .. Generation.Generate(decoder, [[7]], new GenerationOptions { MaxNewTokens = 9 })[0]];
        TdecReport report = new TdecSuite(decoder, [], new TdecOptions { Orders = [3] }).Run([Tokens(own)]);
        Assert.Equal(1, report.Accuracy);
        Assert.Equal(1, report.Likelihood(3));
    }

    [Fact]
    public void RowsTooShortForAnOrderAreLeftOut()
    {
        using Decoder decoder = new TinyModel().Build(torch.ScalarType.Float32);
        TdecReport report = new TdecSuite(decoder, [], new TdecOptions { Orders = [3, 20] }).Run([.. Ids.Select(Tokens)]);
        Assert.False(report.Rows[2].Likelihoods.ContainsKey(3)); // three tokens have no three after the first
        Assert.Equal((report.Rows[0].Likelihoods[3] + report.Rows[1].Likelihoods[3]) / 2, report.Likelihood(3), 1e-12);
        Assert.Contains("n-grams", Assert.Throws<InputException>(() => report.Likelihood(20)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DivisorsDifferWhereAContinuationEndsEarly()
    {
        // Two of the continuation's two tokens are in a suffix of four.
        Assert.Equal(1, TextMetrics.NGramOverlap([1, 2], [1, 2, 3, 4], 1), 12);
        Assert.Equal(0.5, TextMetrics.NGramOverlap([1, 2], [1, 2, 3, 4], 1, NGramDivisor.TrueSuffix), 12);
    }

    private static Example Tokens(int[] ids) =>
        new(0, LabelledSequence.ScoredFrom(ids, 1), null, new DataRow(DataRowKind.Tokens, 1) { InputIds = ids }, null);
}
