using LoraUnlearn.Adapters;
using LoraUnlearn.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

public class AdapterCompositionTests
{
    [Fact]
    public void TheSumIsThatOfTheChanges()
    {
        using DisposeScope scope = NewDisposeScope();
        using AdapterFactors first = new([Module("a", 1, 2, 3), Module("b", 2, 2, 1)], "first");
        using AdapterFactors second = new([Module("c", 3, 1, 5), Module("a", 4, 3, 0.5)], "second");
        using AdapterFactors sum = AdapterComposition.Sum([new(first, 2), new(second, -0.5)]);
        Assert.Equal(["a", "b", "c"], sum.Modules.Select(module => module.Module));
        Assert.Equal([5, 2, 1], sum.Modules.Select(module => module.Rank));
        Tensor expected = (Delta(first.Modules[0]) * 2) - (Delta(second.Modules[1]) * 0.5);
        Assert.InRange(FixtureModel.Difference(Delta(sum.Modules[0]), expected), 0, 1e-5);
        Assert.InRange(FixtureModel.Difference(Delta(sum.Modules[2]), Delta(second.Modules[0]) * -0.5), 0, 1e-5);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.5, -1)]
    public void ComposedAndReadBackItIsBothAtOnce(double first, double second)
    {
        using FixtureModel fixture = new();
        using TemporaryFolder folder = new();
        using PeftAdapter one = PeftAdapter.Read(fixture.AdapterFolder);
        using Generator generator = new(4);
        using AdapterFactors other = new(
            [.. one.Factors.Modules.Where((_, index) => index % 2 == 0).Select(module => new ModuleFactors(
                module.Module, randn([3, module.InputWidth], generator: generator) * 0.1, randn([module.OutputWidth, 3], generator: generator) * 0.1, 0.7))],
            "other");
        WeightedAdapter[] both = [new(one.Factors, first), new(other, second)];
        using (AdapterFactors sum = AdapterComposition.Sum(both))
        {
            PeftAdapter.Write(folder.Path, sum, PeftExport.Like([one.Config]));
        }

        using PeftAdapter composed = PeftAdapter.Read(folder.Path);
        using DisposeScope scope = NewDisposeScope();
        Tensor Scores(params WeightedAdapter[] adapters)
        {
            using FixedAdapter attached = new(fixture.Decoder, adapters);
            return fixture.Logits().log_softmax(-1);
        }

        Tensor expected = Scores(both);
        Assert.InRange(FixtureModel.Difference(Scores(new WeightedAdapter(composed.Factors)), expected), 0, 1e-5);
        Assert.True(FixtureModel.Difference(Scores(both[0]), expected) > 0.1);
    }

    [Fact]
    public void AdaptersOfDifferentBasesAreFoundByTheirManifests()
    {
        using TemporaryFolder folder = new();
        string Adapter(string name, string? manifest)
        {
            Directory.CreateDirectory(folder[name]);
            if (manifest is not null)
            {
                folder.Write(name + "/unlearn_manifest.json", manifest);
            }

            return folder[name];
        }

        string silent = Adapter("silent", null), bare = Adapter("bare", """{"configuration":{}}""");
        string first = Adapter("first", """{"configuration":{"base_model":{"name":"a","sha256":"0123456789abcdef"}}}""");
        string renamed = Adapter("renamed", """{"configuration":{"base_model":{"name":"b","sha256":"0123456789abcdef"}}}""");
        string second = Adapter("second", """{"configuration":{"base_model":{"name":"a","sha256":"fedcba9876543210"}}}""");
        Assert.Null(AdapterBase.RequireSame([silent, bare]));
        Assert.Equal("0123456789abcdef", AdapterBase.RequireSame([silent, first, renamed, bare])!.Sha256);
        string message = Assert.Throws<InputException>(() => AdapterBase.RequireSame([silent, first, second])).Message;
        Assert.StartsWith($"{first} was made for the base model 'a' (sha256 0123456789ab…), {second} for 'a' (sha256 fedcba987654…)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void OneAdapterOfWeightOneIsItself()
    {
        using FixtureModel fixture = new();
        using PeftAdapter adapter = PeftAdapter.Read(fixture.AdapterFolder);
        using AdapterFactors sum = AdapterComposition.Sum([new(adapter.Factors), new(adapter.Factors, 0)]);
        foreach ((ModuleFactors original, ModuleFactors copy) in adapter.Factors.Modules.Zip(sum.Modules))
        {
            Assert.Equal((original.Module, original.Scale), (copy.Module, copy.Scale));
            Assert.Equal(0, FixtureModel.Difference(original.A, copy.A));
            Assert.Equal(0, FixtureModel.Difference(original.B, copy.B));
        }

        PeftExport export = PeftExport.Like([adapter.Config, adapter.Config]);
        Assert.Equal(adapter.Config.TargetModules!, export.TargetModules!);
    }

    [Fact]
    public void WhatCannotBeAddedIsRefused()
    {
        using DisposeScope scope = NewDisposeScope();
        using AdapterFactors small = new([new("model.a", ones([1, 3]), ones([4, 1]), 1)], "small");
        using AdapterFactors large = new([new("model.a", ones([1, 5]), ones([4, 1]), 1)], "large");
        using AdapterFactors bare = new([new("a", ones([1, 3]), ones([4, 1]), 1)], "bare");
        Assert.Equal(
            "'model.a' is [4,3] in small and [4,5] in large; only adapters of the same base model can be combined.",
            Assert.Throws<InputException>(() => AdapterComposition.Sum([new(small), new(large)])).Message);
        Assert.Contains("calls a map 'a' and another 'model.a'", Message([new(small), new(bare)]), StringComparison.Ordinal);
        Assert.Contains("found weight NaN, expected a finite number", Message([new(small, double.NaN)]), StringComparison.Ordinal);
        Assert.Contains("nothing is left to add up", Message([new(small, 0)]), StringComparison.Ordinal);
        Assert.Contains("No adapter was given", Message([]), StringComparison.Ordinal);
    }

    private static string Message(WeightedAdapter[] adapters) => Assert.Throws<InputException>(() => AdapterComposition.Sum(adapters)).Message;

    private static ModuleFactors Module(string name, ulong seed, long rank, double scale)
    {
        using Generator generator = new(seed);
        return new ModuleFactors(name, randn([rank, 4], ScalarType.Float32, generator: generator), randn([5, rank], ScalarType.Float32, generator: generator), scale);
    }

    private static Tensor Delta(ModuleFactors module) => module.B.mm(module.A) * module.Scale;
}
