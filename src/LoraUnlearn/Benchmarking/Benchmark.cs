using System.Diagnostics;
using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Fisher;
using LoraUnlearn.Head;
using LoraUnlearn.Initialization;
using LoraUnlearn.Models;
using LoraUnlearn.Models.Families;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Sessions;
using LoraUnlearn.Torch;
using LoraUnlearn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Benchmarking;

/// <summary>
/// Measures training, Fisher estimate and initialisation on a random Llama-shaped model, against the matrix product rate that
/// this machine reaches with the same library.
/// </summary>
public sealed class Benchmark
{
    private const int Repetitions = 5;
    private readonly ComputeSettings _compute;
    private readonly int _length;
    private readonly int _rows;

    /// <summary>Keeps its arguments; the work is <see cref="Run"/>'s.</summary>
    /// <param name="compute">Where to compute.</param>
    /// <param name="rows">Rows of a batch: half to forget, half to keep.</param>
    /// <param name="length">Positions of every row; there is no padding.</param>
    public Benchmark(ComputeSettings compute, int rows = 8, int length = 256)
    {
        _compute = compute;
        _rows = rows;
        _length = length;
    }

    /// <summary>The model: 12 layers, width 512, 8 heads, MLP 832, vocabulary 32,000: 61 million parameters.</summary>
    public static DecoderSpec Spec { get; } = new()
    {
        Family = "llama",
        VocabularySize = 32_000,
        Width = 512,
        Layers = 12,
        Heads = 8,
        KeyValueHeads = 8,
        HeadWidth = 64,
        MlpWidth = 832,
        MaximumLength = 2048,
        Rotary = new RotarySpec { Width = 64 },
        AttentionScale = 1 / 8.0,
        Names = LlamaFamily.Names,
    };

    /// <summary>Measures product rate, forward and backward, Fisher estimate, initialisation and training steps, in that order.</summary>
    /// <param name="stage">Told what comes next.</param>
    /// <param name="cancellation">Stops between measurements.</param>
    public BenchmarkResult Run(Action<string> stage, CancellationToken cancellation = default)
    {
        stage("matrix product rate");
        double peak = PeakRate();
        RandomWeights weights = new(Spec, 1);
        using Decoder decoder = Decoder.Build(Spec, weights, _compute.Device, _compute.Dtype, _compute.Base);
        Example[] examples = RandomExamples(_rows);
        LabelledSequence[] sequences = [.. examples.Select(example => example.Sequence)];
        cancellation.ThrowIfCancellationRequested();
        stage("forward and input-only backward");
        double inputBackward = Time(() => InputOnlyBackward(decoder, sequences));
        cancellation.ThrowIfCancellationRequested();
        stage("Fisher information, row-wise");
        FisherEstimator estimator = new(decoder, decoder.Maps, new FisherOptions { TokensPerBatch = _rows * _length });
        double fisher = Time(() => estimator.Estimate(sequences, null).Dispose());
        cancellation.ThrowIfCancellationRequested();
        stage("initialisation of all maps");
        using AdapterSet adapters = new(decoder, decoder.Maps, 16, 32);
        double initialisation = Initialise(estimator, adapters, sequences);
        cancellation.ThrowIfCancellationRequested();
        stage("training steps");
        TrainingOptions options = new() { BatchSize = _rows / 2, Steps = Repetitions + 2 };
        UnlearningRecipe recipe = UnlearningRecipe.Of(new InvertedHingeObjective(), new NllRetainTerm(), new SumCombiner(), options);
        EncodedData Half(Example[] rows) => new("random rows", rows, 0);
        using UnlearningTrainer trainer = new(adapters, recipe, Half(examples[..(_rows / 2)]), Half(examples[(_rows / 2)..]));
        double step = Median([.. Enumerable.Range(0, Repetitions + 2).Select(_ => trainer.TakeStep().Seconds)]);
        return new BenchmarkResult
        {
            Parameters = weights.Parameters,
            Batch = (_rows, _length),
            PeakRate = peak,
            StepSeconds = step,
            StepOperations = StepOperations(16),
            InputBackwardSeconds = inputBackward,
            FisherSeconds = fisher,
            InitialisationSeconds = initialisation,
            PeakMemory = PeakMemory(),
            Threads = get_num_threads(),
        };
    }

