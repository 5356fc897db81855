using LoraUnlearn.Adapters;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

public sealed class ResidentAdaptersTests : IDisposable
{
    private readonly FixtureModel _fixture = new();

    public static TheoryData<string> Families => FixtureModel.Families;

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [MemberData(nameof(Families))]
    public void ItComputesWhatPeftComputes(string family)
    {
        using FixtureModel fixture = new(family);
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        using ResidentAdapters resident = new(fixture.Decoder);
        resident.Use(resident.Add("golden", new WeightedAdapter(adapter.Factors)));
        Assert.InRange(FixtureModel.Difference(fixture.Logits(), fixture.AdapterLogits), 0, 1e-4);
        resident.Use(null);
        Assert.InRange(FixtureModel.Difference(fixture.Logits(), fixture.BaseLogits), 0, 1e-4);
    }

    // Adapters of different ranks, on different maps, in different orders, with the base among them.
    [Theory]
    [MemberData(nameof(Families))]
    public void EachRowOfAMixedBatchIsWhatItIsAlone(string family)
    {
        using FixtureModel fixture = new(family);
        using DisposeScope scope = NewDisposeScope();
        Decoder decoder = fixture.Decoder;
        AdapterFactors[] factors =
        [
            RandomAdapter.Of(decoder, 1),
            RandomAdapter.Of(decoder, 2, 3, map => map.Name.Contains(".0.", StringComparison.Ordinal)),
            RandomAdapter.Of(decoder, 3, 1, map => map != decoder.Maps[0]),
            RandomAdapter.Of(decoder, 4, 4),
        ];
        int?[] choice = [2, null, 0, 1, 0, null, 3, 2];
        Tensor ids = fixture.InputIds.select(0, 0).narrow(0, 0, 6).repeat(choice.Length, 1); // [b,t]
        Tensor[] alone = [.. choice.Select(which =>
        {
            using FixedAdapter? one = which is { } index ? new FixedAdapter(decoder, [new(factors[index])]) : null;
            return LogitsOf(decoder, ids.narrow(0, 0, 1));
        })];

        using ResidentAdapters resident = new(decoder);
        ResidentAdapter[] adapters = [.. factors.Select((adapter, index) => resident.Add($"{index}", new WeightedAdapter(adapter)))];
        Tensor mixed;
        using (resident.UseRows([.. choice.Select(which => which is { } index ? adapters[index] : null)]))
        {
            mixed = LogitsOf(decoder, ids).view(choice.Length, ids.shape[1], -1);
        }

        for (int row = 0; row < choice.Length; row++)
        {
            Assert.InRange(FixtureModel.Difference(mixed.select(0, row), alone[row]) / alone[row].abs().max().ToDouble(), 0, 1e-5);
        }

        Assert.True(FixtureModel.Difference(alone[0], alone[1]) > 0.1);
        Assert.Equal(0, FixtureModel.Difference(LogitsOf(decoder, ids.narrow(0, 0, 1)), alone[1])); // the choice has ended

        foreach (AdapterFactors factor in factors)
        {
            factor.Dispose();
        }
    }

    [Fact]
    public void WithholdingOneLeavesTheRest()
    {
        Decoder decoder = _fixture.Decoder;
        using AdapterFactors first = RandomAdapter.Of(decoder, 1), second = RandomAdapter.Of(decoder, 2);
        using ResidentAdapters model = new(decoder);
        ResidentAdapter a = model.Add("a", new WeightedAdapter(first)), b = model.Add("b", new WeightedAdapter(second));
        Tensor ids = _fixture.InputIds.narrow(0, 0, 2);
        Tensor plain = LogitsOf(decoder, ids);
        model.Use(a);
        Tensor adapted = LogitsOf(decoder, ids);
        using (model.Without(a))
        {
            Assert.Equal(0, FixtureModel.Difference(LogitsOf(decoder, ids), plain));
            using (model.Without(a))
            {
            }

            Assert.Equal(0, FixtureModel.Difference(LogitsOf(decoder, ids), plain)); // the inner one ends nothing
        }

        using (model.Without(b))
        {
            Assert.Equal(0, FixtureModel.Difference(LogitsOf(decoder, ids), adapted));
        }

        model.Use(b);
        Tensor other = LogitsOf(decoder, ids).view(2, ids.shape[1], -1);
        using (model.UseRows([a, b]))
        using (model.Without(a))
        {
            Tensor mixed = LogitsOf(decoder, ids).view(2, ids.shape[1], -1);
            Assert.InRange(FixtureModel.Difference(mixed.select(0, 0), plain.view(2, ids.shape[1], -1).select(0, 0)), 0, 1e-5);
            Assert.InRange(FixtureModel.Difference(mixed.select(0, 1), other.select(0, 1)), 0, 1e-5);
        }
    }

