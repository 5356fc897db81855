using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.GradientEffect;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Tests.Models;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Tests.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.GradientEffect;

public class EffectMeterTests
{
    private static readonly string[] Objectives = ["ga", "wga", "npo", "tnpo", "rmu", "po", "dpo"];

    [FixtureTheory("models/llama-gqa")]
    [InlineData("llama-gqa")]
    [InlineData("gpt-neo")]
    [InlineData("gpt-neox")]
    [InlineData("phi")]
    [InlineData("qwen2")]
    public void FullEffectsAreThoseOfWholeGradients(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using GoldenModel model = new(name, ScalarType.Float64);
        Example[] rows = [.. model.Sequences.Select((sequence, index) => new Example(index, sequence, null, new DataRow(DataRowKind.Tokens, index + 1), null))];
        using AdapterSet none = Unadapted(model.Decoder);
        AssertExplicit(model.Decoder, none, null, EffectParameters.Full, ["ga", "wga", "rmu"], rows[..2], rows[2..]);
    }

    [Theory]
    [InlineData(EffectParameters.Full)]
    [InlineData(EffectParameters.Adapter)]
    public void EffectsUnderAnAdapterAreThoseOfWholeGradients(EffectParameters parameters)
    {
        using DisposeScope scope = NewDisposeScope();
        using TinyTask task = new(ScalarType.Float64);
        AssertExplicit(task.Decoder, task.Adapters, task.Adapters, parameters, Objectives, TinyTask.Forget, TinyTask.Retain);
    }

    [Fact]
    public void BlocksThatAreNotAdaptedAreGoneThrough()
    {
        using DisposeScope scope = NewDisposeScope();
        using Decoder decoder = new TinyModel(layers: 4).Build();
        using AdapterSet adapters = BlockwisePassTests.RandomAdapters(decoder, AdapterTargets.Select(decoder, ["layers.1.mlp.down_proj", "layers.2.self_attn.q_proj"]));
        AssertExplicit(decoder, adapters, adapters, EffectParameters.Adapter, ["npo", "dpo"], TinyTask.Forget, TinyTask.Retain);
    }

    [Fact]
    public void FewTokensOnWideWeightsGoByTheirFactors()
    {
        using DisposeScope scope = NewDisposeScope();
        using Decoder decoder = new TinyModel(layers: 2, width: 64, mlp: 96).Build();
        using AdapterSet none = Unadapted(decoder);
        Assert.IsType<FactoredGradient>(SetGradient.Create(64, 64, 18, ScalarType.Float64, CPU));
        AssertExplicit(decoder, none, null, EffectParameters.Full, ["ga", "npo"], [TinyTask.Row(0, 9), TinyTask.Row(1, 8)], [TinyTask.Row(0, 7, 5)]);
    }

    [Theory]
    [InlineData(EffectParameters.Full, true)]
    [InlineData(EffectParameters.Full, false)]
    [InlineData(EffectParameters.Adapter, true)]
    public void BatchesBudgetsAndLayersDoNotMatter(EffectParameters parameters, bool instances)
    {
        using TinyTask task = new(ScalarType.Float64, layers: 5);
        EffectOptions options = new() { Parameters = parameters, Instances = instances };
        EffectMeasurement whole = Measure(task.Adapters, options, Objectives, TinyTask.Forget, TinyTask.Retain);
        foreach (EffectOptions other in new[]
        {
            options with { TokensPerBatch = 1 },
            options with { TokensPerBatch = 20, StateBudget = 1 },
            options with { StateBudget = 1, Instances = !instances },
            options with { LastLayers = 4 },
        })
        {
            string[] names = [.. Objectives.Where(name => name != "rmu" || other.LastLayers is null)]; // rmu's loss is on layer 1
            EffectMeasurement found = Measure(task.Adapters, other, names, TinyTask.Forget, TinyTask.Retain);
            foreach (ObjectiveEffect actual in found.Objectives)
            {
                ObjectiveEffect expected = whole.Objectives.Single(effect => effect.Objective == actual.Objective);
                ModuleEffect[] modules = [.. expected.Modules.Where(module => module.Layer >= 5 - (other.LastLayers ?? 5))];
                Assert.Equal(modules.Select(module => module.Module), actual.Modules.Select(module => module.Module));
                Assert.All(modules.Zip(actual.Modules), pair =>
                {
                    AssertNear(pair.First.Products.Unlearning, pair.Second.Products.Unlearning, expected.Total.ObjectiveNorm * expected.Total.ForgetNorm, 1e-9);
                    AssertNear(pair.First.Products.Retaining, pair.Second.Products.Retaining, expected.Total.ObjectiveNorm * expected.Total.RetainNorm, 1e-9);
                });
            }
        }
    }

