using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Quantization;

/// <summary>The formats of quantised checkpoints that can be read.</summary>
public enum QuantisationMethod
{
    /// <summary>bitsandbytes: NF4, FP4 or int8, as each module's tensors say themselves.</summary>
    BitsAndBytes,

    /// <summary>GPTQ with 4 or 8 bits.</summary>
    Gptq,

    /// <summary>AWQ with 4 bits, packed for matrix products ("gemm").</summary>
    Awq,
}

/// <summary>What a config.json says under <c>quantization_config</c>.</summary>
public sealed record QuantisationConfig
{
    /// <summary>The key in config.json.</summary>
    public const string Key = "quantization_config";

    private const int LargestGroup = 1 << 20;
    private const string Advice = "Use the model's bfloat16, float16 or float32 version; --base-precision nf4 or int8 quantises it while it is read.";

    /// <summary>The format.</summary>
    public required QuantisationMethod Method { get; init; }

    /// <summary>Bits of an entry, as far as the configuration says: 4 or 8.</summary>
    public required int Bits { get; init; }

    /// <summary>Inputs that share a scale; −1 for all of them. GPTQ and AWQ only.</summary>
    public int GroupSize { get; init; } = -1;

    /// <summary>What was taken off GPTQ's zero points: 1 in its first version, 0 in the second.</summary>
    public int ZeroShift { get; init; }

    /// <summary>The file, for messages.</summary>
    public required string Source { get; init; }

    /// <summary>The format in a few words: <c>bitsandbytes 4-bit</c>.</summary>
    public string Description => $"{Method.ToString().ToLowerInvariant()} {Bits}-bit";

    /// <summary>Reads the key.</summary>
    /// <param name="config">config.json.</param>
    /// <returns>The description; null where the weights are not quantised.</returns>
    /// <exception cref="InputException">The format is not known, or is not right.</exception>
    public static QuantisationConfig? Read(ModelConfig config)
    {
        if (config.GetObject(Key) is not { } keys || !keys.Keys.Any())
        {
            return null;
        }

        string method = keys.GetString("quant_method", keys.Has("load_in_4bit") || keys.Has("load_in_8bit") ? "bitsandbytes" : "");
        return method switch
        {
            "bitsandbytes" or "bitsandbytes_4bit" or "bitsandbytes_8bit" => BitsAndBytes(keys),
            "gptq" => Gptq(keys),
            "awq" => Awq(keys),
            _ => throw new InputException($"{config.Source}: '{Key}' names the method '{BoundedJson.Shorten(method)}', which is not supported; known are bitsandbytes, gptq and awq. {Advice}"),
        };
    }

    private static QuantisationConfig BitsAndBytes(ModelConfig keys)
    {
        bool four = keys.GetBoolean("load_in_4bit", false), eight = keys.GetBoolean("load_in_8bit", false);
        if (four == eight)
        {
            throw Wrong(keys, "asks for neither or both of load_in_4bit and load_in_8bit, expected one");
        }

        Require(keys, "bnb_4bit_quant_type", "nf4", "nf4", "fp4");
        Require(keys, "bnb_4bit_quant_storage", "uint8", "uint8");
        return new QuantisationConfig { Method = QuantisationMethod.BitsAndBytes, Bits = four ? 4 : 8, Source = keys.Source };
    }

    private static QuantisationConfig Gptq(ModelConfig keys)
    {
        long bits = keys.GetInt64("bits");
        if (bits is not (4 or 8))
        {
            throw Wrong(keys, $"has {bits} bits, expected 4 or 8");
        }

        string version = keys.GetString("checkpoint_format", "gptq");
        Require(keys, "checkpoint_format", "gptq", "gptq", "gptq_v2");
        Require(keys, "pack_dtype", "int32", "int32", "torch.int32");
        return new QuantisationConfig { Method = QuantisationMethod.Gptq, Bits = (int)bits, GroupSize = Group(keys, "group_size"), ZeroShift = version == "gptq" ? 1 : 0, Source = keys.Source };
    }

    private static QuantisationConfig Awq(ModelConfig keys)
    {
        string bitsKey = keys.Has("bits") ? "bits" : "w_bit", groupKey = keys.Has("group_size") ? "group_size" : "q_group_size";
        if (keys.GetInt64(bitsKey, 4) is not 4 and var bits)
        {
            throw Wrong(keys, $"has {bits} bits, expected 4");
        }

        if (!keys.GetBoolean("zero_point", true))
        {
            throw Wrong(keys, "has zero_point false, expected true");
        }

        string version = keys.GetString("version", "gemm");
        return version.Equals("gemm", StringComparison.OrdinalIgnoreCase)
            ? new QuantisationConfig { Method = QuantisationMethod.Awq, Bits = 4, GroupSize = Group(keys, groupKey), Source = keys.Source }
            : throw Wrong(keys, $"has the layout '{BoundedJson.Shorten(version)}', expected gemm");
    }

    private static int Group(ModelConfig keys, string key)
    {
        long size = keys.GetInt64(key, 128);
        return size is -1 or (>= 1 and <= LargestGroup) ? (int)size : throw Wrong(keys, $"has the group size {size}, expected -1 or 1 to {LargestGroup}");
    }

    private static void Require(ModelConfig keys, string key, string absent, params string[] known)
    {
        string value = keys.GetString(key, absent);
        if (!known.Contains(value))
        {
            throw Wrong(keys, $"has {key} '{BoundedJson.Shorten(value)}', expected {string.Join(" or ", known)}");
        }
    }

    private static InputException Wrong(ModelConfig keys, string what) => new($"{keys.Source}: '{Key}' {what}. {Advice}");
}
