namespace LoraUnlearn.Cli;

/// <summary>The three standard streams of a run, and whether a person watches them.</summary>
/// <param name="In">Standard input, as bytes.</param>
/// <param name="Out">Standard output: results.</param>
/// <param name="Error">Standard error: messages, logs and progress.</param>
internal sealed record Terminal(Stream In, TextWriter Out, TextWriter Error)
{
    private const int DefaultWidth = 100;

    /// <summary>Whether <see cref="Out"/> is a terminal: then tables have lines and colours.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Whether <see cref="Error"/> is a terminal: then progress is one line that renews itself.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Width in characters.</summary>
    public int Width { get; init; } = DefaultWidth;

    /// <summary>The width of the process's terminal, or a usual one where there is none.</summary>
    public static int MeasureWidth()
    {
        try
        {
            return Console.IsOutputRedirected || Console.WindowWidth < 40 ? DefaultWidth : Console.WindowWidth;
        }
        catch (IOException)
        {
            return DefaultWidth;
        }
    }
}
