using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Evaluation;
using LoraUnlearn.GradientEffect;
using LoraUnlearn.Initialization;
using LoraUnlearn.Objectives;
using LoraUnlearn.Sessions;
using LoraUnlearn.Tests.Checkpoints;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Torch;
using LoraUnlearn.Training;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.GradientEffect;

/// <summary>Whole runs on a small real model that record the G-effect, keep checkpoints, and choose by it.</summary>
public sealed class RunEffectTests : IDisposable
{
    private const string Model = "models/stories260K";

    private readonly TemporaryFolder _folder = new();

    public RunEffectTests()
    {
        File.WriteAllLines(_folder["forget.jsonl"], Rows(1));
        File.WriteAllLines(_folder["retain.jsonl"], Rows(2));
    }

    public void Dispose() => _folder.Dispose();

    [SharedFact(Model)]
    public void ARecordedRunTrainsTheSameAdapterAndSaysWhatTheMeterSays()
    {
        EffectRecorder recorder = new(4, rows: 8);
        UnlearningRun.Execute(Request("plain"));
        UnlearningRun.Execute(Request("recorded") with { Recorder = recorder, KeepCheckpoints = true, CheckpointEvery = 4 });
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder["plain"], "adapter_model.safetensors")), File.ReadAllBytes(Path.Combine(_folder["recorded"], "adapter_model.safetensors")));
        Assert.Equal([0, 4, 6], recorder.Records.Select(record => record.Step));
        Assert.StartsWith("<!doctype html>", File.ReadAllText(Path.Combine(_folder["recorded"], EffectReport.PageFile)), StringComparison.Ordinal);

        // All eight rows of both sets are recorded, so that the sweep over the sets must find the same.
        using ModelSession session = ModelSession.Open(Repository.InShared(Model), Compute);
        EncodedData forget = session.Encode(_folder["forget.jsonl"], new EncodingOptions()), retain = session.Encode(_folder["retain.jsonl"], new EncodingOptions());
        RunCheckpoints run = RunCheckpoints.Find(_folder["recorded"], session.Folder.Digest());
        Assert.Equal("npo", run.Objective);
        Assert.Equal([0, 4, 6], run.Steps.Select(step => step.Step));
        using AdapterSet adapters = run.Attach(session.Decoder);
        EffectMeter meter = new(adapters, new EffectOptions { Parameters = EffectParameters.Adapter });
        IReadOnlyList<EffectMeasurement> read = EffectJson.Read(Path.Combine(_folder["recorded"], EffectRecorder.RecordFile));
        foreach (((int _, string path), EffectMeasurement record) in run.Steps.Zip(read))
        {
            run.Load(adapters, path);
            EffectMeasurement measured = meter.Measure([ObjectiveCatalog.Forget("npo")], forget.Examples, retain.Examples);
            EffectMeterTests.AssertNear(measured.RetainRisk, record.RetainRisk, measured.RetainRisk, 1e-4);
            foreach ((ModuleEffect expected, ModuleEffect actual) in measured.Objectives[0].Modules.Zip(record.Objectives[0].Modules))
            {
                Assert.Equal((expected.Module, expected.Layer), (actual.Module, actual.Layer));
                EffectProducts all = measured.Objectives[0].Total;
                EffectMeterTests.AssertNear(expected.Products.Unlearning, actual.Products.Unlearning, all.ObjectiveNorm * all.ForgetNorm, 1e-4);
                EffectMeterTests.AssertNear(expected.Products.Retaining, actual.Products.Retaining, all.ObjectiveNorm * all.RetainNorm, 1e-4);
            }
        }
    }

    [SharedFact(Model)]
    public void ABrokenRunResumesItsRecords()
    {
        UnlearningRequest request = Request("broken") with { Recorder = new EffectRecorder(2), CheckpointEvery = 2 };
        using CancellationTokenSource source = new();
        Assert.Throws<OperationCanceledException>(() => UnlearningRun.Execute(request with { Recorder = new Breaking(new EffectRecorder(2), source) }, null, source.Token));
        EffectRecorder resumed = new(2);
        UnlearningRun.Execute(request with { Recorder = resumed, Resume = true });
        Assert.Equal([0, 2, 4, 6], resumed.Records.Select(record => record.Step));
    }

    [SharedFact(Model)]
    public void OnlyChosenLayersAreTrainedAndTheRecordSaysSo()
    {
        UnlearningRun.Execute(Request("chosen") with { Plan = new EffectPlan { Layers = 2, WeighsRows = true } });
        using PeftAdapter adapter = PeftAdapter.Read(_folder["chosen"]);
        int[] layers = [.. adapter.Factors.Modules.Select(module => int.Parse(module.Module.Split('.')[2], System.Globalization.CultureInfo.InvariantCulture)).Distinct()];
        Assert.Equal(2, layers.Length);
        JsonNode plan = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder["chosen"], RunFolder.ManifestFile)))!["configuration"]!["plan"]!;
        Assert.Equal(("geffect", "2", "geffect"), (plan["freeze_by"]!.GetValue<string>(), plan["train_layers"]!.GetValue<string>(), plan["row_weights"]!.GetValue<string>()));

        // The two best by the same measure, taken apart from the run.
        using ModelSession session = ModelSession.Open(Repository.InShared(Model), Compute);
        using AdapterSet none = new(session.Decoder, [session.Decoder.Maps[0]], 1, 1);
        EffectMeasurement measured = new EffectMeter(none, new EffectOptions()).Measure(
            [ObjectiveCatalog.Forget("npo")], session.Encode(_folder["forget.jsonl"], new EncodingOptions()).Examples, session.Encode(_folder["retain.jsonl"], new EncodingOptions()).Examples);
        Assert.Equal(measured.Objectives[0].Layers.OrderByDescending(layer => layer.Products.TradeOff).Take(2).Select(layer => layer.Layer).Order(), layers.Order());
    }

    [SharedFact(Model)]
    public void WhatCannotBeMeasuredIsRefused()
    {
        void Refused(string expected, UnlearningRequest request)
        {
            Assert.Contains(expected, Assert.Throws<InputException>(() => UnlearningRun.Execute(request)).Message, StringComparison.Ordinal);
            Assert.False(Directory.Exists(request.Output));
        }

        Refused("give one with --retain", Request("out") with { Retain = null, Recorder = new EffectRecorder(2) });
        Refused("give one with --retain", Request("out") with { Retain = null, Plan = new EffectPlan() });
        Refused("--train-layers is 9", Request("out") with { Plan = new EffectPlan { Layers = 9 } });
        Refused("lower --train-above", Request("out") with { Plan = new EffectPlan { Threshold = 2 } });
        UnlearningRun.Execute(Request("bare"));
        using ModelSession session = ModelSession.Open(Repository.InShared(Model), Compute);
        Assert.Contains("--keep-checkpoints", Assert.Throws<InputException>(() => RunCheckpoints.Find(_folder["bare"], session.Folder.Digest())).Message, StringComparison.Ordinal);
        Assert.Contains("another base", Assert.Throws<InputException>(() => RunCheckpoints.RequireBase(_folder["bare"], "0")).Message, StringComparison.Ordinal);
    }

    private static ComputeSettings Compute => new(CPU, ScalarType.Float32);

    private static IEnumerable<string> Rows(int shift) => Enumerable.Range(0, 8).Select(row =>
        $"{{\"input_ids\": [{string.Join(", ", Enumerable.Range(0, 10 + row).Select(position => 3 + (((position * 7) + (row * 31) + (shift * 101)) % 500)))}]}}");

    private UnlearningRequest Request(string output) => new()
    {
        Model = Repository.InShared(Model),
        Forget = _folder["forget.jsonl"],
        Retain = _folder["retain.jsonl"],
        RetainLoss = "none",
        Output = _folder[output],
        Objective = "npo",
        Initialisation = InitialisationKind.Lora,
        Rank = 4,
        Training = new TrainingOptions { Steps = 6, BatchSize = 4, LearningRate = 1e-2, WarmUp = 0 },
        Compute = Compute,
        Measures = new BasicRunMeasures(),
    };

    // Stops the run after its third step.
    private sealed class Breaking(EffectRecorder inner, CancellationTokenSource source) : IRunRecorder
    {
        public void Check(RunView run) => inner.Check(run);

        public void Start(RunView run, AdapterSet adapters, ReferenceModel reference, int stepsTaken) => inner.Start(run, adapters, reference, stepsTaken);

        public void AfterStep(int stepsTaken, bool isLast)
        {
            inner.AfterStep(stepsTaken, isLast);
            if (stepsTaken == 3)
            {
                source.Cancel();
            }
        }
    }
}
