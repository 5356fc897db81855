using System.Diagnostics;
using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Training;

/// <summary>
/// The training loop: batches of similar length from both sets, one pass for both where the combiner allows, AdamW on the
/// adapter's parameter vector. All of its state is the adapter, the optimiser and the number of steps taken.
/// </summary>
public sealed class UnlearningTrainer : IDisposable
{
    private readonly AdapterSet _adapters;
    private readonly GradientCombiner _combiner;
    private readonly Objective _forget;
    private readonly IReadOnlyList<Example> _forgetSet;
    private readonly BatchPlan? _forgetPlan;
    private readonly TrainingOptions _options;
    private readonly PairedBatchPlan? _pairedPlan;
    private readonly Objective? _retain;
    private readonly IReadOnlyList<Example> _retainSet;
    private readonly LearningRateSchedule _schedule;
    private readonly UnlearningStep _step;

    /// <summary>Prepares a run from step 0.</summary>
    /// <param name="adapters">What is trained, initialised.</param>
    /// <param name="forget">L_f.</param>
    /// <param name="retain">L_r, or null.</param>
    /// <param name="combiner">How their gradients become one.</param>
    /// <param name="options">Settings.</param>
    /// <param name="forgetSet">The forget set.</param>
    /// <param name="retainSet">The retain set; empty without a retain term.</param>
    public UnlearningTrainer(AdapterSet adapters, Objective forget, Objective? retain, GradientCombiner combiner, TrainingOptions options, IReadOnlyList<Example> forgetSet, IReadOnlyList<Example> retainSet)
    {
        _adapters = adapters;
        _forget = forget;
        _retain = retain;
        _combiner = combiner;
        _options = options.Validate();
        _forgetSet = forgetSet;
        _retainSet = retainSet;
        int[] forgetLengths = [.. forgetSet.Select(example => Length(example, forget))];
        int longest = forgetLengths.Max();
        int rows = Rows(forgetSet.Count);
        int stepsPerEpoch;
        if (retain is null)
        {
            _forgetPlan = new BatchPlan(forgetLengths, options.BatchSize, options.Seed);
            stepsPerEpoch = _forgetPlan.BatchesPerEpoch;
        }
        else
        {
            int[] retainLengths = [.. retainSet.Select(example => Length(example, retain))];
            _pairedPlan = new PairedBatchPlan(forgetLengths, retainLengths, options.BatchSize, options.BatchSize, options.Seed);
            stepsPerEpoch = _pairedPlan.StepsPerEpoch;
            longest = Math.Max(longest, retainLengths.Max());
            rows += Rows(retainSet.Count);
        }

        TotalSteps = options.Steps ?? Math.Max(1, (int)Math.Ceiling(options.Epochs * stepsPerEpoch / options.Accumulate));
        _schedule = new LearningRateSchedule(options.Schedule, options.LearningRate, TotalSteps, (int)Math.Round(options.WarmUp * TotalSteps));
        Checkpointing = ActivationMemory.ShouldCheckpoint(options.Checkpointing, adapters.Decoder, rows, longest);
        Reference = new ReferenceModel(adapters);
        _step = new UnlearningStep(adapters, Reference, Checkpointing);
        Optimizer = new AdamW(adapters.Parameters, weightDecay: options.WeightDecay);
    }

    /// <summary>Steps of the whole run.</summary>
    public int TotalSteps { get; }

    /// <summary>Steps taken.</summary>
    public int StepsTaken { get; private set; }

    /// <summary>Whether blocks are recomputed in the backward pass.</summary>
    public bool Checkpointing { get; }

    /// <summary>The optimiser.</summary>
    public AdamW Optimizer { get; }

    /// <summary>The reference model.</summary>
    public ReferenceModel Reference { get; }

    /// <summary>Share of positions that are padding, over the steps of the first epoch.</summary>
    public double PaddingWaste =>
        _pairedPlan?.PaddingWaste(0, Math.Min(TotalSteps * _options.Accumulate, _pairedPlan.StepsPerEpoch)) ?? _forgetPlan!.PaddingWaste(0);

