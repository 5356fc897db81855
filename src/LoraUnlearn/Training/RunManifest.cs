using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Training;

/// <summary>The record that a finished run leaves beside its adapter: configuration, digests, versions, scores, never the text.</summary>
internal static class RunManifest
{
    private const double LongestStage = 1e9; // seconds

    public static void Write(RunFolder folder, UnlearningResult result)
    {
        JsonObject manifest = new()
        {
            ["format"] = "lora-unlearn/1",
            ["created"] = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ"),
            ["versions"] = Libtorch.Versions(),
            ["adapter"] = new JsonObject { ["sha256"] = AdapterBase.DigestOf(result.Adapter) },
            ["configuration"] = folder.Configuration.DeepClone(),
            ["configuration_sha256"] = folder.Digest,
            ["steps"] = result.Steps,
            ["padding_waste"] = result.PaddingWaste,
            ["before"] = Scores(folder, result.Before),
            ["after"] = Scores(folder, result.After),
            ["seconds"] = new JsonObject(result.Seconds.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)JsonValue.Create(Math.Round(pair.Value, 3))))),
        };
        if (result.Trained is { } trained && result.ExportError is { } error)
        {
            manifest["trained"] = Scores(folder, trained);
            manifest["export"] = Export(error);
        }

        if (result.IsStoppedByRule)
        {
            manifest["stopped_by_rule"] = true;
        }

        if (result.BestStep is { } step)
        {
            manifest["best_step"] = step;
        }

        AtomicFile.WriteAllText(folder.ManifestPath, manifest.ToJsonString(ManifestJson.Indented));
    }

    /// <summary>What <see cref="Write"/> wrote, of a run that was finished before.</summary>
    /// <exception cref="InputException">The manifest is damaged.</exception>
    public static UnlearningResult Read(RunFolder folder, string output)
    {
        JsonElement manifest = BoundedJson.ReadObject(folder.ManifestPath);
        try
        {
            return new UnlearningResult
            {
                Adapter = output,
                Before = Scores(folder, manifest.GetProperty("before")),
                After = Scores(folder, manifest.GetProperty("after")),
                Trained = manifest.TryGetProperty("trained", out JsonElement trained) ? Scores(folder, trained) : null,
                Steps = manifest.GetProperty("steps").GetInt32(),
                Seconds = manifest.GetProperty("seconds").EnumerateObject().ToDictionary(stage => stage.Name, stage => Figure(stage.Value, LongestStage)),
                PaddingWaste = Figure(manifest.GetProperty("padding_waste"), 1),
                IsStoppedByRule = manifest.TryGetProperty("stopped_by_rule", out JsonElement stopped) && stopped.GetBoolean(),
                BestStep = manifest.TryGetProperty("best_step", out JsonElement best) ? best.GetInt32() : null,
            };
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InputException($"{folder.ManifestPath} is damaged ({BoundedJson.Reason(exception)}); choose another --out, or delete the folder.", exception);
        }
    }

    private static JsonObject Export(LowRankApproximation error) => new()
    {
        ["rank"] = error.Modules.Max(module => module.Rank),
        ["relative_error"] = error.RelativeError,
        ["modules"] = new JsonObject(error.Modules.Select(module => KeyValuePair.Create(module.Module, (JsonNode?)new JsonObject
        {
            ["rank"] = module.Rank,
            ["relative_error"] = module.RelativeError,
        }))),
    };

    private static double Figure(JsonElement value, double largest) => value.GetDouble() is >= 0 and double figure && figure <= largest
        ? figure
        : throw new FormatException($"a figure is {BoundedJson.Shorten(value.GetRawText())}; expected 0 to {largest}");

    private static JsonObject Scores(RunFolder folder, QuickScores scores) => new()
    {
        [RowsOf(folder)] = new JsonObject { ["probability"] = scores.Forget },
        ["retain"] = scores.Retain is { } value ? new JsonObject { ["probability"] = value } : null,
    };

    // Rows that were learned are called data, in the configuration too.
    private static string RowsOf(RunFolder folder) => folder.Configuration.ContainsKey("data") ? "data" : "forget";

    private static QuickScores Scores(RunFolder folder, JsonElement scores)
    {
        JsonElement retain = scores.GetProperty("retain");
        return new QuickScores(
            Figure(scores.GetProperty(RowsOf(folder)).GetProperty("probability"), 1),
            retain.ValueKind == JsonValueKind.Null ? null : Figure(retain.GetProperty("probability"), 1));
    }
}
