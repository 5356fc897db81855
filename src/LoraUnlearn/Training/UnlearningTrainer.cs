using System.Diagnostics;
using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Sessions;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Training;

/// <summary>
/// The training loop: batches of similar length from both sets, one pass for both where the combiner allows, AdamW on the
/// parameter vector of an adapter, or of a whole model. All of its state is that vector, the optimiser, the number of steps taken and
/// <see cref="Numbers"/>.
/// </summary>
public sealed class UnlearningTrainer : IDisposable
{
    private const string Rate = "learning_rate";
    private const string Stopped = "stopped";

    private readonly ITrainedParameters _trained;
    private readonly ForgetRetainCombiner _combiner;
    private readonly Objective _forget;
    private readonly double _forgetWeight;
    private readonly IReadOnlyList<Example> _forgetSet;
    private readonly IReadOnlyList<double>? _forgetWeights; // by row of the forget set
    private readonly GeneralisedNewtonRate? _newton;
    private readonly TrainingOptions _options;
    private readonly StepBatches _batches;
    private readonly Objective? _retain;
    private readonly IReadOnlyList<Example> _retainSet;
    private readonly LossScale? _scale;
    private readonly LearningRateSchedule _schedule;
    private readonly ILossStep _step;
    private readonly ReferenceModel? _reference;
    private bool _isReferenceReady;

    /// <summary>Starts at step 0 with AdamW's moments at zero; nothing is computed yet.</summary>
    /// <param name="adapters">What is trained, initialised.</param>
    /// <param name="recipe">The methods and their settings.</param>
    /// <param name="forgetSet">The rows to forget.</param>
    /// <param name="retainSet">The rows to keep; ignored without a retain term.</param>
    /// <param name="forgetWeights">How much each row to forget counts, mean 1; null for 1 each.</param>
    /// <exception cref="InputException">Methods, rows and model do not go together.</exception>
    /// <exception cref="ArgumentNullException">There is a retain term and no retain set.</exception>
    public UnlearningTrainer(AdapterSet adapters, UnlearningRecipe recipe, EncodedData forgetSet, EncodedData? retainSet, IReadOnlyList<double>? forgetWeights = null)
        : this(
            adapters,
            adapters.LowestBlock,
            new ReferenceModel(adapters),
            (reference, checkpoints, seed) => new UnlearningStep(adapters, reference!, checkpoints, seed),
            recipe,
            forgetSet,
            retainSet,
            forgetWeights)
    {
    }

    private UnlearningTrainer(
        ITrainedParameters trained,
        int lowestBlock,
        ReferenceModel? reference,
        Func<ReferenceModel?, bool, long, ILossStep> step,
        UnlearningRecipe recipe,
        EncodedData forgetSet,
        EncodedData? retainSet,
        IReadOnlyList<double>? forgetWeights)
    {
        TrainingOptions options = recipe.Training;
        _trained = trained;
        _reference = reference;
        _forget = recipe.Forget;
        _retain = recipe.Retain;
        _combiner = recipe.Combiner;
        _options = options;
        _forgetWeight = options.ForgetWeight!.Value;
        _forgetSet = forgetSet.Examples;
        _forgetWeights = forgetWeights;
        _retainSet = _retain is null ? [] : (retainSet ?? throw new ArgumentNullException(nameof(retainSet))).Examples;
        recipe.Bind(trained.Decoder.Spec);
        Compatibility.CheckUse(_forget, lowestBlock, _forgetSet, forgetSet.Path);
        if (_retain is not null)
        {
            Compatibility.CheckUse(_retain, lowestBlock, _retainSet, retainSet!.Path);
        }

        _batches = new StepBatches(_forget, _forgetSet, _retain, _retainSet, options);
        TotalSteps = _batches.TotalSteps(options);
        _schedule = new LearningRateSchedule(options.Schedule, options.LearningRate, TotalSteps, (int)Math.Round(options.WarmUp * TotalSteps));
        _newton = options.Schedule == ScheduleKind.Gen ? new GeneralisedNewtonRate(options.LearningRate, options.RefineEvery, options.RefineSmoothing) : null;
        Checkpointing = ActivationMemory.ShouldCheckpoint(options.Checkpointing, trained.Decoder, _batches.Rows, _batches.Longest);
        _scale = LossScale.For(trained.Decoder.Dtype);
        _step = step(reference, Checkpointing, options.Seed);
        Optimizer = new AdamW(trained.Parameters, weightDecay: options.WeightDecay);
    }

    /// <summary>The same loop on all weights of a model, with the plain NLL of one set.</summary>
    /// <param name="model">What is trained.</param>
    /// <param name="recipe">Its objective is <see cref="NllRetainTerm"/>, and there is no retain term.</param>
    /// <param name="data">The rows to learn.</param>
    /// <exception cref="InputException">Rows and model do not go together.</exception>
    public static UnlearningTrainer OfModel(ModelParameters model, UnlearningRecipe recipe, EncodedData data) =>
        new(model, model.LowestBlock, null, (_, checkpoints, _) => new FullModelStep(model, checkpoints), recipe, data, null, null);

