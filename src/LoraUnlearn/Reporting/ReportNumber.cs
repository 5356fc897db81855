using System.Globalization;

namespace LoraUnlearn.Reporting;

/// <summary>Numbers as a report shows them.</summary>
internal static class ReportNumber
{
    /// <summary>What stands where nothing was measured.</summary>
    public const string NotMeasured = "not measured";

    /// <summary>Three digits behind the point.</summary>
    public static string Three(double? value) => value is double number ? number.ToString("0.000", CultureInfo.InvariantCulture) : NotMeasured;

    /// <summary>Four significant digits.</summary>
    public static string Four(double? value) => value is double number ? number.ToString("G4", CultureInfo.InvariantCulture) : NotMeasured;

    /// <summary>A whole number.</summary>
    public static string Whole(double? value) => value is double number ? number.ToString("0", CultureInfo.InvariantCulture) : NotMeasured;
}
