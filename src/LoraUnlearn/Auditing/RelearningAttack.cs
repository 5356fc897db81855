using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Initialization;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Sessions;
using LoraUnlearn.Training;

namespace LoraUnlearn.Auditing;

/// <summary>
/// Teaches half of the forgotten rows again, or rows that were kept, in a few steps of LoRA, and measures the other half of the
/// forgotten rows: what was hidden comes back faster than what was never there.
/// </summary>
public sealed class RelearningAttack : IAttack
{
    private static readonly int[] Points = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

    /// <inheritdoc/>
    public string Name => "relearn";

    /// <inheritdoc/>
    public string Summary => "a few steps of LoRA on half of the forgotten rows, or on kept ones; the other half is measured";

    /// <inheritdoc/>
    public string? Lacks(AuditCase audit) => audit.Forget.Count < 2 ? "there is only one row to forget; two are needed, one to teach and one to measure" : null;

    /// <inheritdoc/>
    public AttackResult Run(AuditCase audit)
    {
        (Example[] taught, Example[] measured) = Halves(audit);
        (double[] Steps, BasicMeasures[] Measures) half = Relearn(audit, audit.Unlearned, taught, measured, "steps on the forgotten half", generate: true);
        (double[] Steps, BasicMeasures[] Measures)? kept = audit.Retain is { } retain ? Relearn(audit, audit.Unlearned, retain, measured, "steps on kept rows", generate: false) : null;
        (double[] Steps, BasicMeasures[] Measures)? reference = audit.Reference is { } model ? Relearn(audit, model, taught, measured, "steps of the retain-only model", generate: false) : null;

        List<AuditCurve> curves = [Probability("half of the forget rows taught", half)];
        if (half.Measures[0].RougeL is not null)
        {
            curves.Add(new AuditCurve("the same, ROUGE-L recall", half.Steps, [.. half.Measures.Select(measures => measures.RougeL ?? 0)]));
        }

        curves.Add(new AuditCurve("the same, extraction strength", half.Steps, [.. half.Measures.Select(measures => measures.ExtractionStrength)]));
        if (kept is { } unrelated)
        {
            curves.Add(Probability("retain rows taught", unrelated));
        }

        if (reference is { } gold)
        {
            curves.Add(Probability("retain-only model, half of the forget rows taught", gold));
        }

        double most = half.Measures.Max(measures => measures.Probability), mostKept = kept?.Measures.Max(measures => measures.Probability) ?? 0;
        double? baseline = reference?.Measures.Max(measures => measures.Probability);
        string onKept = kept is null ? "" : $", by teaching kept rows {Wording.Of(mostKept)}";
        return new AttackResult(
            Name,
            $"{taught.Length} of the forgotten rows{(kept is null ? "" : ", or rows that were kept,")} were taught again for {audit.Options.RelearningSteps} steps of LoRA, and the other {measured.Length} forgotten rows were measured.",
            "steps",
            curves,
            $"The other rows' true answers reach probability {Wording.Of(most)} ({Wording.Of(half.Measures[0].Probability)} before){onKept}{Wording.Against(baseline)}.",
            "probability",
            Math.Max(most, mostKept),
            baseline);
    }

    /// <summary>The rows that are taught and those that are measured, drawn with the seed.</summary>
    internal static (Example[] Taught, Example[] Measured) Halves(AuditCase audit)
    {
        int[] order = SeededRandom.ForStream(audit.Options.Seed, 11).Permutation(audit.Forget.Count);
        int half = audit.Forget.Count / 2;
        return ([.. order[..half].Order().Select(row => audit.Forget[row])], [.. order[half..].Order().Select(row => audit.Forget[row])]);
    }

    private static AuditCurve Probability(string name, (double[] Steps, BasicMeasures[] Measures) curve) =>
        new(name, curve.Steps, [.. curve.Measures.Select(measures => measures.Probability)]);

    private static (double[] Steps, BasicMeasures[] Measures) Relearn(AuditCase audit, AuditedModel model, IReadOnlyList<Example> taught, IReadOnlyList<Example> measured, string stage, bool generate)
    {
        AuditOptions options = audit.Options;
        using IDisposable? carried = model.Carry();
        int rank = (int)Math.Min(options.RelearningRank, model.Decoder.Maps.Min(map => Math.Min(map.InputWidth, map.OutputWidth)));
        using AdapterSet adapters = new(model.Decoder, model.Decoder.Maps, rank, 2 * rank);
        new AdapterInitialisation(InitialisationKind.Lora, options.Seed).Apply(adapters, null);
        UnlearningRecipe recipe = UnlearningRecipe.Of(new NllRetainTerm(), null, new SumCombiner(), new TrainingOptions
        {
            Steps = Math.Max(1, options.RelearningSteps),
            BatchSize = options.RelearningBatch,
            LearningRate = options.RelearningRate,
            Schedule = ScheduleKind.Constant,
            WarmUp = 0,
            Seed = options.Seed,
        });
        using UnlearningTrainer trainer = new(adapters, recipe, new EncodedData("the taught rows", taught, 0), null);
        List<double> steps = [];
        List<BasicMeasures> measures = [];
        audit.Begin(stage, options.RelearningSteps);
        foreach (int point in Points.Where(point => point < options.RelearningSteps).Append(options.RelearningSteps))
        {
            while (trainer.StepsTaken < point)
            {
                audit.Cancellation.ThrowIfCancellationRequested();
                trainer.TakeStep();
                audit.Advance(trainer.StepsTaken, options.RelearningSteps);
            }

            using IDisposable still = adapters.HoldStill();
            steps.Add(point);
            measures.Add(audit.Measure(model.Decoder, measured, generate));
        }

        return ([.. steps], [.. measures]);
    }
}
