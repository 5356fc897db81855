using System.Globalization;

namespace LoraUnlearn.Reporting;

/// <summary>Numbers as a report shows them.</summary>
internal static class ReportNumber
{
    /// <summary>What stands where nothing was measured.</summary>
    public const string NotMeasured = "not measured";

    /// <summary>Three digits behind the point.</summary>
    public static string Three(double? value) => value is double number ? number.ToString("0.000", CultureInfo.InvariantCulture) : NotMeasured;

    /// <summary>Four significant digits; very small and very large numbers as 1.115e-8.</summary>
    public static string Four(double? value) => value is double number
        ? number.ToString(number != 0 && Math.Abs(number) is < 1e-3 or >= 1e6 ? "0.###e0" : "G4", CultureInfo.InvariantCulture)
        : NotMeasured;

    /// <summary>A whole number.</summary>
    public static string Whole(double? value) => value is double number ? number.ToString("0", CultureInfo.InvariantCulture) : NotMeasured;
}
