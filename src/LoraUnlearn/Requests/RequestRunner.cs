using System.Diagnostics;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Outputs;
using LoraUnlearn.Sessions;
using LoraUnlearn.Training;

namespace LoraUnlearn.Requests;

/// <summary>
/// Applies and withdraws the requests of a ledger. Each applied request has its own adapter, trained on top of the composition of
/// those before it; the composition is the sum of all of them, of bounded rank, and every forget set is measured again after each change.
/// </summary>
/// <remarks>
/// A change is done when its line is in the ledger: what a killed process leaves before that, an unfinished run or a composition
/// that no line names, is taken up or written again the next time.
/// </remarks>
public sealed class RequestRunner
{
    private readonly CancellationToken _cancellation;
    private readonly RequestLedger _ledger;
    private readonly int _largestRank;
    private readonly IRunProgress _progress;
    private readonly UnlearningRequest _settings;

    /// <summary>Prepares changes of a ledger.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="settings">How to unlearn; model, rows to keep, encoding and computation are those of the measuring, too. Forget set, output and adapters are each request's own.</param>
    /// <param name="largestRank">The composition is brought to this rank where its sum has a larger one.</param>
    /// <param name="progress">Told how it goes, or null.</param>
    /// <param name="cancellation">Stops between two batches; the ledger stays as it is.</param>
    /// <exception cref="InputException">The rank is no rank, or the model is another than the ledger's.</exception>
    public RequestRunner(RequestLedger ledger, UnlearningRequest settings, int largestRank, IRunProgress? progress = null, CancellationToken cancellation = default)
    {
        if (largestRank < 1)
        {
            throw new InputException($"--max-rank is {largestRank}; at least 1 is needed.");
        }

        _ledger = ledger;
        _settings = settings;
        _largestRank = largestRank;
        _progress = progress ?? new SilentProgress();
        _cancellation = cancellation;
        using ModelFolder model = ModelFolder.Open(settings.Model, settings.IgnoredConfigKeys);
        ledger.RequireBase(FolderName.Of(settings.Model), model.Digest());
    }

    /// <summary>Trains a pending request's adapter on top of the composition, adds it, and measures everything.</summary>
    /// <param name="request">The request.</param>
    /// <exception cref="InputException">It is not pending, or its rows are not those that were recorded.</exception>
    /// <exception cref="WorkFailedException">The training diverged; the ledger stays as it is.</exception>
    public void Apply(ForgetRequest request)
    {
        if (request.State != RequestState.Pending)
        {
            throw new InputException($"{request.Id} ({request.Name}) is {request.State.ToString().ToLowerInvariant()} already; only a pending request can be applied.");
        }

        Stopwatch clock = Stopwatch.StartNew();
        RequireUnchanged(request);
        string folder = Path.Combine(_ledger.Folder, request.Id);
        FreeSpace.Require(_ledger.Folder, CompositionParts());
        UnlearningRun.Execute(
            _settings with { Forget = request.File, Output = folder, Adapters = _ledger.AdapterFolder is { } carried ? [carried] : [], Resume = Directory.Exists(folder) },
            _progress,
            _cancellation);
        ForgetRequest[] applied = [.. _ledger.Requests.Where(other => other.State == RequestState.Applied), request];
        Change(applied, applied, (composition, probabilities) => _ledger.RecordApplied(request, composition, probabilities, clock.Elapsed.TotalSeconds));
    }

    /// <summary>Takes a request back: the composition is made anew without its adapter. The later adapters, which were trained on top of it, stay as they are.</summary>
    /// <param name="request">The request, pending or applied.</param>
    /// <exception cref="InputException">It is withdrawn already.</exception>
    public void Withdraw(ForgetRequest request)
    {
        if (request.State == RequestState.Withdrawn)
        {
            throw new InputException($"{request.Id} ({request.Name}) is withdrawn already.");
        }

        Stopwatch clock = Stopwatch.StartNew();
        ForgetRequest[] left = [.. _ledger.Requests.Where(other => other.State == RequestState.Applied && other.Id != request.Id)];
        Change(left, [.. left, request], (composition, probabilities) => _ledger.RecordWithdrawn(request, composition, probabilities, clock.Elapsed.TotalSeconds));
    }

    // Composes, measures, records, and only then removes the composition that was in force before.
    private void Change(ForgetRequest[] parts, ForgetRequest[] measured, Action<RequestComposition, IReadOnlyDictionary<string, double>> record)
    {
        string? before = _ledger.AdapterFolder;
        RequestComposition composition = Compose(parts);
        _progress.Stage("Measuring every request");
        (Dictionary<string, double> probabilities, double? retain) = Measure(composition, measured);
        record(composition with { RetainProbability = retain }, probabilities);
        if (before is not null && Directory.Exists(before))
        {
            Directory.Delete(before, recursive: true);
        }
    }