    /// <summary>Optimiser steps of the whole run: as set, or the epochs' over the forget set, at least 1.</summary>
    public int TotalSteps { get; }

    /// <summary>Steps taken, those before a resumption included.</summary>
    public int StepsTaken { get; private set; }

    /// <summary>Steps in which the forget set is seen once, at least 1.</summary>
    public int StepsPerEpoch => Math.Max(1, (int)Math.Ceiling((double)_batches.StepsPerEpoch / _options.Accumulate));

    /// <summary>Whether a stop rule has ended the run.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Whether there is no step left to take.</summary>
    public bool IsDone => IsStopped || StepsTaken >= TotalSteps;

    /// <summary>Whether blocks are recomputed in the backward pass: as set, or as the memory allows.</summary>
    public bool Checkpointing { get; }

    /// <summary>AdamW on <see cref="ITrainedParameters.Parameters"/>; its moments are part of the saved state.</summary>
    public AdamW Optimizer { get; }

    /// <summary>The base under the adapter, with what has been computed of it.</summary>
    /// <exception cref="InvalidOperationException">There is no adapter: a model that is trained as a whole leaves no reference.</exception>
    public ReferenceModel Reference => _reference ?? throw new InvalidOperationException("A model that is trained as a whole leaves no reference.");

    /// <summary>Share of positions that are padding, over the steps of the first epoch.</summary>
    public double PaddingWaste => _batches.PaddingWaste(TotalSteps * _options.Accumulate);

    /// <summary>Gradients that overflowed float16 and were computed again with a smaller loss scale; 0 in any other type.</summary>
    public int OverflowedGradients => _scale?.Overflows ?? 0;

    /// <summary>What else must be kept to continue the run: the refined rate, the state of combiner and loss scale, whether it was stopped.</summary>
    public IReadOnlyDictionary<string, double> Numbers
    {
        get
        {
            Dictionary<string, double> numbers = new([.. _combiner.State, .. _scale?.State ?? new Dictionary<string, double>()]);
            if (_newton is not null)
            {
                numbers[Rate] = _newton.Rate;
            }

            if (IsStopped)
            {
                numbers[Stopped] = 1;
            }

            return numbers;
        }
    }

    /// <summary>Computes what the objectives ask of the reference, once for all rows. The first step does it unless it is done.</summary>
    /// <param name="cancellation">Stops between batches.</param>
    public void PrepareReference(CancellationToken cancellation = default)
    {
        if (_isReferenceReady || _reference is null)
        {
            return;
        }

        _reference.Prepare(_forget, DataSide.Forget, _forgetSet, cancellation);
        if (_retain is not null)
        {
            _reference.Prepare(_retain, DataSide.Retain, _retainSet, cancellation);
        }

        _isReferenceReady = true;
    }

    /// <summary>Takes the next step: gradients, clipping, combination, learning rate, update.</summary>
    /// <returns>What it did.</returns>
    /// <exception cref="WorkFailedException">A loss or the gradient is not finite; parameters are as before the step.</exception>
    public StepReport TakeStep()
    {
        PrepareReference();
        Stopwatch clock = Stopwatch.StartNew();
        using DisposeScope scope = NewDisposeScope();
        (LossPart Forget, LossPart? Retain)[] batches = [.. Enumerable.Range(0, _options.Accumulate).Select(micro => Parts((StepsTaken * _options.Accumulate) + micro))];
        Tensor gradient;
        float[] numbers;
        do
        {
            (gradient, Tensor losses) = Accumulate(batches);
            numbers = losses.cpu().data<float>().ToArray(); // one transfer for everything that is logged
        }
        while (float.IsFinite(numbers[0] + numbers[1]) && !float.IsFinite(numbers[2]) && _scale?.Reduce() == true);

        if (!numbers.All(float.IsFinite))
        {
            throw new WorkFailedException(
                $"The run diverged at step {StepsTaken + 1} of {TotalSteps}: forget loss {numbers[0]}, retain loss {numbers[1]}, gradient norm {numbers[2]}. Lower --learning-rate, or choose a bounded objective such as ihl.");
        }

        double rate = LearningRate(gradient, numbers[1], batches);
        Optimizer.Step(gradient, rate);
        _scale?.Accept();
        _combiner.StepTaken(numbers[1], _options.RetainWeight);
        StepsTaken++;
        long tokens = batches.Sum(pair => Tokens(pair.Forget) + (pair.Retain is null ? 0 : Tokens(pair.Retain)));
        return new StepReport(StepsTaken, TotalSteps, numbers[0], _retain is null ? null : numbers[1], numbers[2], rate, tokens, clock.Elapsed.TotalSeconds);
    }

    /// <summary>Ends the run after the steps taken, for a stop rule; <see cref="Numbers"/> remember it.</summary>
    public void Stop() => IsStopped = true;