    /// <summary>Takes the next step.</summary>
    /// <returns>What it did.</returns>
    /// <exception cref="WorkFailedException">A loss or the gradient is not finite; parameters are as before the step.</exception>
    public StepReport TakeStep()
    {
        Stopwatch clock = Stopwatch.StartNew();
        using DisposeScope scope = NewDisposeScope();
        (Tensor gradient, Tensor forgetLoss, Tensor? retainLoss, long tokens) = Accumulate();
        Tensor norm = GradientClipping.Clip(gradient, _options.GradientClip);

        // One transfer for everything that is logged.
        Tensor logged = stack(new[] { forgetLoss, retainLoss ?? zeros_like(forgetLoss), norm.to_type(ScalarType.Float32) }, 0).cpu();
        float[] numbers = logged.data<float>().ToArray();
        if (!numbers.All(float.IsFinite))
        {
            throw new WorkFailedException(
                $"The run diverged at step {StepsTaken + 1} of {TotalSteps}: forget loss {numbers[0]}, retain loss {numbers[1]}, gradient norm {numbers[2]}. Lower --learning-rate, or choose a bounded objective such as ihl.");
        }

        double rate = _schedule.At(StepsTaken);
        Optimizer.Step(gradient, rate);
        StepsTaken++;
        return new StepReport(StepsTaken, TotalSteps, numbers[0], retainLoss is null ? null : numbers[1], numbers[2], rate, tokens, clock.Elapsed.TotalSeconds);
    }

    /// <summary>Continues from a saved position: adapter and optimiser hold the state of that step already.</summary>
    /// <param name="stepsTaken">Steps taken when the state was saved.</param>
    public void ContinueFrom(int stepsTaken)
    {
        StepsTaken = stepsTaken;
        Optimizer.Steps = stepsTaken;
    }

    /// <inheritdoc/>
    public void Dispose() => Optimizer.Dispose();

    private (Tensor Gradient, Tensor ForgetLoss, Tensor? RetainLoss, long Tokens) Accumulate()
    {
        Tensor forgetLoss = zeros([], ScalarType.Float32, _adapters.Decoder.Device);
        Tensor? retainLoss = _retain is null ? null : zeros_like(forgetLoss);
        bool separate = _combiner.NeedsSeparateGradients && _retain is not null;
        Tensor? forgetGradient = null;
        long tokens = 0;
        _adapters.Gradient.zero_();
        List<LossPart> retainParts = [];
        for (int micro = 0; micro < _options.Accumulate; micro++)
        {
            (LossPart forget, LossPart? retain) = Parts((StepsTaken * _options.Accumulate) + micro);
            tokens += Tokens(forget) + (retain is null ? 0 : Tokens(retain));
            if (separate)
            {
                forgetLoss.add_(_step.Accumulate([forget])[0] / _options.Accumulate);
                retainParts.Add(retain!);
                continue;
            }

            IReadOnlyList<Tensor> losses = _step.Accumulate(retain is null ? [forget] : [forget, retain]);
            forgetLoss.add_(losses[0] / _options.Accumulate);
            retainLoss?.add_(losses[1] / _options.Accumulate);
        }

        if (!separate)
        {
            return (_adapters.Gradient, forgetLoss, retainLoss, tokens);
        }

        forgetGradient = _adapters.Gradient.clone();
        _adapters.Gradient.zero_();
        foreach (LossPart retain in retainParts)
        {
            retainLoss!.add_(_step.Accumulate([retain])[0] / _options.Accumulate);
        }

        return (_combiner.Combine(forgetGradient, _adapters.Gradient), forgetLoss, retainLoss, tokens);
    }

    private (LossPart Forget, LossPart? Retain) Parts(int micro)
    {
        (int[] forget, int[]? retain) = _pairedPlan is null ? (_forgetPlan!.Step(micro), null) : _pairedPlan.Step(micro);
        return (
            new LossPart(_forget, _options.ForgetWeight / _options.Accumulate, DataSide.Forget, [.. forget.Select(index => _forgetSet[index])]),
            retain is null ? null : new LossPart(_retain!, _options.RetainWeight / _options.Accumulate, DataSide.Retain, [.. retain.Select(index => _retainSet[index])]));
    }

    private static long Tokens(LossPart part) => part.Examples.Sum(example => (long)example.Sequence.Length);

    private static int Length(Example example, Objective objective) => objective.Needs.HasFlag(ObjectiveNeeds.Alternate)
        ? Math.Max(example.Sequence.Length, example.Alternate?.Length ?? 0)
        : example.Sequence.Length;

    private int Rows(int available) => _options.BatchSize == 0 ? available : Math.Min(_options.BatchSize, available);
}
