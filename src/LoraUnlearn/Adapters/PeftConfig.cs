using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
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

    private readonly Regex? _expression;
    private readonly long[]? _layers;
    private readonly Regex _layerPattern;
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
        AdaptsAllLayers = !json.Has("layers_to_transform");
        _layers = Layers(json);
        _layerPattern = LayerPattern(json);
        _ranks = PeftPattern<int>.Read(json, "rank_pattern", (pattern, key) => ToRank(pattern, key, pattern.GetPositiveInt64(key)));
        _alphas = PeftPattern<double>.Read(json, "alpha_pattern", (pattern, key) => pattern.GetDouble(key));
        if (json.Has("target_modules"))
        {
            bool isList = json.Raw("target_modules").ValueKind == JsonValueKind.Array;
            TargetModules = isList ? json.GetStringArray("target_modules") : null;
            TargetExpression = isList ? null : json.GetString("target_modules");
            _expression = TargetExpression is null or "all-linear" ? null : Compile(json, "target_modules", TargetExpression);
        }
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

    /// <summary>Whether there is no <c>layers_to_transform</c>.</summary>
    public bool AdaptsAllLayers { get; }

    /// <summary>The names or endings of the adapted modules; null where an expression says it, or nothing.</summary>
    public IReadOnlyList<string>? TargetModules { get; }

    /// <summary>The regular expression of the adapted modules' names, or <c>all-linear</c>; null where a list says it, or nothing.</summary>
    public string? TargetExpression { get; }

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
    /// Whether the configuration selects a module, by PEFT's rules: <c>target_modules</c> as a list of names or endings, as an expression
    /// of the whole name, or <c>all-linear</c>; and <c>layers_to_transform</c> with <c>layers_pattern</c>. PEFT leaves tensors of
    /// other modules unused.
    /// </summary>
    /// <param name="module">Module name without PEFT's prefix.</param>
    public bool Targets(string module)
    {
        if (_expression is not null)
        {
            return _expression.IsMatch(module);
        }

        if (TargetModules is null)
        {
            return true;
        }

        // A whole name counts whatever layers are chosen.
        return TargetModules.Contains(module, StringComparer.Ordinal)
            || (TargetModules.Any(target => AdapterTargets.Matches(module, target))
                && (_layers is null || (_layerPattern.Match(module) is { Success: true } match && _layers.Contains(long.Parse(match.Groups["layer"].Value, CultureInfo.InvariantCulture)))));
    }

    private static long[]? Layers(ModelConfig json) => !json.Has("layers_to_transform") ? null
        : json.Raw("layers_to_transform").ValueKind == JsonValueKind.Array ? json.GetInt64Array("layers_to_transform") : [json.GetInt64("layers_to_transform")];

    // Where a module's layer number stands: after any name, or after one of the given ones.
    private static Regex LayerPattern(ModelConfig json)
    {
        string[] names = !json.Has("layers_pattern") ? []
            : json.Raw("layers_pattern").ValueKind == JsonValueKind.Array ? json.GetStringArray("layers_pattern") : [json.GetString("layers_pattern")];
        names = [.. names.Where(name => name.Length > 0)];
        string before = names.Length == 0 ? "[^.]*" : $"({string.Join('|', names.Select(name => $"(?:{name})"))})";
        return Compile(json, "layers_pattern", $@".*\.{before}\.(?<layer>[0-9]{{1,9}})\..*");
    }

    /// <summary>Linear-time matching only: the expression comes from a file.</summary>
    private static Regex Compile(ModelConfig json, string key, string expression)
    {
        try
        {
            return new Regex($@"\A(?:{expression})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw new InputException(
                $"{json.Source}: '{key}': found '{BoundedJson.Shorten(expression)}', expected module names or a regular expression without look-around or back-references.", error);
        }
    }

    private static int ToRank(ModelConfig json, string key, long rank) =>
        rank <= LargestRank ? (int)rank : throw json.Wrong(key, $"a rank of at most {LargestRank}");
}
