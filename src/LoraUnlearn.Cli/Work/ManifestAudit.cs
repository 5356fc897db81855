using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Work;

/// <summary>One thing that a manifest says, and what was found.</summary>
/// <param name="Name">What it is about.</param>
/// <param name="Recorded">What the manifest says; null where it does not.</param>
/// <param name="Found">What was found; null where it was not looked at.</param>
/// <param name="IsRight">Whether the two agree; null where one is missing.</param>
internal sealed record ManifestFinding(string Name, string? Recorded, string? Found, bool? IsRight);

/// <summary>Compares what an adapter's manifest says with what is there.</summary>
internal sealed class ManifestAudit
{
    private readonly JsonElement _manifest;
    private readonly JsonElement? _configuration;
    private readonly string _folder;

    /// <summary>Reads the manifest of an adapter.</summary>
    /// <exception cref="InputException">There is none, or it is no JSON object.</exception>
    public ManifestAudit(string folder)
    {
        _folder = folder;
        string path = Path.Combine(folder, RunFolder.ManifestFile);
        if (!File.Exists(path))
        {
            throw new InputException($"{folder}: there is no {RunFolder.ManifestFile}, so there is nothing to verify; expected an adapter folder as unlearn or compose writes it.");
        }

        _manifest = BoundedJson.ReadObject(path);
        _configuration = Member(_manifest, "configuration");
    }

    /// <summary>What was found so far.</summary>
    public List<ManifestFinding> Findings { get; } = [];

    /// <summary>Rows of each set that were measured.</summary>
    public int? MeasuredRows => Member(_configuration, "evaluation_rows") is { ValueKind: JsonValueKind.Number } rows && rows.TryGetInt32(out int count) && count > 0 ? count : null;

    /// <summary>Whether anything does not agree.</summary>
    public bool HasFailed => Findings.Exists(finding => finding.IsRight == false);

    /// <summary>The signature by a public key; unchecked without one.</summary>
    /// <exception cref="InputException">The key or the signature cannot be read.</exception>
    public void Signature(string? keyPath)
    {
        bool isSigned = ManifestSignature.IsIn(_folder);
        if (keyPath is null)
        {
            Findings.Add(new ManifestFinding("signature", isSigned ? "signed" : null, null, null));
            return;
        }

        using ECDsa key = ManifestSignature.ReadKey(keyPath, toSign: false);
        bool isRight = isSigned && ManifestSignature.IsRight(_folder, key);
        Findings.Add(new ManifestFinding("signature", "signed by the key", !isSigned ? "not signed" : isRight ? "signed by the key" : "changed since, or by another key", isRight));
    }

    /// <summary>The digests of the adapter's tensors and of the configuration.</summary>
    /// <exception cref="InputException">The tensors cannot be read.</exception>
    public void OwnDigests()
    {
        Digest("adapter", Text(Member(_manifest, "adapter"), "sha256"), AdapterBase.DigestOf(_folder));
        string? configuration = _configuration is { } element ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonNode.Parse(element.GetRawText())!.ToJsonString()))) : null;
        Digest("configuration", Text(_manifest, "configuration_sha256"), configuration);
    }

    /// <summary>The digest of the base model.</summary>
    /// <exception cref="InputException">The model cannot be read.</exception>
    public void Model(ModelFolder? model) => Digest("base model", Text(Member(_configuration, "base_model"), "sha256"), model?.Digest());

    /// <summary>The digest of a data file: <c>forget</c> or <c>retain</c>.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public void Data(string set, string? path)
    {
        string? found = null;
        if (path is not null)
        {
            using FileStream stream = InputFile.Open(path);
            found = Convert.ToHexStringLower(SHA256.HashData(stream));
        }

        Digest($"{set} rows", Text(Member(_configuration, set), "sha256"), found);
    }

    /// <summary>A probability that was measured again.</summary>
    /// <param name="when"><c>before</c> or <c>after</c>.</param>
    /// <param name="set"><c>forget</c> or <c>retain</c>.</param>
    /// <param name="found">What was measured now.</param>
    /// <param name="tolerance">The largest difference that counts as the same.</param>
    public void Probability(string when, string set, double? found, double tolerance)
    {
        double? recorded = Member(Member(Member(_manifest, when), set), "probability") is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;
        bool? isRight = recorded is { } one && found is { } other ? Math.Abs(one - other) <= tolerance : null;
        Findings.Add(new ManifestFinding($"{set} probability {when}", recorded is null ? null : Figures.Four(recorded), found is null ? null : Figures.Four(found), isRight));
    }

    private void Digest(string name, string? recorded, string? found) =>
        Findings.Add(new ManifestFinding(name, recorded, found, recorded is null || found is null ? null : string.Equals(recorded, found, StringComparison.OrdinalIgnoreCase)));

    private static JsonElement? Member(JsonElement? element, string key) =>
        element is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? Text(JsonElement? element, string key) => Member(element, key) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
}
