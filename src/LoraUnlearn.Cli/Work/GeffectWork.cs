using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Data;
using LoraUnlearn.GradientEffect;
using LoraUnlearn.Objectives;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Work;

/// <summary>G-effect measurements with a progress bar: of a model, of an adapter, or along a run.</summary>
internal static class GeffectWork
{
    /// <summary>What to measure.</summary>
    /// <param name="Objectives">On the forget set.</param>
    /// <param name="RetainTerms">On the retain set.</param>
    /// <param name="Options">Settings.</param>
    /// <param name="Forget">D_forget.</param>
    /// <param name="Retain">D_retain.</param>
    public sealed record Task(IReadOnlyList<Objective> Objectives, IReadOnlyList<Objective> RetainTerms, EffectOptions Options, IReadOnlyList<Example> Forget, IReadOnlyList<Example> Retain);

    /// <summary>Measures the base, or one adapter.</summary>
    /// <param name="invocation">The run of the verb.</param>
    /// <param name="session">The model.</param>
    /// <param name="folder">An adapter folder, or null for the base.</param>
    /// <param name="task">What to measure.</param>
    public static EffectMeasurement Once(Invocation invocation, ModelSession session, string? folder, Task task)
    {
        if (folder is not null)
        {
            RunCheckpoints.RequireBase(folder, session.Folder.Digest());
        }

        // Without an adapter one that changes nothing stands for the base: A = B = 0.
        using AdapterSet adapters = folder is null
            ? new AdapterSet(session.Decoder, [session.Decoder.Maps[0]], 1, 1)
            : PeftAdapter.LoadTrainable(session.Decoder, folder);
        return Measure(invocation, new EffectMeter(adapters, task.Options), task, null);
    }

    /// <summary>Measures every checkpoint of a run.</summary>
    /// <param name="invocation">The run of the verb.</param>
    /// <param name="session">The model.</param>
    /// <param name="run">The checkpoints.</param>
    /// <param name="task">What to measure.</param>
    public static IReadOnlyList<EffectMeasurement> Along(Invocation invocation, ModelSession session, RunCheckpoints run, Task task)
    {
        using AdapterSet adapters = run.Attach(session.Decoder);
        EffectMeter meter = new(adapters, task.Options);
        List<EffectMeasurement> records = [];
        foreach ((int step, string path) in run.Steps)
        {
            run.Load(adapters, path);
            records.Add(Measure(invocation, meter, task, step));
        }

        return records;
    }

    private static EffectMeasurement Measure(Invocation invocation, EffectMeter meter, Task task, int? step)
    {
        ProgressDisplay? display = null;
        try
        {
            DirectProgress<EffectProgress> progress = new(report =>
            {
                display ??= invocation.Reporter.Progress(step is null ? "G-effect" : $"G-effect after step {step}", report.Total);
                display.Report(report.Done);
            });
            return meter.Measure(task.Objectives, task.Forget, task.Retain, task.RetainTerms, step, progress, invocation.Cancellation);
        }
        finally
        {
            display?.Dispose();
        }
    }
}
