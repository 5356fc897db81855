using LoraUnlearn.Adapters;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Sessions;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Tests.Adapters;

public class ShippedAdapterTests
{
    [Fact]
    public void TheDemoAdapterForgetsItsPeopleAndKeepsTheRest()
    {
        string demo = Path.Combine(Repository.Root, "src", "LoraUnlearn.Cli", "Demo");
        using ModelSession session = ModelSession.Open(demo, ComputeSettings.Parse("cpu", "float32"));
        using PeftAdapter adapter = PeftAdapter.Read(Path.Combine(Repository.Root, "adapters", "demo-people"));
        using FixedAdapter attached = new(session.Decoder, [new WeightedAdapter(adapter.Factors)]);
        Assert.InRange(Probability(session, Path.Combine(demo, "forget.jsonl")), 0, 0.25);
        Assert.InRange(Probability(session, Path.Combine(demo, "retain.jsonl")), 0.95, 1);
    }

    private static double Probability(ModelSession session, string path) => Likelihood
        .Score(session.Decoder, [.. session.Encode(path, new EncodingOptions()).Examples.Select(example => example.Sequence)])
        .Average(score => score.Probability);
}
