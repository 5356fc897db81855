using System.Diagnostics;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Fisher;
using LoraUnlearn.Initialization;
using LoraUnlearn.Models;
using LoraUnlearn.Outputs;
using LoraUnlearn.Sessions;
using LoraUnlearn.Training.Rules;

namespace LoraUnlearn.Training;

/// <summary>What a finished run did, as its manifest records it.</summary>
public sealed record UnlearningResult
{
    /// <summary>The folder of the adapter: the request's output.</summary>
    public required string Adapter { get; init; }

    /// <summary>Of the base, measured before the first step.</summary>
    public required QuickScores Before { get; init; }

    /// <summary>Of the base with the adapter as it was exported, which <see cref="BestStep"/> may have chosen.</summary>
    public required QuickScores After { get; init; }

    /// <summary>Of the base with the adapter as it was trained, where it was exported at a lower rank; null where that loses nothing.</summary>
    public QuickScores? Trained { get; init; }

    /// <summary>What the lower rank of the export lost, by module; null where nothing, and where a finished run is read again.</summary>
    public LowRankApproximation? ExportError { get; init; }

    /// <summary>Steps taken; fewer than were asked for where <see cref="IsStoppedByRule"/>.</summary>
    public required int Steps { get; init; }

    /// <summary>Seconds of each stage: fisher, initialisation, training.</summary>
    public required IReadOnlyDictionary<string, double> Seconds { get; init; }

    /// <summary>Share of the training positions that were padding.</summary>
    public required double PaddingWaste { get; init; }

    /// <summary>Whether a stop rule ended the run before its last step.</summary>
    public bool IsStoppedByRule { get; init; }

    /// <summary>Steps after which the exported adapter was the best; null where the last was taken.</summary>
    public int? BestStep { get; init; }
}

/// <summary>The whole main job: Fisher estimate, initialisation, training, export, manifest; resumable at every point.</summary>
public sealed class UnlearningRun
{
    private readonly CancellationToken _cancellation;
    private readonly IRunProgress _progress;
    private readonly UnlearningRequest _request;
    private readonly Dictionary<string, double> _seconds = [];
    private readonly StepLog _log;

    private UnlearningRun(UnlearningRequest request, IRunProgress progress, CancellationToken cancellation)
    {
        _request = request;
        _progress = progress;
        _cancellation = cancellation;
        _log = new StepLog(request.Output);
    }

    /// <summary>Does the whole job, or what is left of it.</summary>
    /// <param name="request">Checked in full before a weight is read.</param>
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
        UnlearningRecipe recipe = UnlearningRecipe.Resolve(_request);
        TrainingRules rules = TrainingRules.Read(_request);
        using OutputClaim claim = OutputClaim.Take("--out", _request.Output, Inputs());
        RunFolder.Check(_request.Output, _request.Resume);
        _progress.Stage("Reading model and data");
        RunForecast forecast = RunForecast.Of(_request, recipe, rules);
        _progress.Plan(forecast);
        EncodedData forget = forecast.Forget;
        EncodedData? retain = forecast.Retain;
        using ModelSession session = ModelSession.Open(_request.Model, _request.Compute, ignoredKeys: _request.IgnoredConfigKeys);
        using FixedAdapter? carried = Carry(session.Decoder);
        NoteUnused(session.Decoder);
        if (TiedHead.Warning(session.Folder, session.Decoder.Spec) is { } warning)
        {
            _progress.Note(warning);
        }

        IReadOnlyList<LinearMap> maps = AdapterTargets.Select(session.Decoder, _request.Targets);
        RunView view = new(session, recipe.Forget, forget, retain, _request);
        _request.Recorder?.Check(view);
        IReadOnlyList<double>? rowWeights = null;
        if (_request.Plan is { } plan)
        {
            _progress.Stage("Choosing what to train");
            (maps, rowWeights) = plan.Decide(view, maps, _progress.Note, _cancellation);
        }

        using AdapterSet adapters = new(session.Decoder, maps, _request.Rank, _request.Alpha, _request.RankStabilised);
        using UnlearningTrainer trainer = new(adapters, recipe, forget, retain, rowWeights);
        RequireSpace(adapters);
        RunFolder folder = RunFolder.Open(_request.Output, ManifestJson.Configuration(_request, recipe, session.Folder.Digest(), forget, retain, session.Decoder.Quantisation));
        if (folder.IsFinished)
        {
            // Killed after its last write, or asked for once more: what it made is there already.
            _progress.Note($"{_request.Output} holds the finished run already.");
            Tidy(folder);
            return RunManifest.Read(folder, _request.Output);
        }

