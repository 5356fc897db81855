using System.Globalization;

namespace LoraUnlearn.Auditing;

/// <summary>Numbers in the audit's sentences.</summary>
internal static class Wording
{
    /// <summary>Three digits behind the point.</summary>
    public static string Of(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>A number without superfluous digits.</summary>
    public static string Plain(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>What the retain-only model gives under the same attack; nothing without one.</summary>
    public static string Against(double? baseline) => baseline is { } value ? $"; the retain-only model gives {Of(value)}" : "";
}
