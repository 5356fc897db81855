using System.Diagnostics;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Fisher;
using LoraUnlearn.Initialization;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Training;

/// <summary>What a finished run did.</summary>
public sealed record UnlearningResult
{
    /// <summary>The adapter's folder.</summary>
    public required string Adapter { get; init; }

    /// <summary>Scores of the base model.</summary>
    public required QuickScores Before { get; init; }

    /// <summary>Scores with the adapter.</summary>
    public required QuickScores After { get; init; }

    /// <summary>Steps of the run.</summary>
    public required int Steps { get; init; }

    /// <summary>Seconds of each stage: fisher, initialisation, training.</summary>
    public required IReadOnlyDictionary<string, double> Seconds { get; init; }

    /// <summary>Share of the training positions that were padding.</summary>
    public required double PaddingWaste { get; init; }
}

/// <summary>The whole main job: Fisher estimate, initialisation, training, export, manifest; resumable at every point.</summary>
public sealed class UnlearningRun
{
    private readonly CancellationToken _cancellation;
    private readonly IRunProgress _progress;
    private readonly UnlearningRequest _request;
    private readonly Dictionary<string, double> _seconds = [];

    private UnlearningRun(UnlearningRequest request, IRunProgress progress, CancellationToken cancellation)
    {
        _request = request;
        _progress = progress;
        _cancellation = cancellation;
    }

    /// <summary>Runs the job.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Told how it goes, or null.</param>
    /// <param name="cancellation">Stops at the next batch; the state is saved first.</param>
    /// <exception cref="InputException">Something given cannot be used; nothing has been written.</exception>
    /// <exception cref="WorkFailedException">The run diverged.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped; it can be resumed.</exception>
    public static UnlearningResult Execute(UnlearningRequest request, IRunProgress? progress = null, CancellationToken cancellation = default) =>
        new UnlearningRun(request, progress ?? new SilentProgress(), cancellation).Execute();

    private UnlearningResult Execute()
    {
        // Everything that can be refused is refused before a weight is read, and before anything is written.
        _request.Training.Validate();
        string retainName = _request.RetainLoss ?? (_request.Retain is null ? "none" : "nll");
        Objective forgetObjective = ObjectiveCatalog.Forget(_request.Objective);
        Objective? retainTerm = ObjectiveCatalog.Retain(retainName);
        if (retainTerm is not null && _request.Retain is null)
        {
            throw new InputException($"--retain-loss {retainName} needs a retain set; give one with --retain, or use --retain-loss none.");
        }

        RunFolder.Check(_request.Output, _request.Resume);
        _progress.Stage("Reading model and data");
        using ModelSession session = ModelSession.Open(_request.Model, _request.Compute);
        EncodedData forget = session.Encode(_request.Forget, _request.Encoding);
        EncodedData? retain = _request.Retain is null ? null : session.Encode(_request.Retain, _request.Encoding);
        NoteUnused(session.Decoder);
        NoteTruncation(forget);
        NoteTruncation(retain);
        IReadOnlyList<LinearMap> maps = AdapterTargets.Select(session.Decoder, _request.Targets);
        using AdapterSet adapters = new(session.Decoder, maps, _request.Rank, _request.Alpha, _request.RankStabilised);
        JsonObject configuration = ManifestJson.Configuration(_request, retainName, session.Folder.Digest(), forget, retain);
        RunFolder folder = RunFolder.Open(_request.Output, configuration);
        if (folder.IsFinished)
        {
            // Killed after its last write, or asked for once more: what it made is there already.
            _progress.Note($"{_request.Output} holds the finished run already.");
            Tidy(folder);
            return RunManifest.Read(folder, _request.Output);
        }

        using UnlearningTrainer trainer = new(
            adapters, forgetObjective, retainTerm, new SumCombiner(), _request.Training with { Seed = _request.Seed },
            forget.Examples, retainTerm is null ? [] : retain!.Examples);
        Prepare(adapters, trainer, folder, session, forget, retain);
        QuickScores before = Score(adapters, forget, retain, adapterOn: false);
        Train(adapters, trainer, folder, forget, retain);
        QuickScores after = Score(adapters, forget, retain, adapterOn: true);
        _progress.Stage("Writing the adapter");
        Export(adapters);
        UnlearningResult result = new()
        {
            Adapter = _request.Output,
            Before = before,
            After = after,
            Steps = trainer.StepsTaken,
            Seconds = _seconds,
            PaddingWaste = trainer.PaddingWaste,
        };
        RunManifest.Write(folder, result);
        Tidy(folder);
        return result;
    }

    private void Tidy(RunFolder folder)
    {
        if (_request.KeepTrainingState)
        {
            folder.KeepState();
        }
        else
        {
            folder.RemoveState();
        }
    }

