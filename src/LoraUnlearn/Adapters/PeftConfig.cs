using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Adapters;

/// <summary>
/// What an <c>adapter_config.json</c> of PEFT says about a LoRA adapter. Settings under which the tensors mean something else
/// than ΔW = s·B A on the untouched base are refused, never ignored.
/// </summary>
public sealed class PeftConfig
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "adapter_config.json";

    private const long LargestRank = 1 << 20;

    private readonly PeftSelection _selection;
    private readonly PeftPattern<int> _ranks;
    private readonly PeftPattern<double> _alphas;

    private PeftConfig(ModelConfig json)
    {
        Source = json.Source;
        PeftRestrictions.Check(json);
        Rank = ToRank(json, "r", json.GetPositiveInt64("r"));
        Alpha = json.GetDouble("lora_alpha");
        IsRankStabilised = json.GetBoolean("use_rslora", false);
        IsFanInFanOut = json.GetBoolean("fan_in_fan_out", false);
        BaseModel = json.GetString("base_model_name_or_path", string.Empty);
        _selection = PeftSelection.Read(json);
        _ranks = PeftPattern<int>.Read(json, "rank_pattern", (pattern, key) => ToRank(pattern, key, pattern.GetPositiveInt64(key)));
        _alphas = PeftPattern<double>.Read(json, "alpha_pattern", (pattern, key) => pattern.GetDouble(key));
    }

    /// <summary>The file.</summary>
    public string Source { get; }

    /// <summary>r, where <c>rank_pattern</c> does not say otherwise.</summary>
    public int Rank { get; }

    /// <summary>α, where <c>alpha_pattern</c> does not say otherwise.</summary>
    public double Alpha { get; }

    /// <summary>Whether the scale is α/√r instead of α/r (<c>use_rslora</c>).</summary>
    public bool IsRankStabilised { get; }

    /// <summary>Whether the base stores its weights [i,o]; A and B are [r,i] and [o,r] all the same.</summary>
    public bool IsFanInFanOut { get; }

    /// <summary>What the writer called the base model; often a path on another machine, or empty.</summary>
    public string BaseModel { get; }

    /// <summary>The names or endings of the adapted modules; null where an expression says it, or nothing.</summary>
    public IReadOnlyList<string>? TargetModules => _selection.Names;

    /// <summary>The regular expression of the adapted modules' names, or <c>all-linear</c>; null where a list says it, or nothing.</summary>
    public string? TargetExpression => _selection.Expression;

    /// <summary>Whether <see cref="TargetModules"/> selects by itself: no layers are chosen and no modules excluded.</summary>
    public bool IsOfTargetModulesAlone => _selection.IsOfNamesAlone;

    /// <summary>Reads an adapter_config.json.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It is missing, malformed, or asks for something that is not supported; the message says what.</exception>
    public static PeftConfig Read(string path) => new(ModelConfig.Open(path));

    /// <summary>The rank of a module.</summary>
    /// <param name="module">Module name without PEFT's prefix.</param>
    public int RankOf(string module) => _ranks.Find(module, Rank);

    /// <summary>The scale of a module: α/r, or α/√r where rank-stabilised (arXiv 2312.03732).</summary>
    /// <param name="module">Module name without PEFT's prefix.</param>
    public double ScaleOf(string module)
    {
        double alpha = _alphas.Find(module, Alpha);
        return IsRankStabilised ? alpha / Math.Sqrt(RankOf(module)) : alpha / RankOf(module);
    }

    /// <summary>
    /// Whether the configuration selects a module (<c>target_modules</c>, <c>exclude_modules</c>, <c>layers_to_transform</c>,
    /// <c>layers_pattern</c>, by PEFT's rules); PEFT leaves tensors of other modules unused.
    /// </summary>
    /// <param name="module">Module name without PEFT's prefix.</param>
    public bool Targets(string module) => _selection.Covers(module);

    private static int ToRank(ModelConfig json, string key, long rank) =>
        rank <= LargestRank ? (int)rank : throw json.Wrong(key, $"a rank of at most {LargestRank}");
}
