using System.Text.Json;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Models.Families;

/// <summary>
/// A configuration that remembers which keys were read. <see cref="RefuseUnread"/> then refuses whatever nobody has read and
/// is not known to be harmless, so that no setting is ever ignored by accident.
/// </summary>
internal sealed class FamilyConfig
{
    private readonly ModelConfig _config;
    private readonly string _path;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly List<FamilyConfig> _objects = [];

    /// <summary>Wraps a configuration.</summary>
    /// <param name="config">config.json, or an object inside it.</param>
    /// <param name="path">Where the object is: "rope_scaling."; empty for the file itself.</param>
    public FamilyConfig(ModelConfig config, string path = "")
    {
        _config = config;
        _path = path;
    }

    /// <summary>The file.</summary>
    public string Source => _config.Source;

    /// <summary>The key <c>model_type</c>.</summary>
    public string ModelType => _config.ModelType;

    /// <summary>The keys that have a value.</summary>
    public IEnumerable<string> Keys => _config.Keys.Where(_config.Has);

    /// <summary>Whether the key has a value other than null; counts as reading it.</summary>
    public bool Has(string key) => Config(key).Has(key);

    /// <summary>A positive size.</summary>
    public int Size(string key) => Bounded(key, Config(key).GetPositiveInt64(key));

    /// <summary>A positive size, or a default where the key is absent or null.</summary>
    public int Size(string key, int absent) => Has(key) ? Size(key) : absent;

    /// <summary>A positive size, null where the key is null, or a default where it is absent.</summary>
    public int? OptionalSize(string key, int? absent) =>
        Has(key) ? Size(key) : IsNull(key) ? null : absent;

    /// <summary>Whether the key is there and its value is null.</summary>
    public bool IsNull(string key) => !Has(key) && _config.Keys.Contains(key, StringComparer.Ordinal);

    /// <summary>A number of layers.</summary>
    public int Layers(string key) => Size(key) is var layers && layers <= DecoderSpec.LargestDepth
        ? layers
        : throw Wrong(key, $"at most {DecoderSpec.LargestDepth}");

    /// <summary>A number.</summary>
    public double Number(string key) => Config(key).GetDouble(key);

    /// <summary>A number, or a default where the key is absent or null.</summary>
    public double Number(string key, double absent) => Config(key).GetDouble(key, absent);

    /// <summary>A number above zero, or a default where the key is absent or null.</summary>
    public double Positive(string key, double absent) => Number(key, absent) is > 0 and var number ? number : throw Wrong(key, "a number above 0");

    /// <summary>A number above zero, or null where the key is absent or null.</summary>
    public double? OptionalPositive(string key) => Has(key) ? Positive(key, 1) : null;

    /// <summary>True or false, or a default where the key is absent or null.</summary>
    public bool Flag(string key, bool absent) => Config(key).GetBoolean(key, absent);

    /// <summary>A string, or a default where the key is absent or null.</summary>
    public string Text(string key, string absent) => Config(key).GetString(key, absent);

    /// <summary>A list of strings, or null where the key is absent or null.</summary>
    public string[]? Texts(string key) => Has(key) ? _config.GetStringArray(key) : null;

    /// <summary>A list of numbers above zero.</summary>
    public double[] Positives(string key) => Config(key).GetDoubleArray(key) is var numbers && numbers.All(number => number > 0)
        ? numbers
        : throw Wrong(key, "numbers above 0");

    /// <summary>The value as it is; the key must have one.</summary>
    public JsonElement Raw(string key) => Config(key).Raw(key);

    /// <summary>An object, or null where the key is absent, null, or an object without keys.</summary>
    public FamilyConfig? Object(string key)
    {
        if (Config(key).GetObject(key) is not { } inner || !inner.Keys.Any())
        {
            return null;
        }

        FamilyConfig config = new(inner, $"{_path}{key}.");
        _objects.Add(config);
        return config;
    }

    /// <summary>Takes a setting that does not change what this library computes.</summary>
    public void Ignore(params string[] keys) => _read.UnionWith(keys);

    /// <summary>Refuses a setting unless it is off.</summary>
    public void RequireOff(string key)
    {
        if (Flag(key, false))
        {
            throw new InputException($"{Source}: '{_path}{key}' is true, which is not supported for model_type '{_config.ModelType}'; expected false.");
        }
    }

    /// <summary>An error about a value.</summary>
    public InputException Wrong(string key, string expected) => _config.Wrong(key, expected);

    /// <summary>Refuses the first key that nobody has read, has a value, and is not known to be harmless.</summary>
    /// <exception cref="InputException">There is such a key.</exception>
    public void RefuseUnread()
    {
        bool root = _path.Length == 0;
        foreach (string key in _config.Keys.Where(key => !_read.Contains(key) && _config.Has(key)))
        {
            JsonElement value = _config.Raw(key);
            if (root && CommonKeys.IsHarmless(Source, key, value))
            {
                _config.NoteWithoutEffect(key);
                continue;
            }

            throw new InputException(
                $"{Source}: the setting '{_path}{key}' has the value {BoundedJson.Shorten(value.GetRawText())}, which this model family does not know; it may change what the model computes, so it is not ignored. If you are sure that it does not: --ignore-config-key {key}.");
        }

        _objects.ForEach(inner => inner.RefuseUnread());
    }

    private ModelConfig Config(string key)
    {
        _read.Add(key);
        return _config;
    }

    private int Bounded(string key, long value) =>
        value <= DecoderSpec.LargestSize ? (int)value : throw Wrong(key, $"a number up to {DecoderSpec.LargestSize}");
}