    /// <summary>Continues from a saved position: adapter and optimiser hold the state of that step already.</summary>
    /// <param name="stepsTaken">Steps taken when the state was saved.</param>
    /// <param name="numbers"><see cref="Numbers"/> at that time; null for none.</param>
    public void ContinueFrom(int stepsTaken, IReadOnlyDictionary<string, double>? numbers = null)
    {
        StepsTaken = stepsTaken;
        Optimizer.Steps = stepsTaken;
        IsStopped = numbers?.ContainsKey(Stopped) ?? false;
        _combiner.Restore(numbers ?? new Dictionary<string, double>());
        _scale?.Restore(numbers ?? new Dictionary<string, double>());
        if (_newton is not null)
        {
            _newton.Rate = numbers?.TryGetValue(Rate, out double rate) == true ? rate : _options.LearningRate;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Optimizer.Dispose();

    // The gradient for the optimiser, and forget loss, retain loss (0 without) and the gradient's norm: float32 [3]. What is clipped is
    // the gradient of a loss: where two are kept apart, each of them, never what the combiner makes of them.
    private (Tensor Gradient, Tensor Logged) Accumulate((LossPart Forget, LossPart? Retain)[] batches)
    {
        // Recomputation goes through the blocks without gradients once a batch; the parameters are those of the step for all of them.
        using IDisposable? still = batches.Length > 1 ? _trained.HoldStill() : null;
        double unscaled = 1 / (_scale?.Factor ?? 1);
        _step.Scale = _scale?.Factor ?? 1;
        Tensor forgetLoss = zeros([], ScalarType.Float32, _trained.Decoder.Device);
        Tensor retainLoss = zeros_like(forgetLoss);
        bool separate = _combiner.NeedsSeparateGradients && _retain is not null;
        _trained.Gradient.zero_();
        foreach ((LossPart forget, LossPart? retain) in batches)
        {
            IReadOnlyList<Tensor> losses = _step.Accumulate(retain is null || separate ? [forget] : [forget, retain]);
            forgetLoss.Increase(losses[0] / Held(_options.Accumulate));
            if (losses.Count > 1)
            {
                retainLoss.Increase(losses[1] / Held(_options.Accumulate));
            }
        }

        Tensor norm = Clipped();
        if (!separate)
        {
            return (_trained.Gradient, Logged());
        }

        Tensor forgetGradient = _trained.Gradient.clone();
        _trained.Gradient.zero_();
        foreach ((_, LossPart? retain) in batches)
        {
            retainLoss.Increase(_step.Accumulate([retain!])[0] / Held(_options.Accumulate));
        }

        Clipped();
        Tensor combined = _combiner.Combine(forgetGradient, _trained.Gradient);
        norm = combined.norm();
        return (combined, Logged());

        Tensor Clipped() => GradientClipping.Clip(_trained.Gradient.mul_(Held(unscaled)), _options.GradientClip);

        Tensor Logged() => stack(new[] { forgetLoss, retainLoss, norm.to_type(ScalarType.Float32) }, 0);
    }

    // The schedule's rate; every k-th step after the warm-up GeN looks along the step first.
    private double LearningRate(Tensor gradient, double retainLoss, (LossPart Forget, LossPart? Retain)[] batches)
    {
        if (_newton is null)
        {
            return _schedule.At(StepsTaken);
        }

        if (StepsTaken < _schedule.WarmUp)
        {
            return _newton.Rate * (StepsTaken + 1) / _schedule.WarmUp;
        }

        if (StepsTaken % _newton.Every == 0)
        {
            double Loss()
            {
                using DisposeScope scope = NewDisposeScope();
                using IDisposable still = _trained.HoldStill(); // θ ± ηd, the same for all micro-batches
                return batches.Average(pair => _step.Losses([pair.Retain!])[0].Number());
            }

            (double minus, double plus) = DirectionProbe.Evaluate(_trained.Parameters, Optimizer, gradient, _newton.Rate, Loss);
            _newton.Refine(minus, retainLoss, plus);
        }

        return _newton.Rate;
    }

    private (LossPart Forget, LossPart? Retain) Parts(int micro)
    {
        (int[] forget, int[]? retain) = _batches.RowsOf(micro);
        double retainWeight = _combiner.RetainWeight(_options.RetainWeight);
        return (
            new LossPart(_forget, _forgetWeight / _options.Accumulate, DataSide.Forget, [.. forget.Select(index => _forgetSet[index])])
            {
                Draw = micro,
                RowWeights = _forgetWeights is null ? null : [.. forget.Select(index => _forgetWeights[index])],
            },
            retain is null ? null : new LossPart(_retain!, retainWeight / _options.Accumulate, DataSide.Retain, [.. retain.Select(index => _retainSet[index])]) { Draw = micro });
    }

    private static long Tokens(LossPart part) => part.Sequences.Sum(sequence => (long)sequence.Length);
}
