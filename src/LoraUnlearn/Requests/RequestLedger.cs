using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Outputs;

namespace LoraUnlearn.Requests;

/// <summary>
/// The requests to forget that have come in for one base model, in an append-only file of events: a line is written through to the
/// disk when its event has happened, and half a line, which a killed process leaves, has not happened. The text of the rows is not in it.
/// One process at a time holds a ledger.
/// </summary>
public sealed class RequestLedger : IDisposable
{
    /// <summary>Name of the file of events.</summary>
    public const string FileName = "ledger.jsonl";

    private const int MostEvents = 1_000_000;
    private const double NearDuplicate = 0.7;

    private readonly OutputClaim _claim;
    private readonly List<RequestChange> _changes = [];
    private readonly List<ForgetRequest> _requests = [];
    private string? _baseDigest;
    private int _compositions;

    private RequestLedger(string folder, OutputClaim claim)
    {
        Folder = folder;
        _claim = claim;
    }

    /// <summary>The ledger's folder.</summary>
    public string Folder { get; }

    /// <summary>The requests, in the order in which they came.</summary>
    public IReadOnlyList<ForgetRequest> Requests => _requests;

    /// <summary>The changes so far, in order, with what was measured after each.</summary>
    public IReadOnlyList<RequestChange> Changes => _changes;

    /// <summary>The sum of the applied requests' adapters.</summary>
    public RequestComposition Composition { get; private set; } = RequestComposition.None;

    /// <summary>The composition's adapter folder; null where nothing is applied.</summary>
    public string? AdapterFolder => Composition.Folder is { } name ? Path.Combine(Folder, name) : null;

    /// <summary>A name that no composition has had yet.</summary>
    internal string NextComposition => $"composed-{_compositions + 1:0000}";

