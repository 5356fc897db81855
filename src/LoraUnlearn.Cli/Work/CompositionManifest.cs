using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Outputs;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Cli.Work;

/// <summary>The record beside a composed adapter: its base model, and of which parts it is the sum; digests, never the text.</summary>
internal static class CompositionManifest
{
    private const string FileName = "unlearn_manifest.json";

    /// <summary>Writes it.</summary>
    /// <param name="folder">The composed adapter's folder.</param>
    /// <param name="model">The base model, or null where it is not known.</param>
    /// <param name="parts">The parts' folders and weights.</param>
    /// <param name="lower">What a lower rank lost, or null where the sum is exact.</param>
    /// <exception cref="InputException">A part cannot be read, or the file cannot be written.</exception>
    public static void Write(string folder, AdapterBase? model, IReadOnlyList<(string Folder, double Weight)> parts, LowRankApproximation? lower)
    {
        JsonObject configuration = new()
        {
            ["base_model"] = model is null ? null : new JsonObject { ["name"] = model.Name, ["sha256"] = model.Sha256 },
            ["parts"] = new JsonArray([.. parts.Select(part => (JsonNode?)Part(part.Folder, part.Weight))]),
        };
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(configuration.ToJsonString())));
        JsonObject manifest = new()
        {
            ["format"] = "lora-unlearn/1",
            ["kind"] = "composition",
            ["created"] = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            ["versions"] = Libtorch.Versions(),
            ["adapter"] = new JsonObject { ["sha256"] = AdapterBase.DigestOf(folder) },
            ["configuration"] = configuration,
            ["configuration_sha256"] = digest,
            ["relative_error"] = lower is null ? 0 : JsonText.Number(lower.RelativeError),
        };
        AtomicFile.WriteAllText(Path.Combine(folder, FileName), JsonText.Indented(manifest) + "\n");
    }

    private static JsonObject Part(string folder, double weight) => new()
    {
        ["name"] = FolderName.Of(folder),
        ["weight"] = weight,
        ["sha256"] = AdapterBase.DigestOf(folder),
        ["forget"] = Forget(folder),
    };

    // What the part forgot, by name and digest, where its own manifest says.
    private static JsonNode? Forget(string folder)
    {
        string path = Path.Combine(folder, FileName);
        return File.Exists(path)
            && BoundedJson.ReadObject(path).TryGetProperty("configuration", out JsonElement configuration) && configuration.ValueKind == JsonValueKind.Object
            && configuration.TryGetProperty("forget", out JsonElement forget) && forget.ValueKind == JsonValueKind.Object
            ? JsonNode.Parse(forget.GetRawText())
            : null;
    }
}
