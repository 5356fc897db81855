using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Training;

namespace LoraUnlearn.GradientEffect;

/// <summary>Measurements as JSON: what they were taken by, and a record for each step.</summary>
public static class EffectJson
{
    /// <summary>The document.</summary>
    /// <param name="parameters">By which parameters, for example <c>adapter</c>.</param>
    /// <param name="records">The measurements.</param>
    public static JsonObject Document(string parameters, IEnumerable<EffectMeasurement> records) => new()
    {
        ["format"] = "lora-unlearn-geffect/1",
        ["parameters"] = parameters,
        ["records"] = new JsonArray([.. records.Select(Record)]),
    };

    /// <summary>Writes the document, atomically.</summary>
    public static void Write(string path, string parameters, IEnumerable<EffectMeasurement> records) =>
        AtomicFile.WriteAllText(path, Document(parameters, records).ToJsonString(ManifestJson.Indented) + "\n");

    /// <summary>Reads the records of a document.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It is no such document, or damaged.</exception>
    public static IReadOnlyList<EffectMeasurement> Read(string path)
    {
        JsonElement document = BoundedJson.ReadObject(path);
        try
        {
            return [.. document.GetProperty("records").EnumerateArray().Select(Record)];
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InputException($"{path} holds no G-effect records ({exception.Message}); delete it, and measure again.", exception);
        }
    }

    private static JsonObject Record(EffectMeasurement record) => new()
    {
        ["step"] = record.Step,
        ["forget_risk"] = record.ForgetRisk,
        ["retain_risk"] = record.RetainRisk,
        ["objectives"] = new JsonArray([.. record.Objectives.Select(Effect)]),
    };

    private static JsonObject Effect(ObjectiveEffect effect)
    {
        JsonObject json = new() { ["objective"] = effect.Objective, ["loss"] = effect.Loss, ["total"] = Products(effect.Total) };
        json["layers"] = new JsonArray([.. effect.Layers.Select(layer =>
        {
            JsonObject products = Products(layer.Products);
            products.Insert(0, "layer", layer.Layer);
            return products;
        })]);
        json["modules"] = new JsonArray([.. effect.Modules.Select(module =>
        {
            JsonObject products = Products(module.Products);
            products.Insert(0, "module", module.Module);
            products.Insert(1, "layer", module.Layer);
            return products;
        })]);
        if (effect.Instances.Count > 0)
        {
            json["instances"] = new JsonArray([.. effect.Instances.Select(row => new JsonObject
            {
                ["line"] = row.Line,
                ["tokens"] = row.Tokens,
                ["unlearning"] = row.Unlearning,
                ["retaining"] = row.Retaining,
            })]);
        }

        return json;
    }

    private static JsonObject Products(EffectProducts products) => new()
    {
        ["unlearning"] = products.Unlearning,
        ["retaining"] = products.Retaining,
        ["unlearning_cosine"] = products.UnlearningCosine,
        ["retaining_cosine"] = products.RetainingCosine,
        ["objective_norm"] = products.ObjectiveNorm,
        ["forget_norm"] = products.ForgetNorm,
        ["retain_norm"] = products.RetainNorm,
    };

    private static EffectMeasurement Record(JsonElement json)
    {
        JsonElement step = json.GetProperty("step");
        return new EffectMeasurement(
            step.ValueKind == JsonValueKind.Null ? null : step.GetInt32(),
            json.GetProperty("forget_risk").GetDouble(),
            json.GetProperty("retain_risk").GetDouble(),
            [.. json.GetProperty("objectives").EnumerateArray().Select(Effect)]);
    }

    private static ObjectiveEffect Effect(JsonElement json) => new(
        json.GetProperty("objective").GetString() ?? "",
        json.GetProperty("loss").GetDouble(),
        [.. json.GetProperty("modules").EnumerateArray().Select(module => new ModuleEffect(module.GetProperty("module").GetString() ?? "", module.GetProperty("layer").GetInt32(), Products(module)))],
        json.TryGetProperty("instances", out JsonElement rows)
            ? [.. rows.EnumerateArray().Select(row => new InstanceEffect(row.GetProperty("line").GetInt32(), row.GetProperty("tokens").GetInt32(), row.GetProperty("unlearning").GetDouble(), row.GetProperty("retaining").GetDouble()))]
            : []);

    private static EffectProducts Products(JsonElement json)
    {
        double Square(string name) => Math.Pow(json.GetProperty(name).GetDouble(), 2);
        return new EffectProducts(json.GetProperty("unlearning").GetDouble(), json.GetProperty("retaining").GetDouble(), Square("objective_norm"), Square("forget_norm"), Square("retain_norm"));
    }
}
