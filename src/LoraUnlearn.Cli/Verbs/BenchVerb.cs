using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using LoraUnlearn.Benchmarking;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Text;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Measures this machine on a random model.</summary>
internal sealed class BenchVerb : Verb
{
    private readonly Option<int> _rows = OptionKinds.Whole("--rows", "Rows of a batch: half to forget, half to keep.", 8, 2, 4096);
    private readonly Option<int> _length = OptionKinds.Whole("--length", "Tokens of a row.", 256, 2, 2048);
    private readonly ComputeOptions _compute = new();

    /// <summary>Creates the verb.</summary>
    public BenchVerb()
        : base("bench", "Measure training, Fisher estimate and initialisation on this machine.")
    {
        AddGroup("Options", _rows, _length);
        AddGroup("Computation", _compute.All);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "On a random Llama of 12 layers, width 512 and 32,000 tokens, beside the rate of matrix products that this machine reaches. "
        + "The share counts only the arithmetic that training cannot avoid.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples => ["lora-unlearn bench", "lora-unlearn bench --device cuda --rows 32"];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        Reporter reporter = invocation.Reporter;
        ComputeSettings compute = _compute.Read(invocation, training: true);
        Benchmark benchmark = new(compute, invocation.Get(_rows), invocation.Get(_length));
        BenchmarkResult result = benchmark.Run(stage => reporter.Log($"measuring: {stage}"), invocation.Cancellation);
        TextTable table = new("measured", "value") { Title = $"{result.Parameters / 1e6:0.0}M parameters, {result.Batch.Rows} rows of {result.Batch.Length} tokens, {invocation.Get(_compute.Device)}, {result.Threads} threads" };
        table.Add("matrix products, peak", $"{Gigaflops(result.PeakRate)} GFLOP/s");
        table.Add("training step", Seconds(result.StepSeconds));
        table.Add("training", $"{Figures.Whole(result.TokensPerSecond)} tokens/s");
        table.Add("training, share of the peak", Percent(result.ShareOfPeak));
        table.Add("forward and input-only backward", Seconds(result.InputBackwardSeconds));
        table.Add("Fisher, row-wise", Seconds(result.FisherSeconds));
        table.Add("Fisher over forward and backward", string.Create(CultureInfo.InvariantCulture, $"{result.FisherRatio:0.00}"));
        table.Add("FILA of all maps", Seconds(result.InitialisationSeconds));
        table.Add("peak memory", PlainText.Bytes(result.PeakMemory));
        reporter.Table(table);
        reporter.Document(new JsonObject
        {
            ["parameters"] = result.Parameters,
            ["rows"] = result.Batch.Rows,
            ["length"] = result.Batch.Length,
            ["threads"] = result.Threads,
            ["peak_flops"] = JsonText.Number(result.PeakRate),
            ["step_seconds"] = JsonText.Number(result.StepSeconds),
            ["tokens_per_second"] = JsonText.Number(result.TokensPerSecond),
            ["share_of_peak"] = JsonText.Number(result.ShareOfPeak),
            ["input_backward_seconds"] = JsonText.Number(result.InputBackwardSeconds),
            ["fisher_seconds"] = JsonText.Number(result.FisherSeconds),
            ["fisher_ratio"] = JsonText.Number(result.FisherRatio),
            ["initialisation_seconds"] = JsonText.Number(result.InitialisationSeconds),
            ["peak_memory_bytes"] = result.PeakMemory,
        });
    }

    private static string Gigaflops(double rate) => (rate / 1e9).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.000} s");

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.0} %");
}
