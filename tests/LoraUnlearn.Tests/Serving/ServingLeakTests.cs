using LoraUnlearn.Adapters;
using LoraUnlearn.Models;
using LoraUnlearn.Serving;
using LoraUnlearn.Tests.Adapters;
using LoraUnlearn.Tests.Models;
using LoraUnlearn.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Serving;

[Collection(RunsAlone.Name)]
public sealed class ServingLeakTests
{
    [Fact]
    public void ServingLeavesNoTensorBehind()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        using AdapterFactors first = RandomAdapter.Of(decoder, 1), second = RandomAdapter.Of(decoder, 2);
        LeftBehind.AssertNothing(() =>
        {
            using ResidentAdapters adapters = new(decoder);
            ResidentAdapter a = adapters.Add("a", new WeightedAdapter(first)), b = adapters.Add("b", new WeightedAdapter(second));
            using ServingEngine engine = new(adapters, new ServingLimits { Rows = 3, PromptTokensPerStep = 4 }, [5]);
            Serve(engine, a, b);
            adapters.Remove(a);
        });
    }

    [Fact]
    public void NothingGrowsWhileServing()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        using AdapterFactors first = RandomAdapter.Of(decoder, 1), second = RandomAdapter.Of(decoder, 2);
        using ResidentAdapters adapters = new(decoder);
        ResidentAdapter a = adapters.Add("a", new WeightedAdapter(first)), b = adapters.Add("b", new WeightedAdapter(second));
        using ServingEngine engine = new(adapters, new ServingLimits { Rows = 3 }, [5]);
        LeftBehind.AssertNothing(() => Serve(engine, a, b));
    }

    private static void Serve(ServingEngine engine, ResidentAdapter a, ResidentAdapter b)
    {
        Completion[] completions = [.. new[] { null, a, b, a, null, b }.Select((adapter, index) => engine.TrySubmit(new CompletionRequest
        {
            Prompt = [1, 2, 3, 4, 6, index + 1],
            Adapter = adapter,
            MaxNewTokens = 5 + index,
            Temperature = index % 2,
        })![0])];
        completions[1].Cancel();
        foreach (Completion completion in completions)
        {
            _ = completion.Tokens.ReadAllAsync().ToBlockingEnumerable().Count();
        }

        Assert.True(SpinWait.SpinUntil(() => engine.Running == 0, 10_000));
    }
}
