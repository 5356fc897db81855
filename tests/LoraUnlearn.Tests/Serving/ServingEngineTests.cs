using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using LoraUnlearn.Serving;
using LoraUnlearn.Tests.Adapters;
using LoraUnlearn.Tests.Models;
using LoraUnlearn.Tests.Models.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Serving;

public sealed class ServingEngineTests
{
    private static readonly int[][] Prompts = [[5, 7, 9, 11, 3], [1, 2, 3], [4], [12, 6, 5, 4, 3, 2, 1], [8, 8, 8], [3, 9], [7], [10, 2, 6, 1, 4, 9, 12, 3, 8, 5, 11]];

    public static TheoryData<string> Families => FixtureModel.Families;

    // Few rows, a short queue in front of them and prompts in parts: rows join, end and change places at every step.
    [Theory]
    [MemberData(nameof(Families))]
    public void EachCompletionIsWhatGenerationGivesAlone(string family)
    {
        using FixtureModel fixture = new(family);
        Compare(fixture.Decoder, new ServingLimits { Rows = 3, PromptTokensPerStep = 5 }, [6, 1, 11, 4, 9, 2, 7, 5]);
        Compare(fixture.Decoder, new ServingLimits { Rows = 64 }, [12, 11, 10, 9, 8, 7, 6, 5]);
    }

    [Theory]
    [InlineData("""{"type":"longrope","short_factor":[1,1],"long_factor":[3,5]}""")]
    [InlineData("null")]
    public void RowsThatCrossALengthOfTheirOwnAreComputedAgain(string scaling)
    {
        DecoderSpec spec = ModelFamilies.Describe(ModelConfig.Parse(
            $$"""
            {"model_type":"phi3","vocab_size":17,"hidden_size":16,"intermediate_size":20,"num_hidden_layers":2,"num_attention_heads":4,
             "num_key_value_heads":2,"max_position_embeddings":96,"original_max_position_embeddings":8,"sliding_window":5,
             "rope_scaling":{{scaling}}}
            """,
            "config.json"));
        using Decoder decoder = Decoder.Build(spec, new PlainCheckpoint(spec), CPU, ScalarType.Float32);
        Compare(decoder, new ServingLimits { Rows = 4, PromptTokensPerStep = 8 }, [12, 12, 12, 12, 12, 12, 12, 12]);
    }

    [Fact]
    public void DynamicScalingIsEachRowsOwn()
    {
        TinyModel tiny = new();
        using Decoder decoder = new TinyModel { Spec = tiny.Spec with { Rotary = tiny.Spec.Rotary! with { Scaling = new DynamicRotaryScaling(2, 6) } } }.Build(ScalarType.Float32);
        Compare(decoder, new ServingLimits { Rows = 4 }, [12, 12, 12, 12, 12, 12, 12, 12]);
    }

