using System.Text;
using System.Text.Json;

namespace LoraUnlearn.Checkpoints;

/// <summary>
/// A model's <c>config.json</c>, or an object inside it, read by key. A key whose value is <c>null</c> counts as absent.
/// Every error names file, key, what was found and what was expected.
/// </summary>
public sealed class ModelConfig
{
    private readonly JsonElement _root;
    private readonly string _prefix;

    private readonly HashSet<string> _ignored;
    private readonly SortedSet<string> _withoutEffect = new(StringComparer.Ordinal);

    private ModelConfig(JsonElement root, string source, string prefix, IReadOnlyCollection<string>? ignored = null)
    {
        _root = root;
        _prefix = prefix;
        _ignored = [.. ignored ?? []];
        Source = source;
    }

    /// <summary>What messages call it: the path of the file.</summary>
    public string Source { get; }

    /// <summary>The key <c>model_type</c>: llama, qwen2, phi, …</summary>
    /// <exception cref="InputException">It is missing or not a string.</exception>
    public string ModelType => GetString("model_type");

    /// <summary>The key <c>architectures</c>; empty where it is absent.</summary>
    /// <exception cref="InputException">It is not a list of strings.</exception>
    public IReadOnlyList<string> Architectures => Has("architectures") ? GetStringArray("architectures") : [];

    /// <summary>Keys of the file that were seen to say nothing about the computation, after an architecture was made of it.</summary>
    public IReadOnlyCollection<string> WithoutEffect => _withoutEffect;

    /// <summary>The keys in the order of the file.</summary>
    public IEnumerable<string> Keys => _root.EnumerateObject().Select(property => property.Name).Where(name => !_ignored.Contains(name));

    /// <summary>Reads a config.json of at most 64 MiB.</summary>
    /// <param name="path">The file.</param>
    /// <param name="ignoredKeys">Keys that count as absent.</param>
    /// <exception cref="InputException">The file is missing, too large, or not a JSON object.</exception>
    public static ModelConfig Open(string path, IReadOnlyCollection<string>? ignoredKeys = null) => new(BoundedJson.ReadObject(path), path, string.Empty, ignoredKeys);

    /// <summary>Parses the text of a config.json.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <exception cref="InputException">The text is not a JSON object.</exception>
    public static ModelConfig Parse(string json, string source) => Parse(Encoding.UTF8.GetBytes(json), source);

    /// <summary>Parses JSON in UTF-8.</summary>
    /// <param name="json">The bytes.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <exception cref="InputException">It is not a JSON object.</exception>
    internal static ModelConfig Parse(byte[] json, string source)
    {
        JsonElement root = BoundedJson.Parse(json, source);
        return root.ValueKind == JsonValueKind.Object
            ? new ModelConfig(root, source, string.Empty)
            : throw new InputException($"{source}: found {BoundedJson.Describe(root)} at the root, expected a JSON object.");
    }

    /// <summary>Whether the key is there with a value other than null.</summary>
    /// <param name="key">The key.</param>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>The value as it is in the file, of whatever kind.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="InputException">It is missing or null.</exception>
    public JsonElement Raw(string key) => Find(key) ?? throw Missing(key, "a value");

    /// <summary>An integer.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="InputException">It is missing or no integer.</exception>
    public long GetInt64(string key) => ToInt64(key, Require(key, "an integer"));

    /// <summary>An integer, or a default where the key is absent.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The default.</param>
    /// <exception cref="InputException">It is no integer.</exception>
    public long GetInt64(string key, long absent) => Find(key) is JsonElement value ? ToInt64(key, value) : absent;

    /// <summary>An integer of at least 1: a size or a count.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="InputException">It is missing, no integer, or less than 1.</exception>
    public long GetPositiveInt64(string key) => ToPositive(key, Require(key, "a positive integer"));

    /// <summary>An integer of at least 1, or a default where the key is absent.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The default.</param>
    /// <exception cref="InputException">It is no integer or less than 1.</exception>
    public long GetPositiveInt64(string key, long absent) => Find(key) is JsonElement value ? ToPositive(key, value) : absent;

    /// <summary>A finite number.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="InputException">It is missing or no number.</exception>
    public double GetDouble(string key) => ToDouble(key, Require(key, "a number"));

