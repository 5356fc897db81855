using System.Security.Cryptography;
using System.Text.Json;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Adapters;

/// <summary>The base model that an adapter's manifest says it belongs to.</summary>
/// <param name="Name">The name of its folder when the adapter was made.</param>
/// <param name="Sha256">Its digest, as <see cref="ModelFolder.Digest"/> gives it.</param>
public sealed record AdapterBase(string Name, string Sha256)
{
    /// <summary>How the base was quantised while the adapter was trained on it, where that happened while it was read: <c>nf4</c>, <c>int8</c>; otherwise null.</summary>
    public string? Precision { get; init; }

    private const string ManifestName = "unlearn_manifest.json";

    /// <summary>Reads it from an adapter folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Null where there is no manifest, or it does not say.</returns>
    /// <exception cref="InputException">The manifest is no JSON object.</exception>
    public static AdapterBase? Of(string folder)
    {
        string path = Path.Combine(folder, ManifestName);
        return File.Exists(path)
            && BoundedJson.ReadObject(path).TryGetProperty("configuration", out JsonElement configuration) && configuration.ValueKind == JsonValueKind.Object
            && configuration.TryGetProperty("base_model", out JsonElement model) && model.ValueKind == JsonValueKind.Object
            && Text(model, "sha256") is { Length: > 0 } digest
            ? new AdapterBase(Text(model, "name") ?? "", digest) { Precision = Text(configuration, "base_quantised") == "while loading" && QuantisedPrecision.Named(Text(configuration, "base_precision")) is { } precision ? QuantisedPrecision.NameOf(precision) : null }
            : null;
    }

    /// <summary>Checks that adapters belong to one base model, as far as their manifests say.</summary>
    /// <param name="folders">The adapters' folders.</param>
    /// <returns>The base model; null where no manifest names it.</returns>
    /// <exception cref="InputException">Two belong to different ones.</exception>
    public static AdapterBase? RequireSame(IReadOnlyList<string> folders)
    {
        AdapterBase? found = null;
        string where = "";
        foreach (string folder in folders)
        {
            AdapterBase? other = Of(folder);
            if (other is not null && found is not null && other.Sha256 != found.Sha256)
            {
                throw new InputException(
                    $"{where} was made for the base model '{BoundedJson.Shorten(found.Name)}' ({Short(found.Sha256)}), {folder} for '{BoundedJson.Shorten(other.Name)}' ({Short(other.Sha256)}); " +
                    "their sum means nothing on either. Give --force where you know better, for example where only the file's layout differs.");
            }

            (found, where) = found is null && other is not null ? (other, folder) : (found, where);
        }

        return found;
    }

    /// <summary>The digest of an adapter's tensors: the SHA-256 of its file.</summary>
    /// <param name="folder">The adapter's folder.</param>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static string DigestOf(string folder)
    {
        using FileStream stream = InputFile.Open(Path.Combine(folder, PeftTensors.FileName));
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static string Short(string digest) => $"sha256 {BoundedJson.Shorten(digest.Length > 12 ? digest[..12] : digest)}…";

    private static string? Text(JsonElement element, string key) =>
        element.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
