using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using LoraUnlearn.Sessions;
using LoraUnlearn.Tests.Models.Families;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Models;

public class GenerationTests
{
    private static readonly int[][] Prompts = [[5, 7, 9, 11, 3], [1, 2, 3], [4], [12, 6, 5, 4, 3, 2, 1], [8, 8, 8]];

    [FixtureTheory("models/llama-gqa")]
    [InlineData("llama-gqa")]
    public void CachedGenerationIsTheArgmaxOfFullForwardPasses(string name)
    {
        using GoldenModel model = new(name);
        int[][] expected = [.. Prompts.Select(prompt => Uncached(model.Decoder, prompt, 12))];
        Assert.Equal(expected, Generation.Generate(model.Decoder, Prompts, new GenerationOptions { MaxNewTokens = 12 }));
    }

    [Fact]
    public void KeysAreComputedAgainWhereLongRopeChanges()
    {
        DecoderSpec spec = ModelFamilies.Describe(ModelConfig.Parse(
            """
            {"model_type":"phi3","vocab_size":17,"hidden_size":16,"intermediate_size":20,"num_hidden_layers":2,"num_attention_heads":4,
             "num_key_value_heads":2,"max_position_embeddings":96,"original_max_position_embeddings":8,
             "rope_scaling":{"type":"longrope","short_factor":[1,1],"long_factor":[3,5]}}
            """,
            "config.json"));
        using Decoder decoder = Decoder.Build(spec, new PlainCheckpoint(spec), CPU, ScalarType.Float32);
        int[][] expected = [.. Prompts.Select(prompt => Uncached(decoder, prompt, 12))];
        Assert.Equal(expected, Generation.Generate(decoder, Prompts, new GenerationOptions { MaxNewTokens = 12 }));
    }

    [Fact]
    public void EndedSequencesDoNotDisturbTheOthers()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        int[][] whole = [.. Prompts.Select(prompt => Uncached(decoder, prompt, 10))];
        for (int end = 0; end < 13; end++)
        {
            int[][] expected = [.. whole.Select(tokens => tokens.TakeWhile(id => id != end).ToArray())];
            Assert.Equal(expected, Generation.Generate(decoder, Prompts, new GenerationOptions { MaxNewTokens = 10, EndOfSequenceIds = [end] }));
        }
    }

    [Fact]
    public void LimitsAreEachPromptsOwn()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        int[] limits = [3, 0, 9, 1, 6];
        int[][] expected = [.. Prompts.Zip(limits, (prompt, limit) => Uncached(decoder, prompt, limit))];
        Assert.Equal(expected, Generation.Generate(decoder, Prompts, limits, new GenerationOptions()));
    }

    [Fact]
    public void BatchesOfAnySizeGiveTheSame()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        GenerationOptions options = new() { MaxNewTokens = 8 };
        List<int> reports = [];
        IReadOnlyList<int[]> alone = Generation.Generate(decoder, Prompts, options with { TokensPerBatch = 1 }, new Collector(reports));
        Assert.Equal(Generation.Generate(decoder, Prompts, options), alone);
        Assert.Equal([1, 2, 3, 4, 5], reports);
    }

    [Theory]
    [InlineData(60, 4)]
    [InlineData(64, 0)]
    public void StopsAtTheLastPosition(int promptLength, int expected)
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32); // 64 positions
        int[] prompt = [.. Enumerable.Range(0, promptLength).Select(position => position % 13)];
        Assert.Equal(expected, Generation.Generate(decoder, [prompt], new GenerationOptions { MaxNewTokens = 10 })[0].Length);
    }

    [Fact]
    public void RefusesPromptsThatTheModelCannotTake()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        InputException tooLong = Assert.Throws<InputException>(() => Generation.Generate(decoder, [[1], new int[65]], new GenerationOptions()));
        Assert.Contains("Prompt 2 has 65 tokens", tooLong.Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => Generation.Generate(decoder, [[]], new GenerationOptions()));
        Assert.Contains("13", Assert.Throws<InputException>(() => Generation.Generate(decoder, [[13]], new GenerationOptions())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusesOptionsOutOfRange()
    {
        Assert.All(
            new GenerationOptions[] { new() { MaxNewTokens = 0 }, new() { Temperature = -1 }, new() { Temperature = double.NaN }, new() { TopK = -1 }, new() { TopP = 0 }, new() { TopP = 1.1 } },
            options => Assert.Throws<InputException>(options.Validate));
    }

    [Fact]
    public void StreamingHandsOnEachToken()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        List<int> seen = [];
        int[] tokens = Generation.Stream(decoder, Prompts[0], new GenerationOptions { MaxNewTokens = 7 }, seen.Add);
        Assert.Equal(Uncached(decoder, Prompts[0], 7), tokens);
        Assert.Equal(tokens, seen);
    }

    [Fact]
    public void StopsWhenCancelled()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        using CancellationTokenSource source = new();
        List<int> seen = [];
        Assert.Throws<OperationCanceledException>(() => Generation.Stream(decoder, [1], new GenerationOptions { MaxNewTokens = 9 }, Two, source.Token));
        Assert.Equal(2, seen.Count);

        void Two(int token)
        {
            seen.Add(token);
            if (seen.Count == 2)
            {
                source.Cancel();
            }
        }
    }

    [SharedFact("models/stories260K")]
    public void Stories260KTellsItsStory()
    {
        using ModelSession session = ModelSession.Open(Repository.InShared("models/stories260K"), ComputeSettings.Parse("cpu", "float32"));
        int[] tokens = Generation.Generate(session.Decoder, [[1]], new GenerationOptions { MaxNewTokens = 200 })[0];
        Assert.Equal(200, tokens.Length);
        Assert.StartsWith(
            "Once upon a time, there was a little girl named Lily. She loved to play outside in the park.",
            session.RequireTokenizer().Decode(tokens, skipSpecialTokens: true).TrimStart(),
            StringComparison.Ordinal);
    }

    /// <summary>The likeliest next token by a full forward pass for every token, compared on the host.</summary>
    internal static int[] Uncached(Decoder decoder, int[] prompt, int count)
    {
        List<int> ids = [.. prompt];
        for (int step = 0; step < count; step++)
        {
            float[] logits = LastLogits(decoder, ids);
            ids.Add(Array.IndexOf(logits, logits.Max()));
        }

        return [.. ids.Skip(prompt.Length)];
    }

    internal static float[] LastLogits(Decoder decoder, IReadOnlyList<int> ids)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor input = tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0);
        Tensor hidden = decoder.Hidden(input).narrow(0, ids.Count - 1, 1);
        return decoder.Logits(decoder.FinalNorm(hidden)).data<float>().ToArray();
    }

    private sealed class Collector(List<int> values) : IProgress<int>
    {
        public void Report(int value) => values.Add(value);
    }
}
