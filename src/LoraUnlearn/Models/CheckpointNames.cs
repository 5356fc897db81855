using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Models;

/// <summary>Finds an architecture's tensors in a checkpoint that may leave out the first part of their names.</summary>
internal sealed class CheckpointNames
{
    // What old checkpoints store beside the weights: tables that follow from the configuration.
    private static readonly string[] Buffers =
    [
        "rotary_emb.inv_freq", "rotary_emb.cos_cached", "rotary_emb.sin_cached", "attn.bias", "attn.masked_bias",
        "attention.bias", "attention.masked_bias", "embed_positions.weights", "position_ids",
    ];

    private readonly ITensorSource _source;
    private readonly string _prefix;

    /// <summary>Prepares the search.</summary>
    /// <param name="source">The checkpoint.</param>
    /// <param name="prefix">The part that may be missing, such as <c>model.</c>.</param>
    public CheckpointNames(ITensorSource source, string prefix)
    {
        _source = source;
        _prefix = prefix;
    }

    /// <summary>The stored name of a tensor, or null where the checkpoint has none.</summary>
    /// <param name="name">Its full name.</param>
    public string? Find(string name) => Candidates(name).FirstOrDefault(_source.Contains);

    /// <summary>The checkpoint's tensors that are neither known nor buffers, in the order of their names.</summary>
    /// <param name="known">Full names.</param>
    /// <param name="tied">A further known name: the head's, where it is the embedding.</param>
    public IReadOnlyList<string> Unused(IEnumerable<string> known, string? tied)
    {
        HashSet<string> used = new(known.Append(tied ?? string.Empty).SelectMany(Candidates), StringComparer.Ordinal);
        return
        [
            .. _source.Names
                .Where(name => !used.Contains(name) && !Buffers.Any(buffer => name.EndsWith(buffer, StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal),
        ];
    }

    private IEnumerable<string> Candidates(string name)
    {
        yield return name;
        if (_prefix.Length > 0)
        {
            yield return name.StartsWith(_prefix, StringComparison.Ordinal) ? name[_prefix.Length..] : _prefix + name;
        }
    }
}
