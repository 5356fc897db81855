using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Sessions;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Cli.Work;

/// <summary>
/// What exporting an adapter with a loss does to forgetting and keeping, in answer probabilities. Model and data are those that were
/// given, or those that the adapter's manifest knows by name and digest, where they are found nearby.
/// </summary>
/// <param name="Model">The base model's folder.</param>
/// <param name="Forget">The rows that were to be forgotten.</param>
/// <param name="Retain">The rows that were to be kept, or null.</param>
/// <param name="Encoding">How rows become token ids.</param>
internal sealed record LossMeasure(string Model, string Forget, string? Retain, EncodingOptions Encoding)
{
    /// <summary>How the base was quantised when the adapter was trained on it, if it was while it was read; or null.</summary>
    public string? Precision { get; init; }

    private const int MeasuredRows = 100;
    private const double Noticeable = 0.02;

    /// <summary>Finds model and data; null where they are not known.</summary>
    /// <param name="adapter">The adapter's folder.</param>
    /// <param name="baseModel">What its configuration calls the base model.</param>
    /// <param name="model">The folder that was given, or null.</param>
    /// <param name="forget">The file that was given, or null.</param>
    /// <param name="retain">The file that was given, or null.</param>
    /// <exception cref="InputException">The manifest is damaged.</exception>
    public static LossMeasure? Find(string adapter, string baseModel, string? model, string? forget, string? retain)
    {
        string manifestPath = Path.Combine(adapter, "unlearn_manifest.json");
        JsonElement? configuration = File.Exists(manifestPath) && BoundedJson.ReadObject(manifestPath).TryGetProperty("configuration", out JsonElement found) && found.ValueKind == JsonValueKind.Object
            ? found
            : null;
        model ??= baseModel.Length > 0 && Directory.Exists(baseModel) ? baseModel : null;
        string[] places = [".", adapter, Path.GetDirectoryName(Path.GetFullPath(adapter)) ?? ".", model is null ? "." : Path.GetDirectoryName(Path.GetFullPath(model)) ?? "."];
        forget ??= Recorded(configuration, "forget", places);
        retain ??= Recorded(configuration, "retain", places);
        if (model is null || forget is null)
        {
            return null;
        }

        EncodingOptions encoding = new();
        if (Text(configuration, "template") is string template)
        {
            encoding = encoding with { Template = RowOptions.ParseTemplate(template) };
        }

        encoding = encoding with
        {
            SpecialTokens = Text(configuration, "special_tokens") == "text" ? SpecialTokenText.Text : SpecialTokenText.Parse,
            AppendEos = Enum.TryParse(Text(configuration, "append_eos"), ignoreCase: true, out EosRule rule) ? rule : EosRule.Auto,
            ScoresAllAssistantTurns = Text(configuration, "score") == "all-assistant",
        };

        if (configuration is { } settings && settings.TryGetProperty("max_length", out JsonElement length) && length.ValueKind == JsonValueKind.Number && length.TryGetInt32(out int longest))
        {
            encoding = encoding with { MaxLength = longest };
        }

        return new LossMeasure(model, forget, retain, encoding) { Precision = AdapterBase.Of(adapter)?.Precision };
    }

    /// <summary>Measures the first rows of each set under no adapter, the adapter and what is written of it; prints them, and warns where forgetting or keeping suffers.</summary>
    /// <returns>The probabilities, for the document.</returns>
    /// <exception cref="InputException">Model, adapter and data do not go together.</exception>
    public JsonObject Report(Invocation invocation, AdapterFactors exact, AdapterFactors written)
    {
        using ModelSession session = ModelSession.Open(Model, ComputeSettings.Parse("auto", "auto", basePrecision: Precision ?? "stored"));
        EncodedData forget = session.Encode(Forget, Encoding);
        EncodedData? retain = Retain is null ? null : session.Encode(Retain, Encoding);
        (string Name, AdapterFactors? Factors)[] variants = [("base", null), ("adapter", exact), ("as exported", written)];
        List<(double Forget, double? Retain)> scores = [.. variants.Select(variant => Score(invocation, session, variant.Factors, forget, retain))];
        TextTable table = new(["answer probability", .. variants.Select(variant => variant.Name)]);
        table.Add(["forget", .. scores.Select(score => Figures.Three(score.Forget))]);
        if (retain is not null)
        {
            table.Add(["retain", .. scores.Select(score => Figures.Three(score.Retain))]);
        }

        invocation.Reporter.Table(table);
        Warn(invocation.Reporter, written.Rank, exact.Rank, scores[1], scores[2]);
        JsonObject Document((double Forget, double? Retain) score) => new() { ["forget"] = JsonText.Number(score.Forget), ["retain"] = JsonText.Number(score.Retain) };
        return new JsonObject { ["base"] = Document(scores[0]), ["adapter"] = Document(scores[1]), ["exported"] = Document(scores[2]) };
    }

    private static void Warn(Reporter reporter, int lowerRank, int rank, (double Forget, double? Retain) exact, (double Forget, double? Retain) lower)
    {
        List<string> harm = [];
        if (lower.Forget > exact.Forget + Noticeable)
        {
            harm.Add($"the probability of what was to be forgotten rises from {Figures.Three(exact.Forget)} to {Figures.Three(lower.Forget)}");
        }

        if (lower.Retain < exact.Retain - Noticeable)
        {
            harm.Add($"that of what was to be kept falls from {Figures.Three(exact.Retain)} to {Figures.Three(lower.Retain)}");
        }

        if (harm.Count > 0)
        {
            string advice = lowerRank < rank ? $"Choose a higher --rank, or a smaller --max-error; rank {rank} is exact." : "Choose --dtype float32.";
            reporter.Warn($"as exported, at rank {lowerRank}, {string.Join(", and ", harm)}. {advice}");
        }
    }

    private static (double Forget, double? Retain) Score(Invocation invocation, ModelSession session, AdapterFactors? factors, EncodedData forget, EncodedData? retain)
    {
        using FixedAdapter? adapter = factors is null ? null : new FixedAdapter(session.Decoder, [new WeightedAdapter(factors)]);
        BasicSuite suite = new(session, new BasicSuiteOptions { Generate = false, MaxRows = MeasuredRows });
        return (suite.Measure(forget.Examples, null, invocation.Cancellation).Probability, retain is null ? null : suite.Measure(retain.Examples, null, invocation.Cancellation).Probability);
    }

    // A data file by the manifest's name and digest, in the places where it is likely to lie.
    private static string? Recorded(JsonElement? configuration, string key, string[] places)
    {
        if (configuration is not { } settings || !settings.TryGetProperty(key, out JsonElement file) || file.ValueKind != JsonValueKind.Object
            || Text(file, "file") is not string name || Text(file, "sha256") is not string digest || Path.GetFileName(name) != name)
        {
            return null;
        }

        return places.Select(place => Path.Combine(place, name)).FirstOrDefault(path => FileFacts.Of(path).Kind == FileKind.File && Digest(path) == digest);
    }

    private static string? Text(JsonElement? settings, string key) =>
        settings is { } element && element.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Digest(string path)
    {
        using FileStream stream = InputFile.Open(path, allowEmpty: true);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
