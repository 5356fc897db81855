using LoraUnlearn.Adapters;
using LoraUnlearn.Models;

namespace LoraUnlearn.Serving;

/// <summary>
/// Continues sequences for many at once, with any adapter each: a thread of its own runs the decoder, and requests join its batch at the
/// next step. Safe for concurrent use; while it lives, nobody else may run the decoder or change its adapters.
/// </summary>
public sealed class ServingEngine : IDisposable
{
    private readonly RunningBatch _batch;
    private readonly Decoder _decoder;
    private readonly Lock _lock = new();
    private readonly List<Completion> _queue = []; // first come, first served
    private readonly Thread _thread;
    private readonly AutoResetEvent _work = new(false);
    private volatile bool _isStopping;
    private volatile int _running;

    /// <summary>Starts the engine.</summary>
    /// <param name="adapters">The base and its adapters.</param>
    /// <param name="limits">How much it takes on.</param>
    /// <param name="endOfSequenceIds">Ids that end a sequence; they are not part of the result.</param>
    /// <exception cref="InputException">A limit is not positive.</exception>
    public ServingEngine(ResidentAdapters adapters, ServingLimits limits, IEnumerable<long> endOfSequenceIds)
    {
        Limits = limits.Validate();
        _decoder = adapters.Decoder;
        LongestSequence = (int)Math.Min(Math.Min(limits.Context, limits.CachedTokens), _decoder.Spec.MaximumLength);
        _batch = new RunningBatch(adapters, limits, endOfSequenceIds);
        _thread = new Thread(Run) { IsBackground = true, Name = "serving" };
        _thread.Start();
    }

    /// <summary>How much it takes on.</summary>
    public ServingLimits Limits { get; }

    /// <summary>Most tokens of a sequence, prompt and continuation.</summary>
    public int LongestSequence { get; }

    /// <summary>Sequences that are being continued.</summary>
    public int Running => _running;

    /// <summary>Sequences that wait for a row.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _queue.Count;
            }
        }
    }

    /// <summary>Says why a request cannot be served, or null.</summary>
    /// <param name="request">The request.</param>
    public string? Refusal(CompletionRequest request)
    {
        if (request.Prompt.Count == 0)
        {
            return "The prompt has no tokens; at least one is needed to continue from.";
        }

        if (request.MaxNewTokens < 1)
        {
            return $"{request.MaxNewTokens} new tokens are asked for; at least 1 is needed.";
        }

        if (request.LongestLength > LongestSequence)
        {
            return $"The prompt has {request.Prompt.Count} tokens and up to {request.MaxNewTokens} are to follow, but a sequence has at most {LongestSequence}; shorten the prompt or ask for fewer.";
        }

        int wrong = request.Prompt.TakeWhile(id => id >= 0 && id < _decoder.Spec.VocabularySize).Count();
        return wrong < request.Prompt.Count
            ? $"Token id {request.Prompt[wrong]} at position {wrong} is outside the vocabulary of {_decoder.Spec.VocabularySize}."
            : null;
    }

    /// <summary>Hands requests in, all or none.</summary>
    /// <param name="requests">The requests; <see cref="Refusal"/> has nothing against them.</param>
    /// <returns>One completion for each; null where the queue has no room for all, or the engine is stopping.</returns>
    /// <exception cref="ArgumentException">A request cannot be served.</exception>
    public IReadOnlyList<Completion>? TrySubmit(params IReadOnlyList<CompletionRequest> requests)
    {
        foreach (CompletionRequest request in requests)
        {
            if (Refusal(request) is { } reason)
            {
                throw new ArgumentException(reason, nameof(requests));
            }
        }

        List<Completion> completions = [.. requests.Select(request => new Completion(request))];
        lock (_lock)
        {
            DropCancelled();
            if (_isStopping || _queue.Count + completions.Count > Limits.Queue)
            {
                return null;
            }

            _queue.AddRange(completions);
        }

        _work.Set();
        return completions;
    }

    /// <summary>Stops: what waits or runs is cancelled at the next step.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isStopping)
            {
                return;
            }

            _isStopping = true;
        }

        _work.Set();
        _thread.Join();
        _batch.Dispose();
        _work.Dispose();
    }

    private void Run()
    {
        while (!_isStopping)
        {
            Admit();
            if (_batch.Count == 0)
            {
                _work.WaitOne();
                continue;
            }

            try
            {
                _batch.Step();
            }
            catch (Exception error)
            {
                // One batch's misfortune (memory, say) is told to those who were in it; the engine serves on.
                _batch.Fail(error);
            }

            _running = _batch.Count;
        }

        _batch.Cancel();
        _running = 0;
        lock (_lock)
        {
            _queue.ForEach(completion => completion.Cancel());
            DropCancelled();
        }
    }

    private void Admit()
    {
        lock (_lock)
        {
            DropCancelled();
            while (_queue.Count > 0 && _batch.HasRoomFor(_queue[0].Request))
            {
                _batch.Join(_queue[0]);
                _queue.RemoveAt(0);
            }

            _running = _batch.Count;
        }
    }

    private void DropCancelled()
    {
        foreach (Completion completion in _queue.FindAll(completion => completion.IsCancelled))
        {
            _queue.Remove(completion);
            completion.Finish(CompletionEnd.Cancelled);
        }
    }
}
