using System.Text.Json;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Models.Families;

/// <summary>GPT-Neo: learned positions, unscaled scores, layers that see everything alternating with layers that see a window.</summary>
public sealed class GptNeoFamily : IModelFamily
{
    private static readonly DecoderNames Names = new()
    {
        OptionalPrefix = "transformer.",
        Embedding = "transformer.wte",
        PositionEmbedding = "transformer.wpe",
        AttentionNorm = "transformer.h.{0}.ln_1",
        MlpNorm = "transformer.h.{0}.ln_2",
        Query = "transformer.h.{0}.attn.attention.q_proj",
        Key = "transformer.h.{0}.attn.attention.k_proj",
        Value = "transformer.h.{0}.attn.attention.v_proj",
        Output = "transformer.h.{0}.attn.attention.out_proj",
        Up = "transformer.h.{0}.mlp.c_fc",
        Down = "transformer.h.{0}.mlp.c_proj",
        FinalNorm = "transformer.ln_f",
        Head = "lm_head",
    };

    /// <inheritdoc/>
    public IReadOnlyList<string> ModelTypes { get; } = ["gpt_neo"];

    /// <inheritdoc/>
    public DecoderSpec Describe(ModelConfig config)
    {
        FamilyConfig keys = new(config);
        int width = keys.Size("hidden_size"), heads = keys.Size("num_heads"), layers = keys.Layers("num_layers");
        int window = keys.Size("window_size", 256);
        keys.Ignore("vocab_parallel_embedding", "make_vocab_size_divisible_by");
        DecoderSpec spec = new()
        {
            Family = keys.ModelType,
            VocabularySize = keys.Size("vocab_size"),
            Width = width,
            Layers = layers,
            Heads = heads,
            KeyValueHeads = heads,
            HeadWidth = HeadSizes.Divide(keys, width, heads),
            MlpWidth = keys.Size("intermediate_size", 4 * width),
            MaximumLength = keys.Size("max_position_embeddings", 2048),
            Norm = NormKind.Layer,
            NormEpsilon = keys.Positive("layer_norm_epsilon", 1e-5),
            Activation = ActivationNames.Parse(keys, "activation_function", "gelu_new"),
            GatedMlp = false,
            Biases = Biases.AttentionOutput | Biases.Mlp,
            AttentionScale = 1,
            AttentionWindows = [.. Kinds(keys, layers).Select(kind => kind == "local" ? window : (int?)null)],
            TiedHead = keys.Flag("tie_word_embeddings", true),
            Names = Names,
        };
        keys.RefuseUnread();
        return spec;
    }

    // attention_types is the setting, [[["global","local"],2]]; attention_layers is the same spelt out, one entry a layer.
    private static List<string> Kinds(FamilyConfig keys, int layers)
    {
        string[]? spelt = keys.Texts("attention_layers");
        List<string> kinds = keys.Has("attention_types") ? Expand(keys, layers)
            : spelt is not null ? [.. spelt]
            : [.. Enumerable.Range(0, layers).Select(layer => layer % 2 == 0 ? "global" : "local")];
        string key = keys.Has("attention_types") ? "attention_types" : "attention_layers";
        if (kinds.Count != layers || kinds.Exists(kind => kind is not ("global" or "local")))
        {
            throw keys.Wrong(key, $"global or local for each of the {layers} layers");
        }

        return spelt is null || spelt.SequenceEqual(kinds) ? kinds : throw keys.Wrong("attention_layers", "what attention_types says");
    }

    private static List<string> Expand(FamilyConfig keys, int layers)
    {
        InputException Wrong() => keys.Wrong("attention_types", "pairs of a list and how often it is repeated, such as [[[\"global\",\"local\"],12]]");
        JsonElement types = keys.Raw("attention_types");
        if (types.ValueKind != JsonValueKind.Array)
        {
            throw Wrong();
        }

        List<string> kinds = [];
        foreach (JsonElement pair in types.EnumerateArray())
        {
            if (pair.ValueKind != JsonValueKind.Array || pair.GetArrayLength() != 2 || pair[0].ValueKind != JsonValueKind.Array
                || pair[1].ValueKind != JsonValueKind.Number || !pair[1].TryGetInt32(out int times)
                || pair[0].EnumerateArray().Any(kind => kind.ValueKind != JsonValueKind.String))
            {
                throw Wrong();
            }

            string[] group = [.. pair[0].EnumerateArray().Select(kind => kind.GetString()!)];
            if (times < 0 || kinds.Count + ((long)times * group.Length) > layers)
            {
                throw Wrong();
            }

            for (int round = 0; group.Length > 0 && round < times; round++)
            {
                kinds.AddRange(group);
            }
        }

        return kinds;
    }
}