    // Step 0: from a saved state, or from the Fisher estimate and the initialisation.
    private void Prepare(AdapterSet adapters, UnlearningTrainer trainer, RunFolder folder, ModelSession session, EncodedData forget, EncodedData? retain)
    {
        if (folder.HasState)
        {
            TrainingState.Load(folder.StatePath, adapters, trainer, folder.Digest);
            _progress.Note($"Resuming after step {trainer.StepsTaken} of {trainer.TotalSteps}.");
            return;
        }

        FisherResult? fisher = null;
        try
        {
            if (AdapterInitialisation.NeedsFisher(_request.Initialisation))
            {
                _progress.Stage("Fisher information");
                Stopwatch clock = Stopwatch.StartNew();
                using IDisposable off = adapters.SwitchOff();
                FisherEstimator estimator = new(session.Decoder, [.. adapters.Pairs.Select(pair => pair.Map)], _request.Fisher);
                fisher = estimator.Estimate(Sample(forget, 1), retain is null ? null : Sample(retain, 2), new Relay(_progress), _cancellation);
                _seconds["fisher"] = clock.Elapsed.TotalSeconds;
            }

            _progress.Stage("Initialisation");
            Stopwatch initialisation = Stopwatch.StartNew();
            new AdapterInitialisation(_request.Initialisation, _request.Seed).Apply(adapters, fisher);
            _seconds["initialisation"] = initialisation.Elapsed.TotalSeconds;
        }
        finally
        {
            fisher?.Dispose();
        }

        TrainingState.Save(folder.StatePath, adapters, trainer, folder.Digest);
    }

    private void Train(AdapterSet adapters, UnlearningTrainer trainer, RunFolder folder, EncodedData forget, EncodedData? retain)
    {
        _progress.Stage("Training");
        Stopwatch clock = Stopwatch.StartNew();
        while (trainer.StepsTaken < trainer.TotalSteps)
        {
            if (_cancellation.IsCancellationRequested)
            {
                TrainingState.Save(folder.StatePath, adapters, trainer, folder.Digest);
                throw new OperationCanceledException(
                    $"stopped after step {trainer.StepsTaken} of {trainer.TotalSteps}; run the same command with --resume to continue.", _cancellation);
            }

            StepReport report;
            try
            {
                report = trainer.TakeStep();
            }
            catch (WorkFailedException exception)
            {
                throw new WorkFailedException($"{exception.Message} The last good state is in {Path.GetDirectoryName(folder.StatePath)}.", exception);
            }

            _progress.Step(report);
            bool last = trainer.StepsTaken == trainer.TotalSteps;
            if (last || (_request.CheckpointEvery > 0 && trainer.StepsTaken % _request.CheckpointEvery == 0))
            {
                TrainingState.Save(folder.StatePath, adapters, trainer, folder.Digest);
            }

            if (!last && _request.EvaluateEvery > 0 && trainer.StepsTaken % _request.EvaluateEvery == 0)
            {
                _progress.Evaluated(trainer.StepsTaken, Score(adapters, forget, retain, adapterOn: true));
            }
        }

        _seconds["training"] = clock.Elapsed.TotalSeconds;
    }

    private QuickScores Score(AdapterSet adapters, EncodedData forget, EncodedData? retain, bool adapterOn)
    {
        using IDisposable? off = adapterOn ? null : adapters.SwitchOff();
        double Mean(EncodedData data) => Likelihood
            .Score(adapters.Decoder, [.. data.Examples.Take(_request.EvaluationRows).Select(example => example.Sequence)], cancellation: _cancellation)
            .Average(score => score.Probability);
        return new QuickScores(Mean(forget), retain is null ? null : Mean(retain));
    }

    private LabelledSequence[] Sample(EncodedData data, long stream)
    {
        int count = data.Examples.Count;
        if (_request.FisherRows == 0 || count <= _request.FisherRows)
        {
            return [.. data.Examples.Select(example => example.Sequence)];
        }

        int[] chosen = SeededRandom.ForStream(_request.Seed, stream).Permutation(count)[.._request.FisherRows];
        return [.. chosen.Order().Select(index => data.Examples[index].Sequence)];
    }

    private void NoteUnused(Decoder decoder)
    {
        if (decoder.UnusedTensors.Count > 0)
        {
            _progress.Note($"{decoder.UnusedTensors.Count} tensors of {_request.Model} belong to no part of a {decoder.Spec.Family} model and are left out: {string.Join(", ", decoder.UnusedTensors.Take(3))}{(decoder.UnusedTensors.Count > 3 ? ", …" : string.Empty)}");
        }
    }

    private void NoteTruncation(EncodedData? data)
    {
        if (data is { TruncatedRows: > 0 })
        {
            _progress.Note($"{data.TruncatedRows} rows of {data.Path} were cut to the maximum length.");
        }
    }

    private void Export(AdapterSet adapters)
    {
        using AdapterFactors exact = AdapterFactors.Of(adapters);
        using AdapterFactors? lower = _request.ExportRank is int rank && rank < exact.Rank ? Recompression.ToRank(exact, rank).Factors : null;
        AdapterFactors factors = lower ?? exact;
        PeftAdapter.Write(_request.Output, factors, PeftExport.For(adapters.Decoder.Spec, factors, _request.Model));
    }

    private sealed class Relay(IRunProgress progress) : IProgress<FisherProgress>
    {
        public void Report(FisherProgress value) => progress.Fisher(value);
    }
}
