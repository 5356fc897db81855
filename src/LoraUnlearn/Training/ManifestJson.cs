using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Outputs;
using LoraUnlearn.Sessions;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Training;

/// <summary>Pieces of the run's manifest: digests and the configuration, never the text that was forgotten.</summary>
internal static class ManifestJson
{
    /// <summary>For people too: indented, and with characters beyond ASCII as they are.</summary>
    public static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>File name, rows, scored tokens and SHA-256 of a data file.</summary>
    public static JsonObject Data(EncodedData data)
    {
        using FileStream stream = InputFile.Open(data.Path);
        return new JsonObject
        {
            ["file"] = Path.GetFileName(data.Path),
            ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(stream)),
            ["rows"] = data.Examples.Count,
            ["tokens"] = data.Examples.Sum(example => (long)example.Sequence.LabelledCount),
            ["truncated_rows"] = data.TruncatedRows,
        };
    }

    /// <summary>Everything that determines the adapter; two runs of equal configuration give equal bytes on one machine. A quantised base says so, with its format.</summary>
    public static JsonObject Configuration(UnlearningRequest request, UnlearningRecipe recipe, string modelDigest, EncodedData forget, EncodedData? retain, string? quantisation = null)
    {
        JsonObject configuration = Settings(request, recipe, modelDigest, forget, retain);
        if (quantisation is not null)
        {
            configuration["base_precision"] = quantisation;
            configuration["base_quantised"] = request.Compute.Base == BasePrecision.Stored ? "stored" : "while loading";
        }

        if (request.Adapters.Count > 0)
        {
            configuration["adapters"] = new JsonArray([.. request.Adapters.Select(folder => (JsonNode)new JsonObject
            {
                ["name"] = FolderName.Of(folder),
                ["sha256"] = AdapterBase.DigestOf(folder),
            })]);
        }

        if (request.Plan is { } plan)
        {
            configuration["plan"] = new JsonObject(plan.Settings.Select(setting => KeyValuePair.Create(setting.Key, (JsonNode?)JsonValue.Create(setting.Value))));
        }

        return configuration;
    }

    private static JsonObject Settings(UnlearningRequest request, UnlearningRecipe recipe, string modelDigest, EncodedData forget, EncodedData? retain) => new()
    {
        ["base_model"] = new JsonObject { ["name"] = FolderName.Of(request.Model), ["sha256"] = modelDigest },
        [request.IsFinetuning ? "data" : "forget"] = Data(forget),
        ["retain"] = retain is null ? null : Data(retain),
        ["objective"] = recipe.Forget.Name,
        ["retain_loss"] = recipe.RetainName,
        ["combiner"] = request.Combiner,
        ["parameters"] = recipe.Parameters(),
        ["init"] = request.Initialisation.ToString().ToLowerInvariant(),
        ["rank"] = request.Rank,
        ["alpha"] = request.Alpha,
        ["rank_stabilised"] = request.RankStabilised,
        ["targets"] = new JsonArray([.. request.Targets.Select(target => JsonValue.Create(target))]),
        ["template"] = request.Template,
        ["template_in_force"] = forget.Template ?? retain?.Template,
        ["special_tokens"] = request.Encoding.SpecialTokens.ToString().ToLowerInvariant(),
        ["append_eos"] = request.Encoding.AppendEos.ToString().ToLowerInvariant(),
        ["score"] = request.Encoding.ScoresAllAssistantTurns ? "all-assistant" : "last-assistant",
        ["max_length"] = request.Encoding.MaxLength,
        ["fisher"] = new JsonObject
        {
            ["mode"] = request.Fisher.Mode.ToString().ToLowerInvariant(),
            ["epsilon"] = request.Fisher.Epsilon,
            ["rows"] = request.FisherRows,
        },
        ["training"] = UnlearningTraining(request, recipe),
        ["stop_when"] = request.StopWhen,
        ["keep_best"] = request.KeepBest,
        ["evaluate_every"] = request.EvaluateEvery,
        ["evaluation_rows"] = request.EvaluationRows,
        ["seed"] = request.Seed,
        ["device"] = request.Compute.Device.type.ToString().ToLowerInvariant(),
        ["dtype"] = request.Compute.Dtype.ToString().ToLowerInvariant(),
    };

    /// <summary>Settings of a loop without a retain term.</summary>
    public static JsonObject Training(TrainingOptions training) => new()
    {
        ["steps"] = training.Steps,
        ["epochs"] = training.Epochs,
        ["batch_size"] = training.BatchSize,
        ["accumulate"] = training.Accumulate,
        ["learning_rate"] = training.LearningRate,
        ["schedule"] = training.Schedule.ToString().ToLowerInvariant(),
        ["warm_up"] = training.WarmUp,
        ["gradient_clip"] = training.GradientClip,
        ["weight_decay"] = training.WeightDecay,
    };

    private static JsonObject UnlearningTraining(UnlearningRequest request, UnlearningRecipe recipe)
    {
        JsonObject training = Training(request.Training);
        training["forget_weight"] = recipe.Training.ForgetWeight;
        training["retain_weight"] = request.Training.RetainWeight;
        return training;
    }
}