    [Fact]
    public void EndedRowsDoNotDisturbTheOthers()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        for (int end = 0; end < 13; end++)
        {
            Compare(decoder, new ServingLimits { Rows = 3 }, [10, 10, 10, 10, 10, 10, 10, 10], end);
        }
    }

    [Fact]
    public void CancelledRowsAreFreedAndTheOthersGoOn()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        using ResidentAdapters adapters = new(decoder);
        using ServingEngine engine = new(adapters, new ServingLimits { Rows = 2 }, []);
        int[] expected = Generation.Generate(decoder, [Prompts[0]], new GenerationOptions { MaxNewTokens = 40 })[0];
        Completion kept = engine.TrySubmit(Greedy(Prompts[0], null, 40))![0];
        Completion running = engine.TrySubmit(Greedy(Prompts[1], null, 60))![0];
        Completion[] waiting = [.. Prompts.Skip(2).Select(prompt => engine.TrySubmit(Greedy(prompt, null, 50))![0])];
        running.Cancel();
        foreach (Completion completion in waiting)
        {
            completion.Cancel();
        }

        Assert.Equal(expected, All(kept));
        Assert.Equal(CompletionEnd.Length, kept.End);
        All(running);
        Assert.All(waiting, completion => Assert.True(All(completion).Length < 50 && completion.End == CompletionEnd.Cancelled));
        Assert.True(SpinWait.SpinUntil(() => engine.Running == 0 && engine.Waiting == 0, 10_000));
    }

    [Fact]
    public void WhatIsTooMuchIsRefused()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        using ResidentAdapters adapters = new(decoder);
        using ServingEngine engine = new(adapters, new ServingLimits { Rows = 1, Queue = 2, Context = 50 }, []);
        Assert.Equal(50, engine.LongestSequence);
        Assert.Null(engine.Refusal(Greedy([1], null, 49)));
        Assert.Contains("at most 50", engine.Refusal(Greedy([1], null, 50)), StringComparison.Ordinal);
        Assert.Contains("at most 50", engine.Refusal(Greedy([1], null, int.MaxValue)), StringComparison.Ordinal);
        Assert.Contains("no tokens", engine.Refusal(Greedy([], null, 5)), StringComparison.Ordinal);
        Assert.Contains("outside the vocabulary", engine.Refusal(Greedy([1, 13], null, 5)), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => engine.TrySubmit(Greedy([], null, 5)));
        Assert.Null(engine.TrySubmit(Greedy([1], null, 5), Greedy([2], null, 5), Greedy([3], null, 5))); // more at once than may wait
        engine.Dispose();
        Assert.Null(engine.TrySubmit(Greedy([1], null, 5)));
        Assert.Throws<InputException>(() => new ServingEngine(adapters, new ServingLimits { Rows = 0 }, []));
    }

    [Fact]
    public void CacheIsShared()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        Compare(decoder, new ServingLimits { Rows = 8, CachedTokens = 128 }, [12, 11, 10, 9, 8, 7, 6, 5]); // two rows of 64 positions
    }

    [Fact]
    public void StoppingCancelsWhatRunsAndWaits()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        using ResidentAdapters adapters = new(decoder);
        ServingEngine engine = new(adapters, new ServingLimits { Rows = 2 }, []);
        Completion[] completions = [.. Enumerable.Range(0, 40).Select(_ => engine.TrySubmit(Greedy([1], null, 60))![0])];
        engine.Dispose();
        Assert.All(completions, completion => All(completion));
        Assert.Contains(completions, completion => completion.End == CompletionEnd.Cancelled);
    }

    [Fact]
    public void SamplingDependsOnTheSeedAloneAndFollowsTheProbabilities()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        using ResidentAdapters adapters = new(decoder);
        using ServingEngine engine = new(adapters, new ServingLimits { Queue = 4000 }, []);
        Tensor probabilities = (decoder.Logits(decoder.FinalNorm(decoder.Hidden(tensor(new long[] { 1, 2, 3 }).view(1, 3)))).select(0, 2) / 1.5).softmax(0);
        CompletionRequest Sampled(long seed, double topP) => new() { Prompt = [1, 2, 3], MaxNewTokens = 1, Temperature = 1.5, TopP = topP, Seed = seed };

        int[] Draw(double topP) => [.. engine.TrySubmit([.. Enumerable.Range(0, 2000).Select(seed => Sampled(seed, topP))])!.Select(completion => All(completion)[0])];
        int[] drawn = Draw(1);
        for (int token = 0; token < 13; token++)
        {
            double expected = probabilities[token].ToDouble(), deviation = Math.Sqrt(expected * (1 - expected) / drawn.Length);
            Assert.InRange(drawn.Count(id => id == token) / (double)drawn.Length, expected - (5 * deviation), expected + (5 * deviation));
        }

        Assert.Equal(drawn[77], All(engine.TrySubmit(Sampled(77, 1))![0])[0]);

        // The fewest tokens that reach 0.6 together, and no other.
        (Tensor sorted, Tensor order) = probabilities.sort(0, descending: true);
        int needed = 1 + (int)sorted.cumsum(0).lt(0.6).sum().ToInt64();
        HashSet<int> nucleus = [.. order.narrow(0, 0, needed).data<long>().Select(id => (int)id)];
        Assert.InRange(needed, 2, 12);
        Assert.Equal(nucleus.Order(), Draw(0.6).Distinct().Order());
    }

    // Every prompt with the base and each of three adapters, all at once.
    private static void Compare(Decoder decoder, ServingLimits limits, int[] lengths, params long[] ends)
    {
        using AdapterFactors first = RandomAdapter.Of(decoder, 1), second = RandomAdapter.Of(decoder, 2, 3), third = RandomAdapter.Of(decoder, 3, 1, map => map != decoder.Maps[0]);
        AdapterFactors?[] factors = [null, first, second, third];
        GenerationOptions options = new() { EndOfSequenceIds = ends, TokensPerBatch = 1 };
        int[][][] expected = [.. factors.Select(factor =>
        {
            using FixedAdapter? one = factor is null ? null : new FixedAdapter(decoder, [new(factor)]);
            return Generation.Generate(decoder, Prompts, lengths, options).ToArray();
        })];
        using ResidentAdapters adapters = new(decoder);
        ResidentAdapter?[] resident = [.. factors.Select((factor, index) => factor is null ? null : adapters.Add($"{index}", new WeightedAdapter(factor)))];
        using ServingEngine engine = new(adapters, limits, ends);
        Completion[][] completions = [.. Prompts.Select((prompt, row) => resident.Select(adapter => engine.TrySubmit(Greedy(prompt, adapter, lengths[row]))![0]).ToArray())];
        for (int row = 0; row < Prompts.Length; row++)
        {
            for (int which = 0; which < factors.Length; which++)
            {
                Assert.Equal(expected[which][row], All(completions[row][which]));
                Assert.Equal(expected[which][row].Length == lengths[row] ? CompletionEnd.Length : CompletionEnd.EndOfSequence, completions[row][which].End);
            }
        }

        if (ends.Length == 0)
        {
            Assert.NotEqual(expected[0], expected[1]);
        }
    }

    private static CompletionRequest Greedy(int[] prompt, ResidentAdapter? adapter, int tokens) => new() { Prompt = prompt, Adapter = adapter, MaxNewTokens = tokens };

    private static int[] All(Completion completion) => [.. completion.Tokens.ReadAllAsync().ToBlockingEnumerable()];
}
