using LoraUnlearn.Data;
using LoraUnlearn.Objectives;
using LoraUnlearn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Training;

/// <summary>Losses and gradients by A and B through the whole model, in float64.</summary>
public class UnlearningStepTests
{
    private static readonly string[] Constants = ["wga", "tnpo", "wtnpo", "satimp", "ceu"];
    private static readonly string[] Names = [.. ObjectiveCatalog.ForgetNames, .. ObjectiveCatalog.RetainNames.Skip(1)];

    public static TheoryData<string> Objectives => [.. Names];

    // Weights and targets that are constants for the gradient are differenced in the tests of the output head.
    public static TheoryData<string> WithoutConstants => [.. Names.Except(Constants)];

    [Theory]
    [MemberData(nameof(WithoutConstants))]
    public void GradientsMatchDifferencesAlongRandomDirections(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using TinyTask task = new(ScalarType.Float64);
        (UnlearningStep step, LossPart part) = Prepare(task, name, TinyTask.Forget);
        task.Adapters.Gradient.zero_();
        step.Accumulate([part]);
        Tensor gradient = task.Adapters.Gradient.to(ScalarType.Float64, copy: true);
        Tensor parameters = task.Adapters.Parameters;
        Tensor before = parameters.clone();
        using IDisposable noGrad = no_grad();
        using Generator generator = new(3);
        for (int trial = 0; trial < 3; trial++)
        {
            Tensor direction = randn(parameters.shape, ScalarType.Float32, generator: generator);
            direction.mul_(1e-3 / direction.norm().ToDouble());
            (double forward, Tensor high) = Moved(direction);
            (double backward, Tensor low) = Moved(direction.neg());
            Tensor moved = high.to(ScalarType.Float64) - low.to(ScalarType.Float64); // what rounding to float32 left of 2·direction
            double expected = (gradient * moved).sum().ToDouble();
            Assert.InRange(Math.Abs(forward - backward - expected), 0, 1e-5 * gradient.norm().ToDouble() * moved.norm().ToDouble());
        }

        (double Loss, Tensor At) Moved(Tensor by)
        {
            parameters.copy_(before).add_(by);
            return (step.Losses([part])[0].ToDouble(), parameters.clone());
        }
    }

    // METHODS §11: neither prompt nor padding counts, and per-token means are not per-sequence means. Padding a row to the
    // length of another, or cutting it off, must not change the loss; the batch's loss is the right mean of the rows' losses.
    [Theory]
    [MemberData(nameof(Objectives))]
    public void TheLossOfABatchIsTheMeanOfItsTokensOrSequences(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using TinyTask task = new(ScalarType.Float64);
        Example[] rows = [TinyTask.Forget[0], TinyTask.Forget[5]];
        (UnlearningStep step, LossPart both) = Prepare(task, name, rows);
        double whole = step.Losses([both])[0].ToDouble();
        double[] single = [.. rows.Select(row => step.Losses([both with { Examples = [row] }])[0].ToDouble())];
        bool isBySequence = name is "npo" or "simnpo" or "dpo";
        double[] weights = isBySequence ? [0.5, 0.5] : [.. rows.Select(row => (double)Scored(row, both) / rows.Sum(other => Scored(other, both)))];
        double scale = single.Max(Math.Abs);
        Assert.True(Math.Abs(single[0] - single[1]) > 0.01 * scale, "rows of equal loss would test nothing");
        Assert.InRange(Math.Abs((weights[0] * single[0]) + (weights[1] * single[1]) - whole), 0, 1e-6 * scale);
    }

    [Theory]
    [MemberData(nameof(Objectives))]
    public void LossesWithoutGradientsAreTheSame(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using TinyTask task = new(ScalarType.Float64);
        (UnlearningStep step, LossPart part) = Prepare(task, name, TinyTask.Forget);
        Assert.Equal(step.Losses([part])[0].ToDouble(), step.Accumulate([part])[0].ToDouble(), 12);
    }

    // A part on a lower layer and one on the logits, in one call and apart.
    [Fact]
    public void PartsOfDifferentDepthAddUp()
    {
        using DisposeScope scope = NewDisposeScope();
        using TinyTask task = new(ScalarType.Float64);
        (UnlearningStep step, LossPart hidden) = Prepare(task, "rmu", TinyTask.Forget);
        LossPart logits = new(new NllRetainTerm(), 0.5, DataSide.Retain, TinyTask.Retain);
        step.Accumulate([hidden, logits]);
        Tensor together = task.Adapters.Gradient.clone();
        task.Adapters.Gradient.zero_();
        step.Accumulate([logits]);
        step.Accumulate([hidden]);
        Assert.InRange(((together - task.Adapters.Gradient).abs().max() / together.abs().max()).ToDouble(), 0, 1e-6);
    }

    // Nothing above the layer is computed: with broken maps there, rmu does not notice.
    [Fact]
    public void HiddenObjectivesStopAtTheirLayer()
    {
        using DisposeScope scope = NewDisposeScope();
        using TinyTask task = new(ScalarType.Float64);
        (UnlearningStep step, LossPart part) = Prepare(task, "rmu", TinyTask.Forget);
        double before = step.Losses([part])[0].ToDouble();
        using (no_grad())
        {
            foreach (LoraUnlearn.Adapters.LowRankPair pair in task.Adapters.Pairs.Where(pair => !pair.Map.Name.Contains("layers.0.", StringComparison.Ordinal)))
            {
                pair.B.fill_(double.NaN);
            }
        }

        task.Adapters.Gradient.zero_();
        Assert.Equal(before, step.Accumulate([part])[0].ToDouble());
        Assert.True(double.IsFinite(task.Adapters.Gradient.sum().ToDouble()));
    }

    internal static (UnlearningStep Step, LossPart Part) Prepare(TinyTask task, string name, IReadOnlyList<Example> rows)
    {
        Objective objective = ObjectiveCatalog.RetainNames.Contains(name) ? ObjectiveCatalog.Retain(name)! : ObjectiveCatalog.Forget(name);
        objective.Bind(task.Decoder.Spec, 42);
        return (new UnlearningStep(task.Adapters, new ReferenceModel(task.Adapters), checkpoint: false), new LossPart(objective, 1, DataSide.Forget, rows));
    }

    private static int Scored(Example row, LossPart part) => (part.Objective.Labels == LabelSource.Alternate ? row.Alternate! : row.Sequence).LabelledCount;
}
