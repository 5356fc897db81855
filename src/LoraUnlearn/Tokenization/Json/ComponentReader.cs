namespace LoraUnlearn.Tokenization.Json;

/// <summary>
/// Reads one family of components of a tokenizer file: objects that name their kind in "type", one kind of which, Sequence,
/// holds others of the family.
/// </summary>
/// <typeparam name="T">What the components become.</typeparam>
/// <param name="itemsKey">The key under which a Sequence lists its components.</param>
/// <param name="sequence">Makes one of several that are applied in order.</param>
/// <param name="kinds">How to read each other kind, by its name.</param>
internal sealed class ComponentReader<T>(string itemsKey, Func<IReadOnlyList<T>, T> sequence, IReadOnlyDictionary<string, Func<JsonPart, T>> kinds)
{
    private const string Sequence = "Sequence";

    /// <exception cref="InputException">It is malformed or of a kind that is not supported.</exception>
    public T Read(JsonPart part)
    {
        string type = part.GetComponentType();
        if (type == Sequence)
        {
            return sequence(part.GetItems(itemsKey).Select(Read).ToArray());
        }

        return kinds.TryGetValue(type, out Func<JsonPart, T>? read)
            ? read(part)
            : throw part.Get("type").Error(
                $"is '{type}', which is not supported; supported are {string.Join(", ", kinds.Keys.Append(Sequence).Order(StringComparer.Ordinal))}");
    }
}
