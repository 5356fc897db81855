using System.Globalization;

namespace LoraUnlearn.Cli.Output;

/// <summary>Numbers as tables show them.</summary>
internal static class Figures
{
    /// <summary>Three digits behind the point; "–" where there is none.</summary>
    public static string Three(double? value) => value is double number ? number.ToString("0.000", CultureInfo.InvariantCulture) : "–";

    /// <summary>Four significant digits.</summary>
    public static string Four(double? value) => value is double number ? number.ToString("G4", CultureInfo.InvariantCulture) : "–";

    /// <summary>A whole number with blanks between thousands left out.</summary>
    public static string Whole(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
