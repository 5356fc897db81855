using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Training;

/// <summary>What differs between the configuration of a run and the one it is resumed with, in the words of the command line.</summary>
internal static class RunDifferences
{
    private const int MostShown = 8;
    private const int DigestLetters = 12;

    // Where an option is not simply the key with dashes.
    private static readonly Dictionary<string, string> Options = new(StringComparer.Ordinal)
    {
        ["base_model"] = "--model",
        ["rank_stabilised"] = "--rslora",
        ["parameters"] = "--set",
        ["template_in_force"] = "--template",
        ["fisher.mode"] = "--fisher",
        ["fisher.epsilon"] = "--fisher-epsilon",
        ["fisher.rows"] = "--fisher-rows",
        ["training.warm_up"] = "--warmup",
        ["evaluate_every"] = "--eval-every",
        ["evaluation_rows"] = "--eval-rows",
    };

    /// <summary>One entry an option that differs: <c>--rank: 4 before, 8 now</c>.</summary>
    /// <param name="before">The configuration of the run.</param>
    /// <param name="now">That of the request.</param>
    public static IReadOnlyList<string> Between(JsonObject before, JsonObject now)
    {
        List<string> found = [];
        Collect(before, now, "", found);
        return found.Count <= MostShown ? found : [.. found.Take(MostShown), $"and {found.Count - MostShown} more"];
    }

    private static void Collect(JsonObject before, JsonObject now, string prefix, List<string> found)
    {
        foreach (string key in before.Select(pair => pair.Key).Union(now.Select(pair => pair.Key)))
        {
            string path = prefix + key;
            JsonNode? old = before[key], wanted = now[key];
            if (Same(old, wanted))
            {
                continue;
            }

            // A part that only one of the two has is compared with an empty one.
            if (path is "base_model" or "data" or "forget" or "retain")
            {
                CollectFile(path, old as JsonObject, wanted as JsonObject, found);
            }
            else if (old is null or JsonObject && wanted is null or JsonObject)
            {
                Collect(old as JsonObject ?? [], wanted as JsonObject ?? [], path + ".", found);
            }
            else
            {
                found.Add($"{OptionOf(path)}: {Show(old)} before, {Show(wanted)} now");
            }
        }
    }

    // A file is known by its digest: the same name may hold something else, and another name the same.
    private static void CollectFile(string path, JsonObject? before, JsonObject? now, List<string> found)
    {
        if (before is null || now is null || !Same(before["sha256"], now["sha256"]))
        {
            found.Add($"{OptionOf(path)}: {Name(before)} before, {Name(now)} now");
            return;
        }

        foreach (string key in now.Select(pair => pair.Key).Where(key => !Same(before[key], now[key])))
        {
            found.Add($"{OptionOf(path)}, {key.Replace('_', ' ')}: {Show(before[key])} before, {Show(now[key])} now");
        }
    }

    private static bool Same(JsonNode? before, JsonNode? now) => before?.ToJsonString() == now?.ToJsonString();

    private static string Name(JsonObject? file)
    {
        if (file is null)
        {
            return "unset";
        }

        string digest = Show(file["sha256"]);
        return $"{Show(file["file"] ?? file["name"])} (sha256 {(digest.Length > DigestLetters ? digest[..DigestLetters] + "…" : digest)})";
    }

    private static string OptionOf(string path)
    {
        if (Options.TryGetValue(path, out string? option))
        {
            return option;
        }

        // parameters.objective.beta is --set beta=…, parameters.retain.layer is --set retain.layer=….
        if (path.StartsWith("parameters.", StringComparison.Ordinal))
        {
            string name = path["parameters.".Length..];
            return $"--set {(name.StartsWith("objective.", StringComparison.Ordinal) ? name["objective.".Length..] : name)}";
        }

        return "--" + path[(path.LastIndexOf('.') + 1)..].Replace('_', '-');
    }

    private static string Show(JsonNode? value) => BoundedJson.Shorten(value switch
    {
        null => "unset",
        JsonValue text when text.TryGetValue(out string? word) => word,
        _ => value.ToJsonString(),
    });
}
