using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Serving;

/// <summary>
/// Sequences that are continued together, each at its own position and with its own adapter; they come and go between steps. A step
/// takes in prompts, some tokens of each, and then gives every running row its next token. Rows that run lie before those that still
/// take their prompt in.
/// </summary>
internal sealed class RunningBatch : IDisposable
{
    // Prompts that are taken in together are padded to the longest part: at most this many tokens are wasted on a row.
    private const int PaddingAllowed = 32;

    private readonly ResidentAdapters _adapters;
    private readonly RowCache _cache;
    private readonly Decoder _decoder;
    private readonly HashSet<long> _ends;
    private readonly ServingLimits _limits;
    private readonly List<Row> _rows = [];

    public RunningBatch(ResidentAdapters adapters, ServingLimits limits, IEnumerable<long> ends)
    {
        _adapters = adapters;
        _decoder = adapters.Decoder;
        _cache = new RowCache(_decoder);
        _ends = [.. ends];
        _limits = limits;
    }

    /// <summary>Rows at work.</summary>
    public int Count => _rows.Count;

    /// <summary>Whether a row can join now.</summary>
    public bool HasRoomFor(CompletionRequest request)
    {
        long longest = _rows.Select(row => row.Completion.Request.LongestLength).Append(request.LongestLength).Max();
        return _rows.Count == 0 || (_rows.Count < _limits.Rows && (_rows.Count + 1) * RowCache.Rounded(longest) <= _limits.CachedTokens);
    }

    /// <summary>Lets a sequence join.</summary>
    public void Join(Completion completion) => _rows.Add(new Row(completion));

    /// <summary>Takes in a part of the waiting prompts, and continues every row whose prompt is in by one token.</summary>
    public void Step()
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Drop(row => row.Completion.IsCancelled, CompletionEnd.Cancelled);
        int running = Arrange();
        if (running < _rows.Count)
        {
            Pass(running, _rows.Count - running, PromptPart(running));
            Drop(row => row.Ended is not null, null);
            running = Arrange();
        }

        if (running > 0)
        {
            Pass(0, running, 1);
        }

        Drop(row => row.Ended is not null, null);
        if (_rows.Count == 0)
        {
            _cache.Clear();
        }
    }

    /// <summary>Ends every row with an error.</summary>
    public void Fail(Exception error)
    {
        _rows.ForEach(row => row.Completion.Fail(error));
        _rows.Clear();
        _cache.Clear();
    }

    /// <summary>Gives every row up.</summary>
    public void Cancel() => Drop(_ => true, CompletionEnd.Cancelled);

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    // How many tokens of the prompts to take in at once.
    private int PromptPart(int first)
    {
        IEnumerable<int> pending = _rows.Skip(first).Select(row => row.Pending);
        int together = Math.Min(pending.Max(), Math.Max(PaddingAllowed, pending.Min()));
        return Math.Clamp(together, 1, Math.Max(1, _limits.PromptTokensPerStep / (_rows.Count - first)));
    }

    // Feeds rows up to so many tokens each; those that have no more to take in get their next one.
    private void Pass(int first, int count, int part)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Row> rows = _rows.GetRange(first, count);
        RowSpan[] spans = [.. rows.Select(row => new RowSpan(row.Cached, Math.Min(part, row.Pending), row.Tokens.Count))];
        using RowPass pass = new(_decoder, _cache, first, spans);
        long[] fed = new long[count * pass.Length];
        for (int row = 0; row < count; row++)
        {
            for (int step = 0; step < spans[row].Added; step++)
            {
                fed[(row * pass.Length) + step] = rows[row].Tokens[rows[row].Cached + step];
            }
        }

        using IDisposable chosen = _adapters.UseRows([.. rows.Select(row => row.Completion.Request.Adapter)]);
        Tensor hidden = _decoder.Hidden(tensor(fed, [count, pass.Length], dtype: ScalarType.Int64, device: _decoder.Device), pass); // [b·t,d]
        for (int row = 0; row < count; row++)
        {
            rows[row].Cached += (int)spans[row].Added;
        }

        int[] ready = [.. Enumerable.Range(0, count).Where(row => rows[row].Pending == 0)];
        if (ready.Length > 0)
        {
            long[] last = [.. ready.Select(row => (row * pass.Length) + spans[row].Added - 1)];
            Tensor states = hidden.index_select(0, tensor(last, dtype: ScalarType.Int64, device: _decoder.Device)); // [m,d]
            Tensor logits = _decoder.Logits(_decoder.FinalNorm(states)); // [m,v]
            Take([.. ready.Select(row => rows[row])], logits);
        }
    }

    private void Take(Row[] rows, Tensor logits)
    {
        long[] chosen = RowSampler.Choose(logits, [.. rows.Select(row => row.Completion.Request)], [.. rows.Select(row => row.Random)]);
        for (int index = 0; index < rows.Length; index++)
        {
            Row row = rows[index];
            if (_ends.Contains(chosen[index]))
            {
                row.Ended = CompletionEnd.EndOfSequence;
                continue;
            }

            int before = row.Tokens.Count;
            row.Tokens.Add((int)chosen[index]);
            row.Completion.Add((int)chosen[index]);
            if (row.Tokens.Count >= row.Completion.Request.LongestLength)
            {
                row.Ended = CompletionEnd.Length;
            }
            else if (!_decoder.KeepsKeys(before, row.Tokens.Count))
            {
                row.Cached = 0; // its positions turn differently from here on, so that all are taken in again
            }
        }
    }

    // Running rows to the front, by exchanges; says how many there are.
    private int Arrange()
    {
        int front = 0, back = _rows.Count - 1;
        _cache.Reserve(_rows.Count, 1); // a row that has just joined may change places
        while (true)
        {
            while (front <= back && _rows[front].IsRunning)
            {
                front++;
            }

            while (back > front && !_rows[back].IsRunning)
            {
                back--;
            }

            if (front >= back)
            {
                return front;
            }

            _cache.Swap(front, back, Math.Max(_rows[front].Cached, _rows[back].Cached));
            (_rows[front], _rows[back]) = (_rows[back], _rows[front]);
        }
    }

    private void Drop(Predicate<Row> condition, CompletionEnd? end)
    {
        for (int index = _rows.Count - 1; index >= 0; index--)
        {
            Row row = _rows[index];
            if (!condition(row))
            {
                continue;
            }

            int last = _rows.Count - 1;
            _cache.Move(last, index, _rows[last].Cached);
            _rows[index] = _rows[last];
            _rows.RemoveAt(last);
            row.Completion.Finish(end ?? row.Ended!.Value);
        }
    }

    private sealed class Row(Completion completion)
    {
        public Completion Completion { get; } = completion;

        // Prompt and what has been chosen.
        public List<int> Tokens { get; } = [.. completion.Request.Prompt];

        // How many of them are in the cache.
        public int Cached { get; set; }

        public int Pending => Tokens.Count - Cached;

        public bool IsRunning => Pending == 1;

        public SeededRandom Random { get; } = new(completion.Request.Seed);

        public CompletionEnd? Ended { get; set; }
    }
}
