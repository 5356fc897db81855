using System.Globalization;

namespace LoraUnlearn.Cli.Output;

/// <summary>Durations as people write them.</summary>
internal static class Durations
{
    /// <summary>"0.4 s", "12 s", "3 min 05 s" or "2 h 07 min".</summary>
    public static string Text(TimeSpan duration)
    {
        if (duration.TotalSeconds < 9.95)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, duration.TotalSeconds):0.0} s");
        }

        TimeSpan rounded = TimeSpan.FromSeconds(Math.Round(duration.TotalSeconds));
        if (rounded.TotalMinutes < 1)
        {
            return $"{rounded.Seconds} s";
        }

        return rounded.TotalHours < 1
            ? $"{rounded.Minutes} min {rounded.Seconds:00} s"
            : $"{(int)rounded.TotalHours} h {rounded.Minutes:00} min";
    }
}