    [Fact]
    public void SeveralAddUpUnderOneName()
    {
        Decoder decoder = _fixture.Decoder;
        using AdapterFactors first = RandomAdapter.Of(decoder, 1), second = RandomAdapter.Of(decoder, 2);
        Tensor expected;
        using (new FixedAdapter(decoder, [new(first, 0.5), new(second, -1)]))
        {
            expected = _fixture.Logits();
        }

        using ResidentAdapters resident = new(decoder);
        resident.Use(resident.Add("both", new WeightedAdapter(first, 0.5), new WeightedAdapter(second, -1)));
        Assert.InRange(FixtureModel.Difference(_fixture.Logits(), expected), 0, 1e-4);
    }

    [Fact]
    public void RemovedOnesAreGone()
    {
        Decoder decoder = _fixture.Decoder;
        using AdapterFactors first = RandomAdapter.Of(decoder, 1), second = RandomAdapter.Of(decoder, 2, 2, map => map == decoder.Maps[0]);
        using ResidentAdapters resident = new(decoder);
        ResidentAdapter a = resident.Add("a", new WeightedAdapter(first)), b = resident.Add("b", new WeightedAdapter(second));
        Assert.Equal(["a", "b"], resident.All.Select(adapter => adapter.Name));
        Assert.Equal(first.Modules.Sum(module => (module.A.numel() + module.B.numel()) * 4), a.Bytes);
        resident.Use(a);
        using (resident.UseRows([a, b]))
        {
            Assert.Throws<InvalidOperationException>(() => resident.Remove(a));
        }

        resident.Remove(a);
        Assert.Null(resident.Active);
        Assert.Null(resident.Find("a"));
        Assert.Throws<ArgumentException>(() => resident.Use(a));
        Assert.Throws<ArgumentException>(() => resident.UseRows([a]));
        Assert.Single(decoder.Maps, map => map.Delta is not null);
        Assert.InRange(FixtureModel.Difference(_fixture.Logits(), _fixture.BaseLogits), 0, 1e-4);
        resident.Dispose();
        Assert.All(decoder.Maps, map => Assert.Null(map.Delta));
    }

    [Fact]
    public void WhatCannotServeIsRefusedWhole()
    {
        Decoder decoder = _fixture.Decoder;
        string name = decoder.Maps[1].Name;
        using ResidentAdapters resident = new(decoder);
        using AdapterFactors good = RandomAdapter.Of(decoder, 1);
        using AdapterFactors broken = new([new(name, full([2, decoder.Maps[1].InputWidth], float.NaN), ones([decoder.Maps[1].OutputWidth, 2]), 1)], "there/adapter");
        resident.Add("good", new WeightedAdapter(good));
        Assert.Contains("not finite", Assert.Throws<InputException>(() => resident.Add("broken", new WeightedAdapter(broken))).Message, StringComparison.Ordinal);
        Assert.Contains("already", Assert.Throws<InputException>(() => resident.Add("good", new WeightedAdapter(good))).Message, StringComparison.Ordinal);
        Assert.Single(resident.All);
        using FixtureModel taken = new();
        using FixedAdapter other = new(taken.Decoder, [new(good)]);
        using ResidentAdapters late = new(taken.Decoder);
        Assert.Throws<InvalidOperationException>(() => late.Add("late", new WeightedAdapter(good)));
    }

    private static Tensor LogitsOf(Decoder decoder, Tensor ids) => decoder.Logits(decoder.FinalNorm(decoder.Hidden(ids)));
}
