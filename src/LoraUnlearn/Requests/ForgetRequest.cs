namespace LoraUnlearn.Requests;

/// <summary>How far a request has come.</summary>
public enum RequestState
{
    /// <summary>Recorded, and not applied yet.</summary>
    Pending,

    /// <summary>Its adapter is part of the composition.</summary>
    Applied,

    /// <summary>Taken back.</summary>
    Withdrawn,
}

/// <summary>One request to forget, as a ledger knows it.</summary>
/// <param name="Id">Its number in the ledger, such as <c>r0001</c>; also the name of its adapter's folder.</param>
/// <param name="Name">What the user calls it.</param>
/// <param name="File">The file of rows, a whole path.</param>
/// <param name="Rows">What is kept of the rows.</param>
/// <param name="State">How far it has come.</param>
public sealed record ForgetRequest(string Id, string Name, string File, IReadOnlyList<RowFingerprint> Rows, RequestState State)
{
    /// <summary>Answer probability of its rows when it was applied; null before.</summary>
    public double? ProbabilityWhenApplied { get; init; }

    /// <summary>Answer probability of its rows under the present composition; null where it has not been measured.</summary>
    public double? Probability { get; init; }
}

/// <summary>What was measured after a request was applied or withdrawn.</summary>
/// <param name="Applied">Requests applied then.</param>
/// <param name="MeanProbability">Mean over the applied requests of the answer probability of their rows; null where none was measured.</param>
/// <param name="LargestProbability">The largest of them.</param>
/// <param name="Composition">The composition.</param>
/// <param name="Seconds">What the change took.</param>
public sealed record RequestChange(int Applied, double? MeanProbability, double? LargestProbability, RequestComposition Composition, double Seconds);

/// <summary>What the composition of all applied requests is, and does.</summary>
/// <param name="Folder">Its adapter folder, within the ledger's folder; null where nothing is applied.</param>
/// <param name="Digest">SHA-256 of that adapter; null where nothing is applied.</param>
/// <param name="Rank">Its rank; 0 where nothing is applied.</param>
/// <param name="RelativeError">‖what was cut off‖/‖the sum‖, Frobenius norms over all maps; 0 where the sum is exact.</param>
/// <param name="RetainProbability">Answer probability of the rows to keep; null without such rows.</param>
public sealed record RequestComposition(string? Folder, string? Digest, int Rank, double RelativeError, double? RetainProbability)
{
    /// <summary>That of a new ledger.</summary>
    public static RequestComposition None { get; } = new(null, null, 0, 0, null);
}
