using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Fisher;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.GradientEffect;

/// <summary>
/// Records the G-effect of a run's objective by the adapter's parameters every k steps, on rows that stay the same: three
/// gradients of a batch each, where a step takes two. Writes <c>geffect.json</c> as it goes and <c>geffect.html</c> at the end.
/// </summary>
public sealed class EffectRecorder : IRunRecorder
{
    /// <summary>Name of the file with the records, in the run's folder.</summary>
    public const string RecordFile = "geffect.json";

    // Separate the draws of the two sets from the other uses of a run's seed.
    private const long ForgetStream = 0x4745_4646;
    private const long RetainStream = 0x4745_5254;

    private const int TokensOnCpu = 512;
    private const int TokensOnAccelerator = 8192;

    private readonly int _every;
    private readonly int? _rows;
    private readonly List<EffectMeasurement> _records = [];
    private AdapterSet _adapters = null!;
    private IReadOnlyList<Example> _forget = [];
    private Dictionary<string, int> _layers = [];
    private RunView _run = null!;
    private IReadOnlyList<Example> _retain = [];
    private UnlearningStep _step = null!;

    /// <summary>Prepares a recorder.</summary>
    /// <param name="every">Steps between records; the first and the last point of the run are recorded too.</param>
    /// <param name="rows">Rows of each set; null for as many as a step takes.</param>
    public EffectRecorder(int every, int? rows = null)
    {
        _every = every;
        _rows = rows;
    }

    /// <summary>The records so far.</summary>
    public IReadOnlyList<EffectMeasurement> Records => _records;

    /// <inheritdoc/>
    public void Check(RunView run)
    {
        if (run.Retain is null)
        {
            throw new InputException("The G-effect compares what is to be forgotten with what is to be kept, and there is no retain set; give one with --retain, or leave --geffect-every out.");
        }
    }

    /// <inheritdoc/>
    public void Start(RunView run, AdapterSet adapters, ReferenceModel reference, int stepsTaken)
    {
        _run = run;
        _adapters = adapters;
        TrainingOptions training = run.Request.Training;
        int rows = _rows ?? training.BatchSize * training.Accumulate;
        _forget = FisherSample.Draw(run.Forget.Examples, rows, run.Request.Seed, ForgetStream);
        _retain = FisherSample.Draw(run.Retain!.Examples, rows, run.Request.Seed, RetainStream);
        int longest = _forget.Concat(_retain).Max(example => example.Sequence.Length);
        bool checkpoint = ActivationMemory.ShouldCheckpoint(training.Checkpointing, adapters.Decoder, Math.Max(_forget.Count, _retain.Count), longest);
        _step = new UnlearningStep(adapters, reference, checkpoint, run.Request.Seed);
        _layers = adapters.Decoder.Blocks.SelectMany((block, layer) => block.Maps.Select(map => (map.Name, layer))).ToDictionary(pair => pair.Name, pair => pair.layer);
        _records.Clear();
        if (stepsTaken > 0 && File.Exists(Path.Combine(run.Request.Output, RecordFile)))
        {
            _records.AddRange(EffectJson.Read(Path.Combine(run.Request.Output, RecordFile)).Where(record => record.Step <= stepsTaken));
        }
        else if (stepsTaken == 0)
        {
            Record(0);
        }
    }

    /// <inheritdoc/>
    public void AfterStep(int stepsTaken, bool isLast)
    {
        if (stepsTaken % _every == 0 || isLast)
        {
            Record(stepsTaken);
        }

        if (isLast)
        {
            EffectReport report = new($"G-effect along the run {Path.GetFileName(Path.TrimEndingDirectorySeparator(_run.Request.Output))}", "adapter", _records);
            report.WritePage(Path.Combine(_run.Request.Output, EffectReport.PageFile));
        }
    }

    private void Record(int step)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        NllRetainTerm risk = new();
        (Tensor objective, double loss) = Gradient(_run.Objective, DataSide.Forget, _forget);
        (Tensor forget, double forgetRisk) = Gradient(risk, DataSide.Forget, _forget);
        (Tensor retain, double retainRisk) = Gradient(risk, DataSide.Retain, _retain);
        Tensor Dot(Tensor first, Tensor second) => (first * second).sum(ScalarType.Float64);
        (string Module, Tensor Part)[] objectives = [.. _adapters.Split(objective)], forgets = [.. _adapters.Split(forget)], retains = [.. _adapters.Split(retain)];
        double[] numbers = stack([.. objectives.SelectMany((own, index) => new[]
        {
            Dot(own.Part, forgets[index].Part), Dot(own.Part, retains[index].Part), Dot(own.Part, own.Part),
            Dot(forgets[index].Part, forgets[index].Part), Dot(retains[index].Part, retains[index].Part),
        })], 0).cpu().data<double>().ToArray(); // one transfer a record
        ModuleEffect[] modules = [.. objectives.Select((own, index) =>
        {
            double[] five = numbers[(5 * index)..(5 * (index + 1))];
            return new ModuleEffect(own.Module, _layers[own.Module], new EffectProducts(five[0], five[1], five[2], five[3], five[4]));
        })];
        _records.Add(new EffectMeasurement(step, forgetRisk, retainRisk, [new ObjectiveEffect(_run.Objective.Name, loss, modules, [])]));
        EffectJson.Write(Path.Combine(_run.Request.Output, RecordFile), "adapter", _records);
    }

    // The gradient over the adapter [p], a copy, and the loss: in batches of like lengths, for rows drawn at random are mostly padding
    // in one. What the trainer accumulates starts from zero at each step.
    private (Tensor Gradient, double Loss) Gradient(Objective objective, DataSide set, IReadOnlyList<Example> rows)
    {
        _adapters.Gradient.zero_();
        SweptLoss whole = new(objective, set, rows, _adapters.Decoder.Blocks.Count);
        LabelledSequence[] sequences = [.. whole.Part(rows).Sequences];
        double loss = 0;
        foreach (int[] batch in LengthSortedBatches.Of(sequences, _adapters.Decoder.Device.type == DeviceType.CPU ? TokensOnCpu : TokensOnAccelerator))
        {
            LossPart part = whole.Part([.. batch.Select(index => rows[index])]);
            loss += part.Weight * _step.Accumulate([part])[0].Number();
        }

        return (_adapters.Gradient.clone(), loss);
    }
}
