using System.Globalization;
using System.Text;

namespace LoraUnlearn.Cli.Output;

/// <summary>Progress of one piece of work: a bar, the time left, and whatever figures the work has (loss, tokens a second).</summary>
internal sealed class ProgressDisplay : IDisposable
{
    private const int BarWidth = 24;
    private static readonly TimeSpan LineInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongWork = TimeSpan.FromHours(1);
    private static readonly TimeSpan FirstEstimate = TimeSpan.FromSeconds(5);

    private readonly TextWriter _writer;
    private readonly string _title;
    private readonly long _total;
    private readonly ProgressStyle _style;
    private readonly Action<string>? _warnOfLongWork;
    private readonly TimeProvider _time;
    private readonly long _began;
    private TimeSpan _lastShown = TimeSpan.MinValue;
    private (long Done, TimeSpan At)? _first;
    private int _shownLength;
    private bool _isFinished;
    private bool _isEstimated;

    /// <summary>Starts the clock.</summary>
    /// <param name="writer">Where it is shown.</param>
    /// <param name="title">What is being done.</param>
    /// <param name="total">Steps in all.</param>
    /// <param name="style">How it is shown.</param>
    /// <param name="warnOfLongWork">Told once, soon after the start, how long the work will take where that is more than an hour; or null.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public ProgressDisplay(TextWriter writer, string title, long total, ProgressStyle style, Action<string>? warnOfLongWork = null, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _began = _time.GetTimestamp();
        _warnOfLongWork = warnOfLongWork;
        _writer = writer;
        _title = title;
        _total = Math.Max(1, total);
        _style = style;
    }

    /// <summary>Says how far the work is.</summary>
    /// <param name="done">Steps done.</param>
    /// <param name="figures">Figures of the moment, for example "loss 0.52, 800 tokens/s".</param>
    public void Report(long done, string figures = "")
    {
        TimeSpan now = _time.GetElapsedTime(_began);
        _first ??= (done, now);
        WarnOfLongWork(done, now);
        TimeSpan interval = _style == ProgressStyle.Line ? LineInterval : LogInterval;
        bool isLast = done >= _total;
        bool isDue = _lastShown == TimeSpan.MinValue ? _style == ProgressStyle.Line : now - _lastShown >= interval;
        if (_style == ProgressStyle.Log && _lastShown == TimeSpan.MinValue)
        {
            isDue = now >= interval;
        }

        if (_style == ProgressStyle.None || (!isDue && !isLast) || (isLast && _isFinished))
        {
            return;
        }

        _lastShown = now;
        _isFinished = isLast;
        string text = Compose(done, now, figures);
        if (_style == ProgressStyle.Log)
        {
            _writer.WriteLine(text);
            return;
        }

        _writer.Write('\r' + text.PadRight(_shownLength) + (isLast ? "\n" : ""));
        _writer.Flush();
        _shownLength = isLast ? 0 : text.Length;
    }

    /// <summary>Ends the line, where one is open.</summary>
    public void Dispose()
    {
        if (_style == ProgressStyle.Line && _shownLength > 0)
        {
            _writer.WriteLine();
            _shownLength = 0;
        }
    }

    private void WarnOfLongWork(long done, TimeSpan elapsed)
    {
        if (_isEstimated || _warnOfLongWork is null || elapsed < FirstEstimate || Left(done, elapsed) is not { } left)
        {
            return;
        }

        _isEstimated = true;
        if (left > LongWork)
        {
            _warnOfLongWork($"{_title}: this will take about {Durations.Text(left)} ({done} of {_total} done in {Durations.Text(elapsed)})");
        }
    }

    // What is left at the pace since the first report, whose own work may have begun before the clock, or have been done by an
    // earlier process; null until something was done after it.
    private TimeSpan? Left(long done, TimeSpan elapsed) => _first is { } first && done > first.Done
        ? (elapsed - first.At) * ((double)(_total - done) / (done - first.Done))
        : null;

    private string Compose(long done, TimeSpan elapsed, string figures)
    {
        StringBuilder text = new(_title);
        if (_style == ProgressStyle.Line)
        {
            int filled = (int)(BarWidth * Math.Min(done, _total) / _total);
            text.Append(" [").Append('#', filled).Append('.', BarWidth - filled).Append(']');
        }

        text.Append(CultureInfo.InvariantCulture, $" {done}/{_total}");
        if (figures.Length > 0)
        {
            text.Append(", ").Append(figures);
        }

        if (done >= _total)
        {
            text.Append(", ").Append(Durations.Text(elapsed));
        }
        else if (Left(done, elapsed) is { } left)
        {
            text.Append(", ").Append(Durations.Text(left)).Append(" left");
        }

        return text.ToString();
    }
}
