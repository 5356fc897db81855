using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Head;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Training;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Training;

public class CompatibilityTests
{
    private static readonly IReadOnlyDictionary<string, string> NoSettings = new Dictionary<string, string>();

    [Theory]
    [InlineData("ihl", "nll", "sum", ScheduleKind.Linear, "--retain-loss nll needs a retain set")]
    [InlineData("ihl", null, "ngdiff", ScheduleKind.Linear, "--combiner ngdiff combines the gradients of two losses")]
    [InlineData("ihl", null, "pcgrad", ScheduleKind.Linear, "--combiner pcgrad combines the gradients of two losses")]
    [InlineData("ihl", null, "primal-dual", ScheduleKind.Linear, "--combiner primal-dual combines the gradients of two losses")]
    [InlineData("ihl", null, "sum", ScheduleKind.Gen, "--schedule gen fits the retain loss")]
    [InlineData("ihl", null, "sums", ScheduleKind.Linear, "Did you mean 'sum'?")]
    public void WhatNeedsARetainSetIsRefusedWithout(string objective, string? retain, string combiner, ScheduleKind schedule, string expected)
    {
        InputException error = Assert.Throws<InputException>(
            () => UnlearningRecipe.Resolve(objective, retain, combiner, new TrainingOptions { Schedule = schedule }, NoSettings, hasRetainSet: false));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WeightsThatHaveNoEffectAreRefused() => Assert.Contains(
        "have no effect",
        Assert.Throws<InputException>(() => UnlearningRecipe.Resolve("ga", "nll", "ngdiff", new TrainingOptions { ForgetWeight = 0.5 }, NoSettings, hasRetainSet: true)).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("dpo")]
    [InlineData("po")]
    public void RowsWithoutAlternatesAreRefused(string objective)
    {
        using TinyTask task = new();
        Example[] rows = [TinyTask.Forget[0], TinyTask.Forget[1] with { Alternate = null }];
        InputException error = Assert.Throws<InputException>(() =>
            new UnlearningTrainer(task.Adapters, UnlearningRecipe.Of(ObjectiveCatalog.Forget(objective), null, new SumCombiner(), TinyTask.Options), TinyTask.Data(rows), null));
        Assert.Contains("line 2: the row has no replacement answer", error.Message, StringComparison.Ordinal);
        Assert.Contains("--refusals", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AHiddenLayerThatNoAdaptedMapReachesIsRefused()
    {
        using LoraUnlearn.Models.Decoder decoder = new LoraUnlearn.Tests.Models.TinyModel(layers: 3).Build();
        using AdapterSet adapters = new(decoder, AdapterTargets.Select(decoder, ["layers.2.mlp.down_proj"]), 2, 4);
        InputException error = Assert.Throws<InputException>(() =>
            new UnlearningTrainer(adapters, UnlearningRecipe.Of(new MisdirectionObjective(layer: 2), null, new SumCombiner(), TinyTask.Options), TinyTask.Data(TinyTask.Forget), null));
        Assert.Contains("raise its layer above 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ObjectivesAreToldOfTheModelOnce()
    {
        using TinyTask task = new();
        Told forget = new(), retain = new();
        UnlearningRecipe recipe = UnlearningRecipe.Of(forget, retain, new SumCombiner(), TinyTask.Options with { Seed = 7 });
        recipe.Bind(task.Decoder.Spec);
        using (new UnlearningTrainer(task.Adapters, recipe, TinyTask.Data(TinyTask.Forget), TinyTask.Data(TinyTask.Retain)))
        {
            ObjectiveProbe.Evaluate(task.Adapters, recipe, TinyTask.Forget, TinyTask.Retain);
        }

        Assert.Equal([7], forget.Seeds);
        Assert.Equal([7], retain.Seeds);
        Assert.Contains(
            "3 layers", Assert.Throws<InvalidOperationException>(() => recipe.Bind(task.Decoder.Spec with { Layers = 4 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ATrainerTellsThemWhereNobodyHas()
    {
        using TinyTask task = new();
        Told forget = new();
        using UnlearningTrainer trainer = task.Trainer(forget, options: TinyTask.Options with { Seed = 9 });
        Assert.Equal([9], forget.Seeds);
    }

    [Fact]
    public void AnObjectiveThatExcludesItselfIsRefusedByTheRecipe()
    {
        void Refused(Objective forget, Objective? retain) => Assert.Contains(
            "'told' replaces the labels",
            Assert.Throws<InputException>(() => UnlearningRecipe.Of(forget, retain, new SumCombiner(), TinyTask.Options)).Message,
            StringComparison.Ordinal);
        Told both = new() { Asks = ObjectiveNeeds.ReferenceLogProbabilities, Replaces = LabelSource.Random };
        Refused(both, null);
        Refused(new GradientAscentObjective(), both);
    }

    [Fact]
    public void ARetainTermWithoutRowsIsAMistakeOfTheCaller()
    {
        using TinyTask task = new();
        UnlearningRecipe recipe = UnlearningRecipe.Of(new GradientAscentObjective(), new NllRetainTerm(), new SumCombiner(), TinyTask.Options);
        Assert.Throws<ArgumentNullException>(() => new UnlearningTrainer(task.Adapters, recipe, TinyTask.Data(TinyTask.Forget), null));
    }

    [Fact]
    public void TheHiddenTermTakesTheLayerOfRmuUnlessItHasItsOwn()
    {
        HiddenObjective Retain(params (string, string)[] settings) => (HiddenObjective)UnlearningRecipe.Resolve(
            "rmu", "hidden", "sum", new TrainingOptions(), settings.ToDictionary(pair => pair.Item1, pair => pair.Item2), hasRetainSet: true).Retain!;
        Assert.Null(Retain().RequestedLayer);
        Assert.Equal(3, Retain(("layer", "3")).RequestedLayer);
        Assert.Equal(1, Retain(("layer", "3"), ("retain.layer", "1")).RequestedLayer);
    }

    [Fact]
    public void SettingsOfCombinerAndScheduleArrive()
    {
        Dictionary<string, string> settings = new() { ["combiner.epsilon"] = "0.7", ["schedule.every"] = "3", ["beta"] = "0.2" };
        UnlearningRecipe recipe = UnlearningRecipe.Resolve("npo", "nll", "primal-dual", new TrainingOptions { Schedule = ScheduleKind.Gen }, settings, hasRetainSet: true);
        Assert.Equal(3, recipe.Training.RefineEvery);
        Assert.Equal(0.7, recipe.Parameters()["combiner"]!["epsilon"]!.GetValue<double>());
        Assert.Equal(0.2, recipe.Parameters()["objective"]!["beta"]!.GetValue<double>());
    }

    [Fact]
    public void SettingsOfGenInTheOptionsCountUnlessGivenByName()
    {
        TrainingOptions options = new() { Schedule = ScheduleKind.Gen, RefineEvery = 2, RefineSmoothing = 0.5 };
        UnlearningRecipe kept = UnlearningRecipe.Resolve("ga", "nll", "sum", options, NoSettings, hasRetainSet: true);
        Assert.Equal((2, 0.5), (kept.Training.RefineEvery, kept.Training.RefineSmoothing));
        Assert.Equal(2, kept.Parameters()["schedule"]!["every"]!.GetValue<double>());
        UnlearningRecipe named = UnlearningRecipe.Resolve("ga", "nll", "sum", options, new Dictionary<string, string> { ["schedule.every"] = "7" }, hasRetainSet: true);
        Assert.Equal((7, 0.5), (named.Training.RefineEvery, named.Training.RefineSmoothing));
        Assert.Throws<InputException>(() => UnlearningRecipe.Of(new GradientAscentObjective(), new NllRetainTerm(), new SumCombiner(), options with { RefineEvery = 0 }));
    }

    [Fact]
    public void AnObjectivesOwnWeightIsInForceUnlessAnotherIsGiven()
    {
        double? Weight(string objective, double? given) => UnlearningRecipe.Resolve(
            objective, "nll", "sum", new TrainingOptions { ForgetWeight = given }, NoSettings, hasRetainSet: true).Training.ForgetWeight;
        Assert.Equal([1, 0.125, 2], [Weight("npo", null), Weight("simnpo", null), Weight("simnpo", 2)]);
    }

    [Theory]
    [InlineData("retian.layer", "Did you mean 'retain'?")]
    [InlineData("schedule.every", "--schedule linear has no parameters")]
    [InlineData("combiner.rate", "sum has no parameters")]
    public void SettingsOfNothingAreRefused(string name, string expected)
    {
        InputException error = Assert.Throws<InputException>(
            () => UnlearningRecipe.Resolve("ihl", "nll", "sum", new TrainingOptions(), new Dictionary<string, string> { [name] = "1" }, hasRetainSet: true));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Keeps the seed of each time that it is told of a model.</summary>
    private sealed class Told : TokenObjective
    {
        public override string Name => "told";

        public ObjectiveNeeds Asks { get; init; }

        public LabelSource Replaces { get; init; }

        public List<long> Seeds { get; } = [];

        public override ObjectiveNeeds Needs => Asks;

        public override LabelSource Labels => Replaces;

        public override void Bind(DecoderSpec spec, long seed) => Seeds.Add(seed);

        public override Tensor Loss(TokenStatistics statistics, TokenStatistics? alternate) => statistics.LogProbability.mean();
    }
}
