using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;

namespace LoraUnlearn.Adapters;

/// <summary>The linear maps of an architecture by name, and how the names in an adapter's file find theirs.</summary>
internal sealed class ModuleNames
{
    private readonly DecoderNames _names;
    private readonly HashSet<string> _known;

    private ModuleNames(DecoderSpec spec)
    {
        _names = spec.Names;
        All = [.. DecoderNames.Maps(spec)];
        _known = new HashSet<string>(All, StringComparer.Ordinal);
    }

    /// <summary>Every linear map of every block, block by block.</summary>
    public IReadOnlyList<string> All { get; }

    /// <summary>The names of an architecture.</summary>
    public static ModuleNames Of(DecoderSpec spec) => new(spec);

    /// <summary>The architecture's name of a module, whether or not the file has the prefix that bare models leave out.</summary>
    /// <exception cref="InputException">The architecture has no such linear map.</exception>
    public string Resolve(AdapterFactors adapter, string module) =>
        Candidates(module).FirstOrDefault(_known.Contains) ?? throw Unknown(adapter.Source, module);

    /// <summary>A module's name as it is, with the optional prefix, and without it.</summary>
    public IEnumerable<string> Candidates(string module)
    {
        string prefix = _names.OptionalPrefix;
        yield return module;
        if (prefix.Length > 0)
        {
            yield return module.StartsWith(prefix, StringComparison.Ordinal) ? module[prefix.Length..] : prefix + module;
        }
    }

    private InputException Unknown(string source, string module)
    {
        foreach ((string? name, string part) in new[] { (_names.Head, "the output head"), (_names.Embedding, "the embedding"), (_names.PositionEmbedding, "the position embedding") })
        {
            if (name is not null && Candidates(module).Contains(name))
            {
                return new InputException(
                    $"{source}: adapts {part} '{BoundedJson.Shorten(module)}', which is not supported: only the linear maps of the blocks can carry an adapter.");
            }
        }

        return new InputException(
            $"{source}: adapts '{BoundedJson.Shorten(module)}', which the model does not have; is this the adapter's base model?{NearestName.List(module, All)}");
    }
}

/// <summary>Which linear maps of a decoder an adapter sits on.</summary>
public static class AdapterTargets
{
    /// <summary>The name that stands for every linear map of every block.</summary>
    public const string AllLinear = "all-linear";

    /// <summary>Selects maps by name.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="targets">
    /// <c>all-linear</c>, last parts of module names (<c>q_proj</c>), or whole names or endings (<c>layers.0.mlp.down_proj</c>).
    /// </param>
    /// <returns>The maps, in the decoder's order.</returns>
    /// <exception cref="InputException">A name that matches nothing.</exception>
    public static IReadOnlyList<LinearMap> Select(Decoder decoder, IReadOnlyList<string> targets)
    {
        HashSet<string> chosen = new(Select([.. decoder.Maps.Select(map => map.Name)], targets), StringComparer.Ordinal);
        return [.. decoder.Maps.Where(map => chosen.Contains(map.Name))];
    }

    /// <summary>The same of names alone.</summary>
    internal static IReadOnlyList<string> Select(IReadOnlyList<string> names, IReadOnlyList<string> targets)
    {
        if (targets.Count == 0 || (targets.Count == 1 && targets[0] == AllLinear))
        {
            return names;
        }

        foreach (string target in targets)
        {
            if (!names.Any(name => Matches(name, target)))
            {
                IEnumerable<string> known = names.Select(name => name[(name.LastIndexOf('.') + 1)..]).Distinct();
                throw new InputException(
                    $"--targets names '{target}', which the model does not have; it has {string.Join(", ", known)} (or '{AllLinear}').");
            }
        }

        return [.. names.Where(name => targets.Any(target => Matches(name, target)))];
    }

    /// <summary>Whether a target is a module's name or its ending at a dot; PEFT's rule too.</summary>
    internal static bool Matches(string module, string target) =>
        module.EndsWith(target, StringComparison.Ordinal) && (module.Length == target.Length || module[^(target.Length + 1)] == '.');
}