        RunEvaluation evaluation = new(session, adapters, forget, retain, rules, _request);
        Prepare(adapters, trainer, folder, session, forget, retain);
        QuickScores before = RequireFinite(evaluation.MeasureBase(_cancellation), "the base model");
        BestAdapter? best = rules.KeepBest is null ? null : new BestAdapter(folder);
        _request.Recorder?.Start(view, adapters, trainer.Reference, trainer.StepsTaken);
        Train(adapters, trainer, folder, evaluation, rules, best);
        best?.Restore(adapters.Parameters);
        QuickScores trained = RequireFinite(evaluation.MeasureAdapter(_cancellation), "the trained adapter");
        _progress.Stage("Writing the adapter");
        (QuickScores? exported, LowRankApproximation? error) = Export(adapters, evaluation);
        UnlearningResult result = new()
        {
            Adapter = _request.Output,
            Before = before,
            After = exported ?? trained,
            Trained = exported is null ? null : trained,
            ExportError = error,
            Steps = trainer.StepsTaken,
            Seconds = _seconds,
            PaddingWaste = trainer.PaddingWaste,
            IsStoppedByRule = trainer.IsStopped,
            BestStep = best?.Value is null ? null : best.Step,
        };
        RunManifest.Write(folder, result);
        Tidy(folder);
        return result;
    }

    // The adapter with its frozen offset, and two states of the training, each with two moments a parameter: the old one stays until the new one is whole.
    private void RequireSpace(AdapterSet adapters)
    {
        long bytes = adapters.Parameters.NumberOfElements * sizeof(float);
        if (!Directory.Exists(_request.Output))
        {
            FreeSpace.Require(_request.Output, [2 * bytes, 3 * bytes, 3 * bytes]);
        }
    }

    private QuickScores RequireFinite(QuickScores scores, string what) => double.IsFinite(scores.Forget) && double.IsFinite(scores.Retain ?? 0)
        ? scores
        : throw new WorkFailedException($"The answer probability of {what} is not a number: the computation overflows in {_request.Compute.Dtype.ToString().ToLowerInvariant()}. Choose --dtype float32, or a lower --learning-rate; no adapter was written.");

    private IEnumerable<(string Option, string Path)> Inputs()
    {
        yield return ("--model", _request.Model);
        yield return ("--forget", _request.Forget);
        if (_request.Retain is string retain)
        {
            yield return ("--retain", retain);
        }

        foreach (string adapter in _request.Adapters)
        {
            yield return ("--adapter", adapter);
        }
    }

    // The adapters that the model has already, under the one that is to be trained.
    private FixedAdapter? Carry(Decoder decoder)
    {
        if (_request.Adapters.Count == 0)
        {
            return null;
        }

        List<PeftAdapter> adapters = [];
        try
        {
            adapters.AddRange(_request.Adapters.Select(PeftAdapter.Read));
            return FixedAdapter.Carry(decoder, [.. adapters.Select(adapter => new WeightedAdapter(adapter.Factors))]);
        }
        finally
        {
            adapters.ForEach(adapter => adapter.Dispose());
        }
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
            _log.Rewind(trainer.StepsTaken);
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

        SaveState(adapters, trainer, folder);
    }

    private void SaveState(AdapterSet adapters, UnlearningTrainer trainer, RunFolder folder)
    {
        if (_request.KeepCheckpoints)
        {
            TrainingPair.Save(folder.CheckpointPath(trainer.StepsTaken), adapters);
        }

        _log.Save();
        TrainingState.Save(folder.StatePath, adapters, trainer, folder.Digest);
    }

    private void Train(AdapterSet adapters, UnlearningTrainer trainer, RunFolder folder, RunEvaluation evaluation, TrainingRules rules, BestAdapter? best)
    {
        _progress.Stage("Training");
        Stopwatch clock = Stopwatch.StartNew();
        int evaluateEvery = _request.EvaluateEvery > 0 || !rules.Any ? _request.EvaluateEvery : trainer.StepsPerEpoch;
        trainer.PrepareReference(_cancellation);
        while (!trainer.IsDone)
        {
            if (_cancellation.IsCancellationRequested)
            {
                _log.Save();
                TrainingState.Save(folder.StatePath, adapters, trainer, folder.Digest);
                throw new OperationCanceledException(
                    $"stopped after step {trainer.StepsTaken} of {trainer.TotalSteps}; run the same command with --resume to continue.", _cancellation);
            }

            StepReport report = TakeStep(trainer, folder);
            _log.Add(report);
            _progress.Step(report);
            bool last = trainer.StepsTaken == trainer.TotalSteps;
            if (evaluateEvery > 0 && (last ? best is not null : trainer.StepsTaken % evaluateEvery == 0))
            {
                Evaluate(adapters, trainer, evaluation, rules, best);
            }

            _request.Recorder?.AfterStep(trainer.StepsTaken, trainer.IsDone);
            if (trainer.IsDone || (_request.CheckpointEvery > 0 && trainer.StepsTaken % _request.CheckpointEvery == 0))
            {
                SaveState(adapters, trainer, folder);
            }
        }

        if (trainer.OverflowedGradients > 0)
        {
            _progress.Note($"{trainer.OverflowedGradients} gradients overflowed float16 and were computed again with a smaller loss scale.");
        }

        _seconds["training"] = clock.Elapsed.TotalSeconds;
    }

    private static StepReport TakeStep(UnlearningTrainer trainer, RunFolder folder)
    {
        try
        {
            return trainer.TakeStep();
        }
        catch (WorkFailedException exception)
        {
            throw new WorkFailedException($"{exception.Message} The last good state is in {Path.GetDirectoryName(folder.StatePath)}.", exception);
        }
    }

    private void Evaluate(AdapterSet adapters, UnlearningTrainer trainer, RunEvaluation evaluation, TrainingRules rules, BestAdapter? best)
    {
        QuickScores scores = evaluation.MeasureAdapter(_cancellation);
        _log.Add(trainer.StepsTaken, scores);
        _progress.Evaluated(trainer.StepsTaken, scores);
        if (rules.KeepBest is { } value)
        {
            best!.Offer(value.Value(scores.Measures), trainer.StepsTaken, adapters.Parameters);
        }

        if (rules.StopWhen?.IsTrue(scores.Measures) == true && trainer.StepsTaken < trainer.TotalSteps)
        {
            trainer.Stop();
            _progress.Note($"Stopped after step {trainer.StepsTaken} of {trainer.TotalSteps}: {rules.StopWhen.Text}.");
        }
    }

    private LabelledSequence[] Sample(EncodedData data, long stream) =>
        [.. FisherSample.Draw(data.Examples, _request.FisherRows, _request.Seed, stream).Select(example => example.Sequence)];

    private void NoteUnused(Decoder decoder)
    {
        if (decoder.UnusedTensors.Count > 0)
        {
            _progress.Note($"{decoder.UnusedTensors.Count} tensors of {_request.Model} belong to no part of a {decoder.Spec.Family} model and are left out: {string.Join(", ", decoder.UnusedTensors.Take(3))}{(decoder.UnusedTensors.Count > 3 ? ", …" : string.Empty)}");
        }
    }

    // The scores of what is written and what it lost, where that is less than what was trained.
    private (QuickScores? Scores, LowRankApproximation? Error) Export(AdapterSet adapters, RunEvaluation evaluation)
    {
        using AdapterFactors exact = AdapterFactors.Of(adapters);
        LowRankApproximation? lower = _request.ExportRank is int rank && rank < exact.Rank ? Recompression.ToRank(exact, rank) : null;
        using AdapterFactors? lowerFactors = lower?.Factors;
        QuickScores? scores = lower is null ? null : RequireFinite(evaluation.MeasureInstead(lower.Factors, _cancellation), "the exported adapter");
        AdapterFactors factors = lowerFactors ?? exact;
        PeftAdapter.Write(_request.Output, factors, PeftExport.For(adapters.Decoder.Spec, factors, _request.Model));
        return (scores, lower);
    }

    private sealed class Relay(IRunProgress progress) : IProgress<FisherProgress>
    {
        public void Report(FisherProgress value) => progress.Fisher(value);
    }
}