    // METHODS §9: a step of −η∇L_u changes R by −η·e, over all weights and over those of one layer.
    [FixtureTheory("models/llama-gqa")]
    [InlineData(null)]
    [InlineData(1)]
    public void ASmallStepChangesTheRisksAsTheEffectSays(int? layer)
    {
        const double step = 1e-6;
        using DisposeScope scope = NewDisposeScope();
        using GoldenModel model = new("llama-gqa", ScalarType.Float64);
        Decoder decoder = model.Decoder;
        Example[] rows = [.. model.Sequences.Select((sequence, index) => new Example(index, sequence, null, new DataRow(DataRowKind.Tokens, index + 1), null))];
        Example[] forget = rows[..2], retain = rows[2..];
        using AdapterSet none = Unadapted(decoder);
        ObjectiveEffect effect = Measure(none, new EffectOptions(), ["wga"], forget, retain).Objectives[0];
        EffectProducts products = layer is { } one ? effect.Layers.Single(entry => entry.Layer == one).Products : effect.Total;
        ExplicitGradients plain = new(decoder, null);
        Dictionary<LinearMap, Tensor[]> gradients = plain.Of(() => plain.Objective(new WeightedAscentObjective(), forget)).Gradients;
        double Risk(Example[] set)
        {
            using IDisposable noGrad = no_grad();
            return plain.Risk([.. set.Select(row => row.Sequence)]).ToDouble();
        }

        double forgetBefore = Risk(forget), retainBefore = Risk(retain);
        using (no_grad())
        {
            foreach (LinearMap map in layer is { } only ? decoder.Blocks[only].Maps : decoder.Maps)
            {
                map.WeightTransposed.sub_(gradients[map][0] * step);
            }
        }

        double forgetChange = Risk(forget) - forgetBefore, retainChange = Risk(retain) - retainBefore;
        AssertNear(-step * products.Unlearning, forgetChange, Math.Abs(forgetChange), 0.01);
        AssertNear(-step * products.Retaining, retainChange, Math.Abs(retainChange), 0.01);
        Assert.True(products.Unlearning < 0 && forgetChange > 0);
    }

    [Fact]
    public void WhatHasNoScoredTokenIsRefused()
    {
        using TinyTask task = new();
        Example silent = TinyTask.Row(0, 5) with { Sequence = new LabelledSequence([1, 2, 3], [-100, -100, -100]) };
        Assert.Contains("no scored token", Assert.Throws<InputException>(() => Measure(task.Adapters, new EffectOptions(), ["ga"], [silent], TinyTask.Retain)).Message, StringComparison.Ordinal);
        Example alternate = TinyTask.Row(0, 5) with { Alternate = new LabelledSequence([1, 2, 3], [-100, -100, -100]) };
        Assert.Contains("'po'", Assert.Throws<InputException>(() => Measure(task.Adapters, new EffectOptions(), ["po"], [alternate], TinyTask.Retain)).Message, StringComparison.Ordinal);
        Assert.Contains("1 to 3", Assert.Throws<InputException>(() => new EffectMeter(task.Adapters, new EffectOptions { LastLayers = 4 })).Message, StringComparison.Ordinal);
        Assert.Contains("hidden state 1", Assert.Throws<InputException>(() => Measure(task.Adapters, new EffectOptions { LastLayers = 1 }, ["rmu"], TinyTask.Forget, TinyTask.Retain)).Message, StringComparison.Ordinal);
    }

    internal static EffectMeasurement Measure(AdapterSet adapters, EffectOptions options, IReadOnlyList<string> objectives, IReadOnlyList<Example> forget, IReadOnlyList<Example> retain) =>
        new EffectMeter(adapters, options).Measure([.. objectives.Select(name => Told(ObjectiveCatalog.Forget(name), adapters, options))], forget, retain);

    private static Objective Told(Objective objective, AdapterSet adapters, EffectOptions options)
    {
        objective.Bind(adapters.Decoder.Spec, options.Seed);
        return objective;
    }

