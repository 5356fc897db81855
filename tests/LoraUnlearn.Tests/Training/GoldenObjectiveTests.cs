using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Training;

/// <summary>Losses and gradients on a real model against values computed elsewhere in float64 (fixtures/objectives).</summary>
public sealed class GoldenObjectiveTests : IDisposable
{
    private const string Fixture = "fixtures/objectives/golden.json";

    private readonly AdapterSet? _adapters;
    private readonly Decoder? _decoder;
    private readonly JsonNode? _golden;

    public GoldenObjectiveTests()
    {
        if (File.Exists(Repository.InShared(Fixture)))
        {
            _golden = JsonNode.Parse(File.ReadAllText(Repository.InShared(Fixture)));
            using ModelFolder folder = ModelFolder.Open(Repository.InShared("models/stories260K"));
            _decoder = Decoder.Load(folder, CPU, ScalarType.Float32);
            _adapters = PeftAdapter.LoadTrainable(_decoder, Repository.InShared("fixtures/objectives/policy_adapter"));
        }
    }

    public void Dispose()
    {
        _adapters?.Dispose();
        _decoder?.Dispose();
    }

    [SharedTheory(Fixture)]
    [InlineData("GA", "ga", "none")]
    [InlineData("GD", "ga", "nll")]
    [InlineData("KL", "ga", "kl")]
    [InlineData("IHL", "ihl", "none")]
    [InlineData("NPO", "npo", "none")]
    [InlineData("SimNPO", "simnpo", "none")]
    [InlineData("WGA", "wga", "none")]
    [InlineData("TNPO", "tnpo", "none")]
    [InlineData("DPO", "dpo", "none")]
    [InlineData("RandomLabel", "po", "none")]
    public void ProbesAgree(string name, string objective, string retain)
    {
        JsonNode expected = _golden!["objectives"]![name]!;
        Dictionary<string, string> settings = expected["params"]!.AsObject().ToDictionary(pair => pair.Key, pair => pair.Value!.ToJsonString());
        Example[] forget = Rows("forget", name == "RandomLabel");
        ProbeResult found = ObjectiveProbe.Evaluate(
            _adapters!, TinyTask.AsDefined(ObjectiveCatalog.Forget(objective, settings), ObjectiveCatalog.Retain(retain)), forget, retain == "none" ? [] : Rows("retain"));
        AssertClose(expected["loss"]!.GetValue<double>(), found.Loss, "loss");
        AssertClose(expected["grad_lora_norm"]!.GetValue<double>(), found.GradientNorm, "gradient norm");
        AssertModules(expected["grad_lora_param_norms"]!.AsObject(), found.Modules);
    }

    [SharedFact(Fixture)]
    public void TheNormalisedDifferenceAgrees()
    {
        using DisposeScope scope = NewDisposeScope();
        JsonNode expected = _golden!["objectives"]!["NGDiff"]!;
        ProbeResult probe = ObjectiveProbe.Evaluate(_adapters!, TinyTask.AsDefined(new GradientAscentObjective(), new NllRetainTerm()), Rows("forget"), Rows("retain"));
        AssertClose(expected["norm_grad_forget"]!.GetValue<double>(), probe.ForgetGradientNorm, "forget norm");
        AssertClose(expected["norm_grad_retain"]!.GetValue<double>(), probe.RetainGradientNorm!.Value, "retain norm");
        AssertClose(-expected["cosine"]!.GetValue<double>(), probe.GradientCosine!.Value, "cosine"); // ga's gradient is −g_F

        UnlearningStep step = new(_adapters!, new ReferenceModel(_adapters!), checkpoint: false);
        Tensor Gradient(Objective objective, string batch)
        {
            _adapters!.Gradient.zero_();
            step.Accumulate([new LossPart(objective, 1, DataSide.Forget, Rows(batch))]);
            return _adapters.Gradient.clone();
        }

        Tensor direction = new NormalisedDifferenceCombiner().Combine(Gradient(new GradientAscentObjective(), "forget"), Gradient(new NllRetainTerm(), "retain"));
        AssertClose(expected["norm_direction"]!.GetValue<double>(), direction.norm().ToDouble(), "direction");
        AssertModules(expected["direction_param_norms"]!.AsObject(), _adapters!.Split(direction).ToDictionary(part => part.Module, part => part.Part.norm().ToDouble()));
    }

    // The random labels of the fixture are the labels of an alternate with the same tokens.
    private Example[] Rows(string batch, bool randomLabels = false)
    {
        LabelledSequence[] own = Sequences(_golden!["batches"]![batch]!, _golden["batches"]![batch]!["labels"]!);
        LabelledSequence[] alternate = randomLabels
            ? Sequences(_golden["batches"]![batch]!, _golden["random_labels"]!)
            : Sequences(_golden["batches"]!["alternate"]!, _golden["batches"]!["alternate"]!["labels"]!);
        return [.. own.Zip(alternate, (sequence, other) => (sequence, other)).Select((pair, index) => new Example(index, pair.sequence, pair.other, new DataRow(DataRowKind.Tokens, index + 1), null))];
    }

    private static LabelledSequence[] Sequences(JsonNode batch, JsonNode labels) =>
    [
        .. batch["input_ids"]!.AsArray().Select((ids, row) =>
        {
            int length = batch["attention_mask"]![row]!.AsArray().Sum(value => value!.GetValue<int>());
            return new LabelledSequence(
                [.. ids!.AsArray().Take(length).Select(id => id!.GetValue<int>())],
                [.. labels[row]!.AsArray().Take(length).Select(label => label!.GetValue<int>())]);
        }),
    ];

    private static void AssertModules(JsonObject parameters, IReadOnlyDictionary<string, double> found)
    {
        Dictionary<string, double> expected = parameters
            .GroupBy(pair => pair.Key.Replace("base_model.model.", "", StringComparison.Ordinal).Split(".lora_")[0])
            .ToDictionary(group => group.Key, group => Math.Sqrt(group.Sum(pair => Math.Pow(pair.Value!.GetValue<double>(), 2))));
        Assert.Equal(35, expected.Count);
        Assert.All(expected, module => AssertClose(module.Value, found[module.Key], module.Key));
    }

    private static void AssertClose(double expected, double found, string what) =>
        Assert.True(Math.Abs(found - expected) <= 1e-4 * Math.Abs(expected), $"{what}: expected {expected}, found {found}");
}
