using LoraUnlearn.Models;

namespace LoraUnlearn.Adapters;

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
        if (targets.Count == 0 || (targets.Count == 1 && targets[0] == AllLinear))
        {
            return decoder.Maps;
        }

        foreach (string target in targets)
        {
            if (!decoder.Maps.Any(map => Matches(map.Name, target)))
            {
                IEnumerable<string> known = decoder.Maps.Select(map => map.Name[(map.Name.LastIndexOf('.') + 1)..]).Distinct();
                throw new InputException(
                    $"--targets names '{target}', which the model does not have; it has {string.Join(", ", known)} (or '{AllLinear}').");
            }
        }

        return [.. decoder.Maps.Where(map => targets.Any(target => Matches(map.Name, target)))];
    }

    /// <summary>Whether a target is a module's name or its ending at a dot; PEFT's rule too.</summary>
    internal static bool Matches(string module, string target) =>
        module.EndsWith(target, StringComparison.Ordinal) && (module.Length == target.Length || module[^(target.Length + 1)] == '.');
}
