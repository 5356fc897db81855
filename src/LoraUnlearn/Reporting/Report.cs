using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Reporting;

/// <summary>A report: sections one below the other, their main numbers on top, as one HTML file that loads nothing.</summary>
/// <param name="title">Its title.</param>
/// <param name="sections">At least one, in order.</param>
public sealed class Report(string title, IReadOnlyList<IReportSection> sections)
{
    /// <summary>A line below the title; empty for none.</summary>
    public string Introduction { get; init; } = "";

    /// <summary>A line at the end: by what it was written, when, and whether it holds texts of rows.</summary>
    public string Footer { get; init; } = "";

    /// <summary>The page.</summary>
    /// <exception cref="InputException">There is no section.</exception>
    public string ToHtml()
    {
        if (sections.Count == 0)
        {
            throw new InputException("There is nothing to report: give --run, --evaluation or --audit.");
        }

        HtmlPage page = new(title) { Introduction = Introduction, Footer = Footer };
        Highlight[] highlights = [.. sections.SelectMany(section => section.Highlights)];
        if (highlights.Length > 0)
        {
            page.Tiles(highlights);
        }

        foreach (IReportSection section in sections)
        {
            page.Heading(section.Title);
            section.Write(page);
        }

        return page.ToString();
    }

    /// <summary>Writes the page, atomically.</summary>
    /// <param name="path">The HTML file.</param>
    /// <exception cref="InputException">It cannot be written, or there is no section.</exception>
    public void Write(string path) => AtomicFile.WriteAllText(path, ToHtml());
}
