namespace LoraUnlearn.Models.Families;

/// <summary>Which layers see only a window of positions.</summary>
internal static class SlidingWindows
{
    /// <summary>
    /// The windows by layer: from the list <c>layer_types</c> (<c>sliding_attention</c>, <c>full_attention</c>) where the file
    /// has it, else from the family's rule.
    /// </summary>
    /// <param name="keys">The configuration.</param>
    /// <param name="layers">Number of layers.</param>
    /// <param name="window">Positions that a sliding layer sees, its own included; null for all.</param>
    /// <param name="slides">The family's rule by layer number.</param>
    /// <exception cref="InputException">The list has another length or names other kinds of attention.</exception>
    public static IReadOnlyList<int?> Read(FamilyConfig keys, int layers, int? window, Func<int, bool> slides)
    {
        string[] types = keys.Texts("layer_types") ?? [.. Enumerable.Range(0, layers).Select(layer => slides(layer) ? "sliding_attention" : "full_attention")];
        if (types.Length != layers)
        {
            throw keys.Wrong("layer_types", $"{layers} entries, one for each layer");
        }

        return [.. types.Select(type => type switch
        {
            "full_attention" => null,
            "sliding_attention" => window,
            _ => throw keys.Wrong("layer_types", "only full_attention and sliding_attention"),
        })];
    }
}