    // Forward 2, backward by the input 2 (nothing below the first adapted map), adapters 6 operations a weight and token;
    // attention counts the causal half of the scores; the head sees every scored token.
    private double StepOperations(int rank)
    {
        double d = Spec.Width, m = Spec.MlpWidth, t = _length, tokens = (double)_rows * _length, scored = _rows * (_length - 1.0);
        double perLayer = (4 * d * d) + (3 * d * m);
        double adapters = rank * ((4 * 2 * d) + (3 * (d + m)));
        double firstMaps = 3 * d * d; // the first block's query, key and value need no input gradient
        double linear = tokens * ((Spec.Layers * ((4 * perLayer) + (6 * adapters))) - (2 * firstMaps));
        double attention = tokens * Spec.Layers * 6 * t * d; // (2 products × 2 operations × t·d) × 3 passes, half of it causal
        double head = scored * 4 * d * Spec.VocabularySize;
        return linear + attention + head;
    }

    private double PeakRate()
    {
        using IDisposable noGrad = no_grad();
        double best = 0;
        foreach (long size in _compute.Device.type == DeviceType.CPU ? new long[] { 1024, 2048 } : [4096, 8192])
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor a = randn([size, size], ScalarType.Float32).to(_compute.Dtype, _compute.Device);
            Tensor b = randn([size, size], ScalarType.Float32).to(_compute.Dtype, _compute.Device);
            double seconds = Time(() => a.mm(b).Dispose(), 10, fastest: true);
            best = Math.Max(best, 2.0 * size * size * size / seconds);
        }

        return best;
    }

    private double Initialise(FisherEstimator estimator, AdapterSet adapters, LabelledSequence[] sequences)
    {
        using FisherResult result = EstimateWithout(adapters, estimator, sequences);
        Stopwatch clock = Stopwatch.StartNew();
        new AdapterInitialisation(InitialisationKind.Fila, 1).Apply(adapters, result);
        Synchronise();
        return clock.Elapsed.TotalSeconds;
    }

    private static FisherResult EstimateWithout(AdapterSet adapters, FisherEstimator estimator, LabelledSequence[] sequences)
    {
        using IDisposable off = adapters.SwitchOff();
        return estimator.Estimate(sequences, null);
    }

    private static void InputOnlyBackward(Decoder decoder, LabelledSequence[] sequences)
    {
        using DisposeScope scope = NewDisposeScope();
        using Batch batch = Batch.Create(sequences, decoder.Device);
        using ScoredPositions positions = ScoredPositions.Of(sequences, batch.MaxLength, decoder.Device);
        using AttentionContext context = decoder.Begin(sequences.Length, batch.MaxLength);
        Tensor input = decoder.Embed(batch.InputIds, context).detach().requires_grad_(true);
        Tensor hidden = input;
        foreach (DecoderBlock block in decoder.Blocks)
        {
            hidden = block.Forward(hidden, context);
        }

        HeadResult head = OutputHead.Evaluate(decoder, hidden.detach().index_select(0, positions.Rows), new NllRetainTerm(), 1, positions);
        Tensor gradient = zeros_like(hidden).index_copy_(0, positions.Rows, head.Gradient!);
        autograd.grad([hidden], [input], [gradient])[0].Dispose();
    }

    private Example[] RandomExamples(int count)
    {
        SeededRandom random = new(7);
        return [.. Enumerable.Range(0, count).Select(index =>
        {
            int[] ids = [.. Enumerable.Range(0, _length).Select(_ => random.NextInt((int)Spec.VocabularySize))];
            return new Example(index % (count / 2), LabelledSequence.ScoredFrom(ids, 1), null, new DataRow(DataRowKind.Tokens, index + 1), null);
        })];
    }

    private double Time(Action action, int repetitions = Repetitions, bool fastest = false)
    {
        action();
        Synchronise();
        double[] seconds = new double[repetitions];
        for (int index = 0; index < repetitions; index++)
        {
            Stopwatch clock = Stopwatch.StartNew();
            action();
            Synchronise();
            seconds[index] = clock.Elapsed.TotalSeconds;
        }

        return fastest ? seconds.Min() : Median(seconds);
    }

    private void Synchronise()
    {
        if (_compute.Device.type != DeviceType.CPU)
        {
            // A transfer waits for everything queued before it.
            using Tensor one = ones([1], ScalarType.Float32, _compute.Device);
            one.cpu().Dispose();
        }
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static long PeakMemory()
    {
        const string Status = "/proc/self/status";
        string? line = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(text => text.StartsWith("VmHWM:", StringComparison.Ordinal)) : null;
        return line is not null && long.TryParse(line.AsSpan(6).Trim().ToString().Split(' ')[0], out long kilobytes)
            ? kilobytes * 1024
            : Process.GetCurrentProcess().PeakWorkingSet64;
    }
}
