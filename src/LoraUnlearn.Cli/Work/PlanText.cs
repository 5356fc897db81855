using System.Globalization;
using System.Text.Json.Nodes;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Sessions;
using LoraUnlearn.Torch;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Work;

/// <summary>A run's plan in words: model, rows, steps, and what they will take on this machine.</summary>
internal sealed class PlanText
{
    private const long LargestProbe = 2048;

    private readonly RunForecast _forecast;
    private readonly double _speed;

    /// <summary>Measures this machine's speed in a fraction of a second.</summary>
    public PlanText(RunForecast forecast)
    {
        _forecast = forecast;
        long rows = Math.Clamp((long)(forecast.Forget.Tokens / forecast.Forget.Examples.Count) * Math.Max(1, forecast.Request.Training.BatchSize), 16, LargestProbe);
        _speed = ProductSpeed.Measure(forecast.Request.Compute, rows, Math.Min(forecast.Spec.Width, LargestProbe), Math.Min(forecast.Spec.MlpWidth, 2 * LargestProbe));
    }

    private double Seconds => _forecast.Work.Operations / _speed;

    /// <summary>The plan, a line a subject.</summary>
    public IEnumerable<string> Lines()
    {
        WorkEstimate work = _forecast.Work;
        yield return $"model: {_forecast.Spec.Family}, {Count(work.Parameters)} parameters in {_forecast.Request.Compute.Dtype.ToString().ToLowerInvariant()} on {_forecast.Request.Compute.Device}; {Special()}";
        yield return Set(_forecast.Request.IsFinetuning ? "data" : "forget", _forecast.Forget);
        if (_forecast.Retain is { } retain)
        {
            yield return Set("retain", retain);
        }

        yield return $"adapter: rank {_forecast.Request.Rank} on {_forecast.Maps} maps, {Count(work.AdapterParameters)} parameters, {_forecast.Request.Initialisation.ToString().ToLowerInvariant()}";
        yield return string.Create(
            CultureInfo.InvariantCulture, $"training: {_forecast.Steps} steps of {_forecast.Request.Objective}, padding {100 * _forecast.PaddingWaste:0.0} %{(_forecast.Checkpointing ? ", blocks recomputed to save memory" : "")}");
        yield return $"memory: about {Bytes(work.Bytes)} (weights {Bytes(work.WeightBytes)}, adapter and optimiser {Bytes(work.AdapterBytes)}, activations {Bytes(work.ActivationBytes)}, logits {Bytes(work.LogitBytes)}), and 0.4 GB for the program";
        yield return string.Create(
            CultureInfo.InvariantCulture, $"time: {Durations.Text(TimeSpan.FromSeconds(Math.Min(Seconds, 1e9)))} at least, for {work.Operations / 1e12:0.###} TFLOP at {_speed / 1e9:0} GFLOP/s, measured just now on matrices of this model's size");
    }

    /// <summary>The plan as a document.</summary>
    public JsonObject Document()
    {
        WorkEstimate work = _forecast.Work;
        return new JsonObject
        {
            ["family"] = _forecast.Spec.Family,
            ["parameters"] = work.Parameters,
            ["eos"] = TokenOf(_forecast.Rows.Special.Eos),
            ["bos"] = TokenOf(_forecast.Rows.Special.Bos),
            ["pad"] = TokenOf(_forecast.Rows.Special.Pad),
            ["generation_ends"] = JsonText.Numbers(_forecast.Rows.Special.Ends.Select(id => (long)id)),
            ["forget"] = SetDocument(_forecast.Forget),
            ["retain"] = _forecast.Retain is { } retain ? SetDocument(retain) : null,
            ["adapted_maps"] = _forecast.Maps,
            ["adapter_parameters"] = work.AdapterParameters,
            ["steps"] = _forecast.Steps,
            ["padding_waste"] = JsonText.Number(_forecast.PaddingWaste),
            ["recomputes_blocks"] = _forecast.Checkpointing,
            ["memory_bytes"] = work.Bytes,
            ["operations"] = JsonText.Number(work.Operations),
            ["operations_per_second"] = JsonText.Number(_speed),
            ["seconds_at_least"] = JsonText.Number(Seconds),
            ["notes"] = JsonText.Texts(_forecast.Notes),
        };
    }

    private string Special()
    {
        if (_forecast.Rows.Tokenizer is null)
        {
            return "no tokenizer, rows of ids";
        }

        LoraUnlearn.Data.SpecialTokens special = _forecast.Rows.Special;
        return $"EOS {TokenOf(special.Eos) ?? "none"}, BOS {TokenOf(special.Bos) ?? "none"}{(special.AddBos ? ", added" : "")}, PAD {TokenOf(special.Pad) ?? "none"}";
    }

    private string? TokenOf(int? id) => id is { } known ? $"{known}{(_forecast.Rows.Tokenizer?.IdToToken(known) is { } token ? $" ({token})" : "")}" : null;

    private static string Set(string name, EncodedData data)
    {
        string template = data.Template is { } used ? $", template {used}" : "";
        return $"{name}: {data.Path}: {RowsOf(data)} rows, {data.Tokens} tokens, {data.ScoredTokens} scored, longest {data.Examples.Max(example => example.Sequence.Length)}{template}";
    }

    // A long text is several examples of one row.
    private static int RowsOf(EncodedData data) => data.Examples.Select(example => example.Row).Distinct(ReferenceEqualityComparer.Instance).Count();

    private static JsonObject SetDocument(EncodedData data) => new()
    {
        ["path"] = data.Path,
        ["rows"] = RowsOf(data),
        ["tokens"] = data.Tokens,
        ["scored_tokens"] = data.ScoredTokens,
        ["longest"] = data.Examples.Max(example => example.Sequence.Length),
        ["cut_rows"] = data.TruncatedRows,
        ["template"] = data.Template,
    };

    private static string Count(long number) => number switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e9:0.0} G"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e6:0.0} M"),
        >= 1_000 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e3:0.0} k"),
        _ => $"{number}",
    };

    private static string Bytes(long bytes) => bytes >= 1 << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):0.0} GB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0} MB");
}
