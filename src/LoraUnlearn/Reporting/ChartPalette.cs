using System.Text;

namespace LoraUnlearn.Reporting;

/// <summary>
/// The colours of charts, each for a light and a dark background. A chart names them by CSS variables, which follow the reader's theme;
/// programs that know no variables draw the light ones.
/// </summary>
internal static class ChartPalette
{
    /// <summary>Name of the variable of axes and text.</summary>
    public const string Ink = "--chart-ink";

    /// <summary>Name of the variable of the grid.</summary>
    public const string Grid = "--chart-grid";

    /// <summary>Name of the variable of what is behind the chart.</summary>
    public const string Paper = "--chart-paper";

    private static readonly (string Light, string Dark)[] Series =
    [
        ("#1f6fc4", "#6cb0f5"), ("#c25e00", "#f2994a"), ("#2a8436", "#66c274"), ("#b3307c", "#ec7fbf"),
        ("#6a51c9", "#a998f2"), ("#0b7d8a", "#4fc4d0"), ("#7f5f2c", "#cda86b"), ("#5b6570", "#a3adb8"),
    ];

    private static readonly (string Name, string Light, string Dark)[] Named = [(Paper, "#ffffff", "#14171a"), (Ink, "#1c2024", "#e6e9ec"), (Grid, "#dfe4e8", "#31383f")];

    /// <summary>How many lines differ by their colour alone.</summary>
    public static int Count => Series.Length;

    /// <summary>Name of the variable of a line.</summary>
    /// <param name="index">Its place, from 0; colours come again after <see cref="Count"/>.</param>
    public static string Line(int index) => $"--chart-{(index % Count) + 1}";

    /// <summary>A colour where variables are not known.</summary>
    /// <param name="variable">The variable's name.</param>
    public static string Fallback(string variable) => All().First(colour => colour.Name == variable).Light;

    /// <summary>Declarations of all variables for one theme.</summary>
    /// <param name="dark">Which theme.</param>
    public static string Declarations(bool dark) =>
        All().Aggregate(new StringBuilder(), (text, colour) => text.Append(colour.Name).Append(':').Append(dark ? colour.Dark : colour.Light).Append(';')).ToString();

    private static IEnumerable<(string Name, string Light, string Dark)> All() => Named.Concat(Series.Select((colour, index) => (Line(index), colour.Light, colour.Dark)));
}
