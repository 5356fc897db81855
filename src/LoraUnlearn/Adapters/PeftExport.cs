using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>What an exported adapter's configuration says beside ranks and scales, and the type of its tensors.</summary>
public sealed record PeftExport
{
    private static readonly JsonWriterOptions Layout = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Name or path of the base model; empty where it is not known.</summary>
    public string BaseModel { get; init; } = string.Empty;

    /// <summary>Names or endings that select exactly the adapted modules; null writes every module's whole name.</summary>
    public IReadOnlyList<string>? TargetModules { get; init; }

    /// <summary>Whether the base stores its weights [i,o] (GPT-2's Conv1D).</summary>
    public bool IsFanInFanOut { get; init; }

    /// <summary>Type of the tensors: float32, bfloat16 or float16.</summary>
    public ScalarType Dtype { get; init; } = ScalarType.Float32;

    /// <summary>The export of an adapter of a known architecture: short target names where they select exactly the adapted maps.</summary>
    /// <param name="spec">The base model's architecture.</param>
    /// <param name="factors">The adapter, its modules named as the architecture names them.</param>
    /// <param name="baseModel">Name or path of the base model.</param>
    public static PeftExport For(DecoderSpec spec, AdapterFactors factors, string baseModel) => new()
    {
        BaseModel = baseModel,
        IsFanInFanOut = spec.TransposedWeights,
        TargetModules = ShortNames([.. factors.Modules.Select(module => module.Module)], ModuleNames.Of(spec).All),
    };

    /// <summary>The export of an adapter made of others, whose architecture is not at hand.</summary>
    /// <param name="sources">The configurations of the adapters that it was made of; one or more.</param>
    public static PeftExport Like(IReadOnlyList<PeftConfig> sources)
    {
        bool short_ = sources.All(source => source.IsOfTargetModulesAlone);
        return new()
        {
            BaseModel = sources.Select(source => source.BaseModel).FirstOrDefault(name => name.Length > 0) ?? string.Empty,
            IsFanInFanOut = sources.Any(source => source.IsFanInFanOut),
            TargetModules = short_ ? [.. sources.SelectMany(source => source.TargetModules!).Distinct().Order(StringComparer.Ordinal)] : null,
        };
    }

    /// <summary>The last parts of the adapted maps' names, or null where these would select other maps too.</summary>
    /// <param name="adapted">Whole names of the adapted maps.</param>
    /// <param name="all">Whole names of all maps of the model.</param>
    public static IReadOnlyList<string>? ShortNames(IReadOnlyCollection<string> adapted, IReadOnlyCollection<string> all)
    {
        string[] endings = [.. adapted.Select(name => name[(name.LastIndexOf('.') + 1)..]).Distinct().Order(StringComparer.Ordinal)];
        int selected = all.Count(name => endings.Any(ending => AdapterTargets.Matches(name, ending)));
        return selected == adapted.Count ? endings : null;
    }

    /// <summary>The bytes of adapter_config.json, with the fields of PEFT 0.12 and the same for the same adapter.</summary>
    internal byte[] ConfigOf(AdapterFactors factors)
    {
        // The commonest rank and α are the standard ones; the rest goes into the patterns under whole names.
        (string Module, int Rank, double Alpha)[] modules =
            [.. factors.Modules.Select(module => (module.Module, module.Rank, AlphaOf(module.Scale, module.Rank)))];
        (int rank, double alpha) = modules.GroupBy(module => (module.Rank, module.Alpha))
            .OrderByDescending(group => group.Count()).ThenByDescending(group => group.Key.Rank).First().Key;
        IEnumerable<string> targets = TargetModules ?? factors.Modules.Select(module => module.Module);
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, Layout))
        {
            json.WriteStartObject();
            WriteMap(json, "alpha_pattern", modules.Where(module => module.Alpha != alpha).Select(module => (module.Module, module.Alpha)));
            json.WriteNull("auto_mapping");
            json.WriteString("base_model_name_or_path", BaseModel);
            json.WriteString("bias", "none");
            json.WriteBoolean("fan_in_fan_out", IsFanInFanOut);
            json.WriteBoolean("inference_mode", true);
            json.WriteBoolean("init_lora_weights", true);
            json.WriteNull("layer_replication");
            json.WriteNull("layers_pattern");
            json.WriteNull("layers_to_transform");
            WriteMap(json, "loftq_config", []);
            WriteNumber(json, "lora_alpha", alpha);
            json.WritePropertyName("lora_dropout");
            json.WriteRawValue("0.0");
            json.WriteNull("megatron_config");
            json.WriteString("megatron_core", "megatron.core");
            json.WriteNull("modules_to_save");
            json.WriteString("peft_type", "LORA");
            json.WriteNumber("r", rank);
            WriteMap(json, "rank_pattern", modules.Where(module => module.Rank != rank).Select(module => (module.Module, (double)module.Rank)));
            json.WriteNull("revision");
            json.WriteStartArray("target_modules");
            foreach (string target in targets.Order(StringComparer.Ordinal))
            {
                json.WriteStringValue(target);
            }

            json.WriteEndArray();
            json.WriteString("task_type", "CAUSAL_LM");
            json.WriteBoolean("use_dora", false);
            json.WriteBoolean("use_rslora", false);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>α = s·r, a whole number where it is one but for rounding.</summary>
    internal static double AlphaOf(double scale, int rank)
    {
        double alpha = scale * rank, whole = Math.Round(alpha);
        return Math.Abs(alpha - whole) <= 1e-12 * Math.Abs(alpha) ? whole : alpha;
    }

    private static void WriteMap(Utf8JsonWriter json, string key, IEnumerable<(string Name, double Value)> entries)
    {
        json.WriteStartObject(key);
        foreach ((string name, double value) in entries.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            WriteNumber(json, name, value);
        }

        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string key, double value)
    {
        if (value == Math.Floor(value) && Math.Abs(value) < 1L << 53)
        {
            json.WriteNumber(key, (long)value);
        }
        else
        {
            json.WriteNumber(key, value);
        }
    }
}
