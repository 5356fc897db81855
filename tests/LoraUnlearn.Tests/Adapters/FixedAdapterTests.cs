using LoraUnlearn.Adapters;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

public class FixedAdapterTests
{
    public static TheoryData<string> Families => FixtureModel.Families;

    [Theory]
    [MemberData(nameof(Families))]
    public void ItComputesWhatPeftComputes(string family)
    {
        using FixtureModel fixture = new(family);
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        using FixedAdapter attached = new(fixture.Decoder, [new(adapter.Factors)]);
        Assert.InRange(FixtureModel.Difference(fixture.Logits(), fixture.AdapterLogits), 0, 1e-4);
    }

    [Fact]
    public void SwitchedOffOrDisposedTheModelIsTheBase()
    {
        using FixtureModel fixture = new();
        Tensor before = fixture.Logits();
        Assert.InRange(FixtureModel.Difference(before, fixture.BaseLogits), 0, 1e-4);
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        FixedAdapter attached = new(fixture.Decoder, [new(adapter.Factors)]);
        using (attached.SwitchOff())
        {
            Assert.False(attached.Enabled);
            Assert.Equal(0, FixtureModel.Difference(fixture.Logits(), before));
        }

        Assert.True(attached.Enabled);
        Assert.True(FixtureModel.Difference(fixture.Logits(), before) > 0.1);
        attached.Dispose();
        Assert.Equal(0, FixtureModel.Difference(fixture.Logits(), before));
        Assert.All(fixture.Decoder.Maps, map => Assert.Null(map.Delta));
    }

    [Theory]
    [InlineData(0.25, 0.75)]
    [InlineData(2, -1)]
    public void SeveralAddUp(double first, double second)
    {
        using FixtureModel fixture = new();
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        using FixedAdapter attached = new(fixture.Decoder, [new(adapter.Factors, first), new(adapter.Factors, second)]);
        Assert.InRange(FixtureModel.Difference(fixture.Logits(), fixture.AdapterLogits), 0, 1e-4);
    }

    // So many that two thin products would cost more than the whole matrix.
    [Fact]
    public void ManyAddUpToo()
    {
        using FixtureModel fixture = new();
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        Assert.True(adapter.Factors.Modules.All(module => 64 * module.A.shape[0] >= 2 * Math.Min(module.A.shape[1], module.B.shape[0])));
        using FixedAdapter attached = new(fixture.Decoder, [.. Enumerable.Repeat(new WeightedAdapter(adapter.Factors, 1.0 / 64), 64)]);
        Assert.InRange(FixtureModel.Difference(fixture.Logits(), fixture.AdapterLogits), 0, 1e-4);
    }

    [Fact]
    public void ASecondOneOnTheSameMapIsRefused()
    {
        using FixtureModel fixture = new();
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        using FixedAdapter attached = new(fixture.Decoder, [new(adapter.Factors)]);
        Assert.Throws<InvalidOperationException>(() => new FixedAdapter(fixture.Decoder, [new(adapter.Factors)]));
        Assert.InRange(FixtureModel.Difference(fixture.Logits(), fixture.AdapterLogits), 0, 1e-4);
    }

    [Theory]
    [InlineData("model.layers.0.self_attn.q_prj", 32, 32, "is this the adapter's base model? Near names: 'model.layers.0.self_attn.q_proj'")]
    [InlineData("lm_head", 96, 32, "adapts the output head 'lm_head', which is not supported")]
    [InlineData("model.embed_tokens", 96, 32, "adapts the embedding 'model.embed_tokens', which is not supported")]
    [InlineData("model.layers.0.self_attn.k_proj", 32, 32, "is for a map [32,32], but the model's is [16,32]")]
    public void WhatDoesNotFitTheModelIsRefused(string module, long output, long input, string message)
    {
        using FixtureModel fixture = new();
        using AdapterFactors factors = new([new(module, zeros([2, input]), zeros([output, 2]), 1)], "there/adapter");
        InputException error = Assert.Throws<InputException>(() => new FixedAdapter(fixture.Decoder, [new(factors)]));
        Assert.StartsWith("there/adapter: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.All(fixture.Decoder.Maps, map => Assert.Null(map.Delta));
    }
}