    /// <summary>A finite number, or a default where the key is absent.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The default.</param>
    /// <exception cref="InputException">It is no number.</exception>
    public double GetDouble(string key, double absent) => Find(key) is JsonElement value ? ToDouble(key, value) : absent;

    /// <summary>True or false.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="InputException">It is missing or neither.</exception>
    public bool GetBoolean(string key) => ToBoolean(key, Require(key, "true or false"));

    /// <summary>True or false, or a default where the key is absent.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The default.</param>
    /// <exception cref="InputException">It is neither.</exception>
    public bool GetBoolean(string key, bool absent) => Find(key) is JsonElement value ? ToBoolean(key, value) : absent;

    /// <summary>A string.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="InputException">It is missing or no string.</exception>
    public string GetString(string key) => ToText(key, Require(key, "a string"));

    /// <summary>A string, or a default where the key is absent.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The default.</param>
    /// <exception cref="InputException">It is no string.</exception>
    public string GetString(string key, string absent) => Find(key) is JsonElement value ? ToText(key, value) : absent;

    /// <summary>An object inside this one, such as <c>rope_scaling</c>; null where the key is absent.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="InputException">It is no object.</exception>
    public ModelConfig? GetObject(string key)
    {
        if (Find(key) is not JsonElement value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Object
            ? new ModelConfig(value, Source, $"{_prefix}{key}.")
            : throw Wrong(key, value, "an object");
    }

    /// <summary>A list of integers.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="InputException">It is missing or not such a list.</exception>
    public long[] GetInt64Array(string key) => GetArray(key, "a list of integers", ToInt64);

    /// <summary>A list of finite numbers.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="InputException">It is missing or not such a list.</exception>
    public double[] GetDoubleArray(string key) => GetArray(key, "a list of numbers", ToDouble);

    /// <summary>A list of strings.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="InputException">It is missing or not such a list.</exception>
    public string[] GetStringArray(string key) => GetArray(key, "a list of strings", ToText);

    /// <summary>An error about a value that is there, for callers with rules of their own.</summary>
    /// <param name="key">The key.</param>
    /// <param name="expected">What was expected: "a multiple of 8".</param>
    /// <returns>The exception, to be thrown.</returns>
    public InputException Wrong(string key, string expected) =>
        Find(key) is JsonElement value ? Wrong(key, value, expected) : Missing(key, expected);

    private T[] GetArray<T>(string key, string expected, Func<string, JsonElement, T> convert)
    {
        JsonElement value = Require(key, expected);
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(key, value, expected);
        }

        return [.. value.EnumerateArray().Select((item, index) => convert($"{key}[{index}]", item))];
    }

    /// <summary>Notes that a key says nothing about the computation.</summary>
    internal void NoteWithoutEffect(string key) => _withoutEffect.Add(key);

    private JsonElement? Find(string key) =>
        !_ignored.Contains(key) && _root.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private JsonElement Require(string key, string expected) => Find(key) ?? throw Missing(key, expected);

    private long ToInt64(string key, JsonElement value)
    {
        const double LargestExact = 1L << 53;
        if (value.ValueKind == JsonValueKind.Number)
        {
            if (value.TryGetInt64(out long integer))
            {
                return integer;
            }

            // Some writers put 32 as 32.0.
            if (value.TryGetDouble(out double number) && number == Math.Floor(number) && Math.Abs(number) <= LargestExact)
            {
                return (long)number;
            }
        }

        throw Wrong(key, value, "an integer");
    }

    private long ToPositive(string key, JsonElement value) =>
        ToInt64(key, value) is >= 1 and var integer ? integer : throw Wrong(key, value, "a positive integer");

    private double ToDouble(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : throw Wrong(key, value, "a finite number");

    private bool ToBoolean(string key, JsonElement value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? value.GetBoolean()
        : throw Wrong(key, value, "true or false");

    private string ToText(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(key, value, "a string");

    private InputException Missing(string key, string expected) =>
        new($"{Source}: '{_prefix}{key}' is missing; expected {expected}.");

    private InputException Wrong(string key, JsonElement value, string expected) =>
        new($"{Source}: '{_prefix}{key}': found {BoundedJson.Describe(value)}, expected {expected}.");
}
