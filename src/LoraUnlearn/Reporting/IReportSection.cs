namespace LoraUnlearn.Reporting;

/// <summary>A part of a report: what one kind of input has to say.</summary>
public interface IReportSection
{
    /// <summary>Its heading.</summary>
    string Title { get; }

    /// <summary>The numbers that the top of the page shows; may be empty.</summary>
    IReadOnlyList<Highlight> Highlights { get; }

    /// <summary>Adds the section below its heading.</summary>
    /// <param name="page">The page.</param>
    void Write(HtmlPage page);
}

/// <summary>A number for the top of the page.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The number.</param>
/// <param name="Meaning">How to read it, in a line.</param>
public sealed record Highlight(string Name, string Value, string Meaning);
