using System.Diagnostics;
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
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _lastShown = TimeSpan.MinValue;
    private long _start = -1;
    private int _shownLength;
    private bool _isFinished;
    private bool _isEstimated;

    /// <summary>Starts the clock.</summary>
    /// <param name="writer">Where it is shown.</param>
    /// <param name="title">What is being done.</param>
    /// <param name="total">Steps in all.</param>
    /// <param name="style">How it is shown.</param>
    /// <param name="warnOfLongWork">Told once, soon after the start, how long the work will take where that is more than an hour; or null.</param>
    public ProgressDisplay(TextWriter writer, string title, long total, ProgressStyle style, Action<string>? warnOfLongWork = null)
    {
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
        _start = _start < 0 ? done - 1 : _start;
        TimeSpan now = _clock.Elapsed;
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
        if (_isEstimated || _warnOfLongWork is null || elapsed < FirstEstimate || done <= _start)
        {
            return;
        }

        _isEstimated = true;
        TimeSpan left = elapsed * ((double)(_total - done) / (done - _start));
        if (left > LongWork)
        {
            _warnOfLongWork($"{_title}: this will take about {Durations.Text(left)} ({done} of {_total} done in {Durations.Text(elapsed)})");
        }
    }

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
        else if (done > _start)
        {
            TimeSpan left = elapsed * ((double)(_total - done) / (done - _start));
            text.Append(", ").Append(Durations.Text(left)).Append(" left");
        }

        return text.ToString();
    }
}