    // The sum is at most as large as its parts; the run asks for its own part.
    private IEnumerable<long> CompositionParts() => _ledger.Requests
        .Where(request => request.State == RequestState.Applied)
        .Select(request => new FileInfo(Path.Combine(_ledger.Folder, request.Id, PeftTensors.FileName)))
        .Where(file => file.Exists)
        .Select(file => file.Length);

    private RequestComposition Compose(ForgetRequest[] parts)
    {
        if (parts.Length == 0)
        {
            return RequestComposition.None;
        }

        _progress.Stage("Composing");
        List<PeftAdapter> adapters = [];
        try
        {
            adapters.AddRange(parts.Select(part => PeftAdapter.Read(Path.Combine(_ledger.Folder, part.Id))));
            using AdapterFactors sum = AdapterComposition.Sum([.. adapters.Select(adapter => new WeightedAdapter(adapter.Factors))]);
            LowRankApproximation? lower = sum.Rank > _largestRank ? Recompression.ToRank(sum, _largestRank) : null;
            using AdapterFactors? lowerFactors = lower?.Factors;
            AdapterFactors written = lowerFactors ?? sum;
            string name = _ledger.NextComposition, folder = Path.Combine(_ledger.Folder, name);
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true); // a killed process wrote it, and no line of the ledger names it
            }

            PeftExport export = PeftExport.Like([.. adapters.Select(adapter => adapter.Config)]);
            OutputFolder.WriteNew(folder, partial => PeftAdapter.Write(partial, written, export));
            return new RequestComposition(name, AdapterBase.DigestOf(folder), written.Rank, lower?.RelativeError ?? 0, null);
        }
        finally
        {
            adapters.ForEach(adapter => adapter.Dispose());
        }
    }

    private (Dictionary<string, double> Requests, double? Retain) Measure(RequestComposition composition, ForgetRequest[] measured)
    {
        using ModelSession session = ModelSession.Open(_settings.Model, _settings.Compute, ignoredKeys: _settings.IgnoredConfigKeys);
        using PeftAdapter? sum = composition.Folder is { } name ? PeftAdapter.Read(Path.Combine(_ledger.Folder, name)) : null;
        using FixedAdapter? adapter = sum is null ? null : new FixedAdapter(session.Decoder, [new WeightedAdapter(sum.Factors)]);
        BasicSuite suite = new(session, new BasicSuiteOptions { Generate = false });
        Dictionary<string, double> probabilities = [];
        foreach (ForgetRequest request in measured)
        {
            if (Rows(session, request) is { Length: > 0 } rows)
            {
                probabilities[request.Id] = suite.Measure(rows, null, _cancellation).Probability;
            }
        }

        double? retain = _settings.Retain is null
            ? null
            : suite.Measure([.. session.Encode(_settings.Retain, _settings.Encoding).Examples.Take(_settings.EvaluationRows)], null, _cancellation).Probability;
        return (probabilities, retain);
    }

    // Those rows of a request's file that the ledger knows by their digests; the file is the user's and may have changed since.
    private Example[] Rows(ModelSession session, ForgetRequest request)
    {
        if (!File.Exists(request.File))
        {
            _progress.Note($"{request.Id} ({request.Name}) is not measured: {request.File} is not there any more.");
            return [];
        }

        HashSet<string> recorded = [.. request.Rows.Select(row => row.Digest)];
        Example[] found = [.. session.Encode(request.File, _settings.Encoding).Examples.Where(example => recorded.Contains(RowFingerprint.Of(example.Row).Digest))];
        int rows = found.Select(example => example.Row.Line).Distinct().Count();
        if (rows < recorded.Count)
        {
            _progress.Note($"{request.Id} ({request.Name}) is measured on {rows} of {recorded.Count} rows: {request.File} has changed.");
        }

        return found;
    }

    private static void RequireUnchanged(ForgetRequest request)
    {
        HashSet<string> rows = [.. DataRows.Read(request.File).Select(row => RowFingerprint.Of(row).Digest)];
        if (!rows.SetEquals(request.Rows.Select(row => row.Digest)))
        {
            throw new InputException($"{request.File}: its rows are not those that were recorded as {request.Id} ({request.Name}); withdraw that request and add the file again.");
        }
    }
}
