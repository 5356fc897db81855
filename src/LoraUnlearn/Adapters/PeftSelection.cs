using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Adapters;

/// <summary>
/// Which modules an <c>adapter_config.json</c> selects, by PEFT's rules: <c>target_modules</c> as a list of names or endings, as an
/// expression of the whole name, or <c>all-linear</c>; less <c>exclude_modules</c>; in the layers of <c>layers_to_transform</c>, whose
/// number stands behind one of <c>layers_pattern</c>.
/// </summary>
internal sealed class PeftSelection
{
    private readonly PeftExpression? _expression;
    private readonly IReadOnlyList<string> _excludedNames;
    private readonly PeftExpression? _excluded;
    private readonly long[] _layers;
    private readonly PeftExpression[] _layerPatterns;

    private PeftSelection(ModelConfig json)
    {
        (Names, Expression) = NamesOrExpression(json, "target_modules");
        _expression = Expression is null or AdapterTargets.AllLinear ? null : PeftExpression.Compile(json, "target_modules", Expression);
        (IReadOnlyList<string>? excludedNames, string? excluded) = NamesOrExpression(json, "exclude_modules");
        _excludedNames = excludedNames ?? [];
        _excluded = string.IsNullOrEmpty(excluded) ? null : PeftExpression.Compile(json, "exclude_modules", excluded);
        _layers = Layers(json);
        if (_layers.Length > 0 && Expression is not null)
        {
            throw json.Wrong("layers_to_transform", "nothing beside target_modules as an expression, as in PEFT; name the layers in the expression");
        }

        _layerPatterns = [.. LayerNames(json).Select(name => PeftExpression.Compile(json, "layers_pattern", $@"(?:{name})\.(?<layer>[0-9]{{1,9}})\..*", @".*\."))];
    }

    /// <summary>The names or endings; null where an expression says it, or nothing.</summary>
    public IReadOnlyList<string>? Names { get; }

    /// <summary>The expression, or <c>all-linear</c>; null where a list says it, or nothing.</summary>
    public string? Expression { get; }

    /// <summary>Whether the names alone say it.</summary>
    public bool IsOfNamesAlone => Names is not null && _layers.Length == 0 && _excludedNames.Count == 0 && _excluded is null;

    /// <summary>Reads the selection.</summary>
    /// <exception cref="InputException">A key is malformed, or two contradict each other.</exception>
    public static PeftSelection Read(ModelConfig json) => new(json);

    /// <summary>Whether a module is selected.</summary>
    /// <param name="module">Module name without PEFT's prefix.</param>
    public bool Covers(string module)
    {
        if (_excluded?.Match(module).Success == true || _excludedNames.Any(name => AdapterTargets.Matches(module, name)))
        {
            return false;
        }

        if (_expression is not null)
        {
            return _expression.Match(module).Success;
        }

        // A whole name counts whatever layers are chosen.
        return Names?.Contains(module, StringComparer.Ordinal) == true
            || ((Names is null || Names.Any(name => AdapterTargets.Matches(module, name))) && IsInLayers(module));
    }

    private bool IsInLayers(string module)
    {
        if (_layers.Length == 0)
        {
            return true;
        }

        Match? match = _layerPatterns.Select(pattern => pattern.Match(module)).FirstOrDefault(match => match.Success);
        return match is not null && _layers.Contains(long.Parse(match.Groups["layer"].Value, CultureInfo.InvariantCulture));
    }

    private static (IReadOnlyList<string>? Names, string? Expression) NamesOrExpression(ModelConfig json, string key) =>
        !json.Has(key) ? (null, null)
        : json.Raw(key).ValueKind == JsonValueKind.Array ? (json.GetStringArray(key), null)
        : (null, json.GetString(key));

    private static long[] Layers(ModelConfig json) => !json.Has("layers_to_transform") ? []
        : json.Raw("layers_to_transform").ValueKind == JsonValueKind.Array ? json.GetInt64Array("layers_to_transform")
        : [json.GetInt64("layers_to_transform")];

    // Behind which names a layer's number stands; any, where none is given.
    private static string[] LayerNames(ModelConfig json)
    {
        (IReadOnlyList<string>? names, string? name) = NamesOrExpression(json, "layers_pattern");
        string[] given = [.. (names ?? [name ?? ""]).Where(one => one.Length > 0)];
        return given.Length > 0 ? given : ["[^.]*"];
    }
}
