namespace LoraUnlearn.Models.Families;

/// <summary>
/// Reads a rotary embedding: <c>rope_theta</c>, <c>partial_rotary_factor</c> and <c>rope_scaling</c> at the top of the file, or
/// all of them inside <c>rope_parameters</c>, where newer writers put them.
/// </summary>
internal sealed record RotarySettings
{
    /// <summary>The base where the file has none.</summary>
    public double StandardBase { get; init; } = 10000;

    /// <summary>The rotated part of a head where the file does not say.</summary>
    public double StandardFraction { get; init; } = 1;

    /// <summary>What the family calls the base.</summary>
    public string BaseKey { get; init; } = "rope_theta";

    /// <summary>What the family calls the rotated part; null where the whole head is rotated.</summary>
    public string? FractionKey { get; init; }

    /// <summary>Context length of pre-training where no rule says otherwise: Phi-3's own key; null for the maximum length.</summary>
    public long? OriginalLength { get; init; }

    /// <summary>Whether <c>su</c> and <c>yarn</c> are old names of LongRoPE (Phi-3).</summary>
    public bool OldLongNames { get; init; }

    /// <summary>Reads the settings.</summary>
    /// <param name="config">config.json.</param>
    /// <param name="headWidth">Features of a head.</param>
    /// <param name="maximumLength">The key <c>max_position_embeddings</c>.</param>
    public RotarySpec Read(FamilyConfig config, long headWidth, long maximumLength)
    {
        FamilyConfig? scaling = config.Object("rope_scaling"), parameters = config.Object("rope_parameters");
        if (scaling is not null && parameters is not null)
        {
            RequireAgreement(config, scaling, parameters);
        }

        FamilyConfig? rule = parameters ?? scaling;
        double theta = Agreed(config, rule, ["rope_theta", BaseKey], StandardBase);
        double fraction = Agreed(config, rule, ["partial_rotary_factor", FractionKey], StandardFraction);
        if (fraction > 1 || (FractionKey is null && fraction != 1))
        {
            throw config.Wrong("partial_rotary_factor", FractionKey is null ? "1 for this family" : "at most 1");
        }

        if (theta <= 1)
        {
            throw config.Wrong(BaseKey, "a number above 1");
        }

        RotarySpec spec = new() { Width = (long)(headWidth * fraction), Base = theta };
        return rule is null ? spec : spec with { Scaling = Scaling(rule, spec, maximumLength, required: parameters is null) };
    }

    // Writers in between two versions put the rule into both places; then both must say the same.
    private static void RequireAgreement(FamilyConfig config, FamilyConfig scaling, FamilyConfig parameters)
    {
        static string Name(string key) => key == "type" ? "rope_type" : key;
        Dictionary<string, string> said = parameters.Keys.Where(key => key != "type" || !parameters.Has("rope_type"))
            .ToDictionary(Name, key => parameters.Raw(key).GetRawText(), StringComparer.Ordinal);
        foreach (string key in scaling.Keys.Where(scaling.Has))
        {
            if (!said.TryGetValue(Name(key), out string? value) || value != scaling.Raw(key).GetRawText())
            {
                throw config.Wrong("rope_parameters", $"the same '{Name(key)}' as rope_scaling has: {scaling.Raw(key).GetRawText()}");
            }
        }
    }

    // A number that may stand in several places; where it does, all must say the same.
    private static double Agreed(FamilyConfig config, FamilyConfig? rule, IReadOnlyList<string?> keys, double standard)
    {
        double? found = rule?.OptionalPositive(keys[0]!);
        foreach (string key in keys.OfType<string>().Distinct())
        {
            double? here = config.OptionalPositive(key);
            if (here is not null && found is not null && here != found)
            {
                throw config.Wrong(key, $"{found}, as another key of the rotary embedding says");
            }

            found ??= here;
        }

        return found ?? standard;
    }

    private RotaryScaling? Scaling(FamilyConfig rule, RotarySpec spec, long maximumLength, bool required)
    {
        string type = rule.Text("type", required ? string.Empty : "default");
        string key = rule.Has("rope_type") ? "rope_type" : "type";
        type = rule.Text("rope_type", type);
        if (OldLongNames && type is "su" or "yarn")
        {
            type = "longrope";
        }

        long original = rule.Size("original_max_position_embeddings", (int)(OriginalLength ?? maximumLength));
        rule.Ignore("finetuned");
        return type switch
        {
            "default" => null,
            "linear" => new LinearRotaryScaling(Factor(rule)),
            "dynamic" => new DynamicRotaryScaling(Factor(rule), maximumLength),
            "llama3" => Llama3(rule),
            "longrope" or "su" => Long(rule, spec, original, maximumLength),
            "yarn" => Yarn(rule, spec, original, maximumLength),
            _ => throw rule.Wrong(key, "one of default, linear, dynamic, yarn, llama3, longrope"),
        };
    }

    private static double Factor(FamilyConfig rule) => rule.Number("factor") is >= 1 and var factor ? factor : throw rule.Wrong("factor", "a number of at least 1");

    private static Llama3RotaryScaling Llama3(FamilyConfig rule)
    {
        rule.Raw("original_max_position_embeddings");
        double low = rule.Number("low_freq_factor"), high = rule.Number("high_freq_factor");
        return low > 0 && high > low
            ? new Llama3RotaryScaling(Factor(rule), low, high, rule.Size("original_max_position_embeddings"))
            : throw rule.Wrong("high_freq_factor", "a number above low_freq_factor, both above 0");
    }

    private static LongRotaryScaling Long(FamilyConfig rule, RotarySpec spec, long original, long maximumLength)
    {
        double[] Divisors(string key) => rule.Positives(key) is var divisors && divisors.Length == spec.Width / 2
            ? divisors
            : throw rule.Wrong(key, $"{spec.Width / 2} numbers, half the rotated features of a head");
        double extension = original == maximumLength && rule.Has("factor") ? Factor(rule) : (double)maximumLength / original;
        rule.Ignore("factor");
        double amplitude = rule.Positive("attention_factor", LongRotaryScaling.StandardAmplitude(extension, original));
        return new LongRotaryScaling(Divisors("short_factor"), Divisors("long_factor"), original, amplitude);
    }

    private static YarnRotaryScaling Yarn(FamilyConfig rule, RotarySpec spec, long original, long maximumLength)
    {
        double factor = rule.Has("factor") ? Factor(rule) : (double)maximumLength / original;
        double weight = rule.Number("mscale", 0), weightOfAll = rule.Number("mscale_all_dim", 0);
        double standard = weight != 0 && weightOfAll != 0
            ? YarnRotaryScaling.StandardAmplitude(factor, weight) / YarnRotaryScaling.StandardAmplitude(factor, weightOfAll)
            : YarnRotaryScaling.StandardAmplitude(factor);
        return new YarnRotaryScaling(
            factor, original, spec.Base, rule.Positive("attention_factor", standard),
            rule.Positive("beta_fast", 32), rule.Positive("beta_slow", 1), rule.Flag("truncate", true));
    }
}
