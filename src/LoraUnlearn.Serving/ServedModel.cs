using LoraUnlearn.Adapters;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Serving.Http;

/// <summary>What is served: a base and its adapters under their names, and how text becomes tokens and back. Safe for concurrent use.</summary>
public sealed class ServedModel
{
    private readonly Dictionary<string, ResidentAdapter?> _byName = new(StringComparer.Ordinal);

    /// <summary>Names a base and its adapters.</summary>
    /// <param name="baseName">The base's own name.</param>
    /// <param name="adapters">The adapters; each is served under its name.</param>
    /// <param name="tokenizer">Turns tokens into text.</param>
    /// <exception cref="InputException">An adapter has the base's name.</exception>
    public ServedModel(string baseName, ResidentAdapters adapters, Tokenizer tokenizer)
    {
        BaseName = baseName;
        Tokenizer = tokenizer;
        _byName[baseName] = null;
        foreach (ResidentAdapter adapter in adapters.All)
        {
            if (!_byName.TryAdd(adapter.Name, adapter))
            {
                throw new InputException($"An adapter and the base are both called '{baseName}'; give one of them another name.");
            }
        }

        Names = [baseName, .. adapters.All.Select(adapter => adapter.Name)];
    }

    /// <summary>The base's name.</summary>
    public string BaseName { get; }

    /// <summary>All names, the base's first.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Turns tokens into text.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Turns a text that is to be continued into token ids.</summary>
    public required Func<string, int[]> EncodeText { get; init; }

    /// <summary>
    /// Turns a conversation that ends with the user's turn into token ids; an <see cref="InputException"/> says why one cannot be.
    /// </summary>
    public required Func<IReadOnlyList<ChatMessage>, int[]> EncodeChat { get; init; }

    /// <summary>Whether a name is served.</summary>
    /// <param name="name">The name.</param>
    /// <param name="adapter">Its adapter; null for the base.</param>
    public bool TryFind(string name, out ResidentAdapter? adapter) => _byName.TryGetValue(name, out adapter);
}