    internal static void AssertNear(double expected, double actual, double scale, double tolerance) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance * scale, $"expected {expected}, found {actual}; {Math.Abs(expected - actual) / scale} of {scale}");

    // An adapter that changes nothing: A and B are zero.
    private static AdapterSet Unadapted(Decoder decoder) => new(decoder, [decoder.Maps[0]], 1, 1);

    private static void AssertExplicit(Decoder decoder, AdapterSet adapters, AdapterSet? plainAdapters, EffectParameters parameters, IReadOnlyList<string> names, IReadOnlyList<Example> forget, IReadOnlyList<Example> retain)
    {
        Objective[] objectives = [.. names.Select(name => Told(ObjectiveCatalog.Forget(name, name == "wga" ? new Dictionary<string, string> { ["beta"] = "1" } : null), adapters, new EffectOptions()))];
        EffectMeasurement found = new EffectMeter(adapters, new EffectOptions { Parameters = parameters, Instances = true, TokensPerBatch = 25 }).Measure(objectives, forget, retain);
        ExplicitGradients plain = new(decoder, parameters == EffectParameters.Full ? null : plainAdapters);
        (double forgetRisk, Dictionary<LinearMap, Tensor[]> forgetGradient) = plain.Of(() => plain.Risk([.. forget.Select(row => row.Sequence)]));
        (double retainRisk, Dictionary<LinearMap, Tensor[]> retainGradient) = plain.Of(() => plain.Risk([.. retain.Select(row => row.Sequence)]));
        AssertNear(forgetRisk, found.ForgetRisk, forgetRisk, 1e-9);
        AssertNear(retainRisk, found.RetainRisk, retainRisk, 1e-9);
        ExplicitGradients losses = plainAdapters is null ? plain : new ExplicitGradients(decoder, plainAdapters);
        foreach ((Objective objective, ObjectiveEffect effect) in objectives.Zip(found.Objectives))
        {
            (double value, Dictionary<LinearMap, Tensor[]> gradient) = plain.Of(() => losses.Objective(objective, forget));
            AssertNear(value, effect.Loss, Math.Abs(value), 1e-6);
            foreach (IGrouping<int, ModuleEffect> layer in effect.Modules.GroupBy(module => module.Layer))
            {
                LinearMap[] maps = [.. layer.Select(module => decoder.Maps.Single(map => map.Name == module.Module))];
                double Sum(Dictionary<LinearMap, Tensor[]> one, Dictionary<LinearMap, Tensor[]> other) => maps.Sum(map => ExplicitGradients.Dot(one[map], other[map]));
                EffectProducts actual = effect.Layers.Single(entry => entry.Layer == layer.Key).Products;
                double u = Sum(gradient, forgetGradient), r = Sum(gradient, retainGradient);
                AssertNear(u, actual.Unlearning, Math.Abs(u), 1e-4);
                AssertNear(r, actual.Retaining, Math.Abs(r), 1e-4);
                AssertNear(Sum(gradient, gradient), actual.ObjectiveSquare, Sum(gradient, gradient), 1e-4);
                AssertNear(Sum(forgetGradient, forgetGradient), actual.ForgetSquare, actual.ForgetSquare, 1e-4);
                AssertNear(Sum(retainGradient, retainGradient), actual.RetainSquare, actual.RetainSquare, 1e-4);
            }

            // Layers sum to the whole, and so do rows.
            double whole = plain.Parameters.Sum(parameter => ExplicitGradients.Dot(gradient[parameter.Map], forgetGradient[parameter.Map]));
            AssertNear(whole, effect.Total.Unlearning, Math.Abs(whole), 1e-4);
            AssertNear(effect.Total.Unlearning, effect.Instances.Sum(row => row.Unlearning), effect.Total.ObjectiveNorm * effect.Total.ForgetNorm, 1e-9);
            AssertNear(effect.Total.Retaining, effect.Instances.Sum(row => row.Retaining), effect.Total.ObjectiveNorm * effect.Total.RetainNorm, 1e-9);
            if (objective.Name == "wga")
            {
                AssertRow(plain, losses, objective, forget, forgetGradient, effect);
            }
        }
    }

    // The share of one row, by its own gradient: its loss alone times its share of the tokens.
    private static void AssertRow(ExplicitGradients plain, ExplicitGradients losses, Objective objective, IReadOnlyList<Example> forget, Dictionary<LinearMap, Tensor[]> forgetGradient, ObjectiveEffect effect)
    {
        double share = (double)forget[1].Sequence.LabelledCount / forget.Sum(row => row.Sequence.LabelledCount);
        Dictionary<LinearMap, Tensor[]> own = plain.Of(() => losses.Objective(objective, [forget[1]]) * share).Gradients;
        double expected = plain.Parameters.Sum(parameter => ExplicitGradients.Dot(own[parameter.Map], forgetGradient[parameter.Map]));
        AssertNear(expected, effect.Instances[1].Unlearning, Math.Abs(expected), 1e-4);
        Assert.Equal(2, effect.Instances[1].Line);
    }
}