    /// <summary>Opens a ledger, or begins one, and holds it until it is disposed.</summary>
    /// <param name="folder">The folder; it is made where there is none.</param>
    /// <exception cref="InputException">Another process holds it, it cannot be written, or a whole line of it is damaged.</exception>
    public static RequestLedger Open(string folder)
    {
        OutputClaim claim = OutputClaim.Take("--requests", folder, []);
        try
        {
            RequestLedger ledger = new(folder, claim);
            ledger.ReadEvents();
            return ledger;
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }

    /// <summary>The request of an id or a name.</summary>
    /// <param name="text">Id or name.</param>
    /// <exception cref="InputException">There is none, or the name is that of several.</exception>
    public ForgetRequest Find(string text)
    {
        ForgetRequest[] found = [.. _requests.Where(request => request.Id == text || request.Name == text)];
        string known = _requests.Count == 0 ? "it is empty" : $"it has {string.Join(", ", _requests.TakeLast(10).Select(request => $"{request.Id} ({request.Name})"))}";
        return found.Length switch
        {
            1 => found[0],
            0 => throw new InputException($"{Folder}: no request '{BoundedJson.Shorten(text)}'; {known}."),
            _ => throw new InputException($"{Folder}: '{BoundedJson.Shorten(text)}' is the name of {string.Join(", ", found.Select(request => request.Id))}; give the id."),
        };
    }

    /// <summary>Checks that a model is the ledger's base, and makes it so in a new ledger.</summary>
    /// <param name="name">The model's name, for the record.</param>
    /// <param name="digest">Digest of the model folder.</param>
    /// <exception cref="InputException">The ledger belongs to another model.</exception>
    public void RequireBase(string name, string digest)
    {
        if (_baseDigest is null)
        {
            Append(new JsonObject { ["event"] = "base", ["format"] = "lora-unlearn-requests/1", ["name"] = name, ["sha256"] = digest });
        }
        else if (_baseDigest != digest)
        {
            throw new InputException($"{Folder}: its requests are for another base model (digest {_baseDigest[..12]}…, and that of {name} is {digest[..12]}…); keep one ledger a model.");
        }
    }

    /// <summary>Records a request.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="file">The rows to forget.</param>
    /// <returns>The request, and earlier ones that have nearly the same rows, with how many of the new rows they cover.</returns>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public (ForgetRequest Request, IReadOnlyList<(ForgetRequest Earlier, int Rows)> Duplicates) Add(string name, string file)
    {
        RowFingerprint[] rows = [.. DataRows.Read(file).Select(RowFingerprint.Of)];
        List<(ForgetRequest, int)> duplicates = [];
        foreach (ForgetRequest earlier in _requests.Where(request => request.State != RequestState.Withdrawn))
        {
            int covered = rows.Count(row => earlier.Rows.Any(other => row.Similarity(other) >= NearDuplicate));
            if (covered > 0)
            {
                duplicates.Add((earlier, covered));
            }
        }

        Append(new JsonObject
        {
            ["event"] = "add",
            ["id"] = $"r{_requests.Count + 1:0000}",
            ["name"] = name,
            ["file"] = Path.GetFullPath(file),
            ["rows"] = new JsonArray([.. rows.Select(row => (JsonNode)new JsonObject { ["sha256"] = row.Digest, ["sketch"] = row.SketchText() })]),
        });
        return (_requests[^1], duplicates);
    }

    /// <summary>Records that a request has been applied.</summary>
    internal void RecordApplied(ForgetRequest request, RequestComposition composition, IReadOnlyDictionary<string, double> probabilities, double seconds) =>
        Append(Change("apply", request, composition, probabilities, seconds));

    /// <summary>Records that a request has been withdrawn.</summary>
    internal void RecordWithdrawn(ForgetRequest request, RequestComposition composition, IReadOnlyDictionary<string, double> probabilities, double seconds) =>
        Append(Change("withdraw", request, composition, probabilities, seconds));

    /// <inheritdoc/>
    public void Dispose() => _claim.Dispose();

    private static JsonObject Change(string name, ForgetRequest request, RequestComposition composition, IReadOnlyDictionary<string, double> probabilities, double seconds) => new()
    {
        ["event"] = name,
        ["id"] = request.Id,
        ["composition"] = composition.Folder,
        ["sha256"] = composition.Digest,
        ["rank"] = composition.Rank,
        ["relative_error"] = composition.RelativeError,
        ["retain_probability"] = composition.RetainProbability,
        ["probabilities"] = new JsonObject(probabilities.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)JsonValue.Create(pair.Value)))),
        ["seconds"] = Math.Round(seconds, 3),
    };

    private void Append(JsonObject happened)
    {
        happened["time"] = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ");
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(happened), (byte)'\n'];
        OutputFolder.Create(Folder);
        LedgerFile.Append(Path.Combine(Folder, FileName), line);
        using JsonDocument document = JsonDocument.Parse(line);
        Apply(document.RootElement);
    }

    private void ReadEvents()
    {
        int number = 0;
        string path = Path.Combine(Folder, FileName);
        foreach (ReadOnlyMemory<byte> line in LedgerFile.Lines(path))
        {
            number++;
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                Apply(document.RootElement);
            }
            catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or InputException || number > MostEvents)
            {
                throw new InputException($"{path}, line {number}: this is no event of a ledger of requests; the file has been changed by something else. Restore it from a copy.", error);
            }
        }
    }

    private void Apply(JsonElement happened)
    {
        string kind = Text(happened, "event");
        if (kind == "base")
        {
            _baseDigest = Digest(happened, "sha256");
            return;
        }

        string id = Text(happened, "id");
        if (kind == "add")
        {
            if (id != $"r{_requests.Count + 1:0000}")
            {
                throw new FormatException();
            }

            RowFingerprint[] rows = [.. happened.GetProperty("rows").EnumerateArray().Select(row =>
                new RowFingerprint(Digest(row, "sha256"), RowFingerprint.SketchFrom(Text(row, "sketch")) ?? throw new FormatException()))];
            _requests.Add(new ForgetRequest(id, Text(happened, "name"), Text(happened, "file"), rows, RequestState.Pending));
            return;
        }

        if (kind is not ("apply" or "withdraw"))
        {
            throw new FormatException();
        }

        int index = _requests.FindIndex(request => request.Id == id);
        if (index < 0)
        {
            throw new FormatException();
        }

        Dictionary<string, double> probabilities = happened.GetProperty("probabilities").EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetDouble());
        for (int other = 0; other < _requests.Count; other++)
        {
            double? measured = probabilities.TryGetValue(_requests[other].Id, out double value) ? value : null;
            _requests[other] = _requests[other] with { Probability = measured };
        }

        _requests[index] = kind == "apply"
            ? _requests[index] with { State = RequestState.Applied, ProbabilityWhenApplied = _requests[index].Probability }
            : _requests[index] with { State = RequestState.Withdrawn };
        string? folder = happened.GetProperty("composition").GetString();
        if (folder is not null)
        {
            _compositions = folder.StartsWith("composed-", StringComparison.Ordinal) ? int.Parse(folder["composed-".Length..]) : throw new FormatException();
        }

        JsonElement retain = happened.GetProperty("retain_probability");
        Composition = new RequestComposition(
            folder,
            folder is null ? null : Digest(happened, "sha256"),
            happened.GetProperty("rank").GetInt32(),
            happened.GetProperty("relative_error").GetDouble(),
            retain.ValueKind == JsonValueKind.Null ? null : retain.GetDouble());
        double[] applied = [.. _requests.Where(request => request is { State: RequestState.Applied, Probability: not null }).Select(request => request.Probability!.Value)];
        _changes.Add(new RequestChange(
            _requests.Count(request => request.State == RequestState.Applied),
            applied.Length > 0 ? applied.Average() : null,
            applied.Length > 0 ? applied.Max() : null,
            Composition,
            happened.GetProperty("seconds").GetDouble()));
    }

    private static string Text(JsonElement happened, string key) => happened.GetProperty(key).GetString() ?? throw new FormatException();

    private static string Digest(JsonElement happened, string key) =>
        Text(happened, key) is { Length: 64 } digest && digest.All(char.IsAsciiHexDigitLower) ? digest : throw new FormatException();
}
