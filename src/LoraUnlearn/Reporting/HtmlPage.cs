using System.Net;
using System.Text;
using System.Xml.Linq;

namespace LoraUnlearn.Reporting;

/// <summary>
/// A page of one file: headings, paragraphs, tables and charts, nothing loaded from elsewhere and no script in it. Every text that is given
/// is text: it is encoded.
/// </summary>
public sealed class HtmlPage
{
    // A second fence: whatever gets past the encoding, nothing is loaded and nothing is run.
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

    private readonly StringBuilder _body = new();
    private readonly List<(string Id, string Text)> _headings = [];
    private readonly string _title;
    private int _figures;
    private int _tables;
    private bool _inFigures;

    /// <summary>An empty page.</summary>
    /// <param name="title">Its title and first heading.</param>
    public HtmlPage(string title)
    {
        _title = title;
    }

    /// <summary>Text above the first heading's contents, for example what the page is about; empty for none.</summary>
    public string Introduction { get; set; } = "";

    /// <summary>Text at the end; empty for none.</summary>
    public string Footer { get; set; } = "";

    /// <summary>Adds a heading.</summary>
    public void Heading(string text)
    {
        string id = $"part-{_headings.Count + 1}";
        _headings.Add((id, text));
        Body.Append("<h2 id=\"").Append(id).Append("\">").Append(Encode(text)).Append("</h2>\n");
    }

    /// <summary>Adds a heading below the last one.</summary>
    public void Subheading(string text) => Body.Append("<h3>").Append(Encode(text)).Append("</h3>\n");

    /// <summary>Adds a paragraph.</summary>
    public void Paragraph(string text) => Body.Append("<p>").Append(Encode(text)).Append("</p>\n");

    /// <summary>Adds a paragraph that says what is missing, or how to read what comes.</summary>
    public void Note(string text) => Body.Append("<p class=\"note\">").Append(Encode(text)).Append("</p>\n");

    /// <summary>Adds figures of a number each, with its name and what it means.</summary>
    /// <param name="highlights">At least one.</param>
    public void Tiles(IEnumerable<Highlight> highlights)
    {
        Body.Append("<dl class=\"tiles\">\n");
        foreach (Highlight highlight in highlights)
        {
            _body.Append("<div><dt>").Append(Encode(highlight.Name)).Append("</dt><dd class=\"value\">").Append(Encode(highlight.Value))
                .Append("</dd><dd class=\"means\">").Append(Encode(highlight.Meaning)).Append("</dd></div>\n");
        }

        _body.Append("</dl>\n");
    }

    /// <summary>Adds a table; its first column is text, the others are aligned to the right.</summary>
    /// <param name="headings">One for each column.</param>
    /// <param name="rows">One cell for each column.</param>
    /// <param name="caption">What it shows; empty for none.</param>
    /// <param name="isText">Whether every column is text.</param>
    public void Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows, string caption = "", bool isText = false)
    {
        StringBuilder body = Body;
        string label = "aria-label=\"table\"";
        if (caption.Length > 0)
        {
            string id = $"table-{++_tables}";
            body.Append("<p class=\"caption\" id=\"").Append(id).Append("\">").Append(Encode(caption)).Append("</p>\n");
            label = $"aria-labelledby=\"{id}\"";
        }

        // A table wider than the window scrolls within its frame, which the keyboard reaches, too.
        body.Append("<div class=\"scroll\" tabindex=\"0\" role=\"region\" ").Append(label).Append(">\n<table").Append(isText ? " class=\"text\">\n" : ">\n");
        _body.Append("<thead><tr>");
        foreach (string heading in headings)
        {
            _body.Append("<th scope=\"col\">").Append(Encode(heading)).Append("</th>");
        }

        _body.Append("</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<string> row in rows)
        {
            _body.Append("<tr>");
            for (int column = 0; column < row.Count; column++)
            {
                _body.Append(column == 0 ? "<th scope=\"row\">" : "<td>").Append(Encode(row[column])).Append(column == 0 ? "</th>" : "</td>");
            }

            _body.Append("</tr>\n");
        }

        _body.Append("</tbody>\n</table>\n</div>\n");
    }

    /// <summary>Adds a chart; charts that follow each other lie side by side where there is room.</summary>
    /// <param name="svg">SVG as <see cref="Chart"/> makes it.</param>
    /// <param name="description">What it shows, for those who cannot see it.</param>
    /// <param name="caption">What to look at; empty for none.</param>
    public void Figure(string svg, string description, string caption = "")
    {
        if (!_inFigures)
        {
            _body.Append("<div class=\"figures\">\n");
            _inFigures = true;
        }

        _body.Append("<figure>").Append(Inlined(svg, $"f{++_figures}-", description));
        if (caption.Length > 0)
        {
            _body.Append("<figcaption>").Append(Encode(caption)).Append("</figcaption>");
        }

        _body.Append("</figure>\n");
    }

    /// <summary>Adds something that is shown when asked for.</summary>
    /// <param name="summary">What it is.</param>
    /// <param name="content">Adds it.</param>
    public void Details(string summary, Action content)
    {
        Body.Append("<details><summary>").Append(Encode(summary)).Append("</summary>\n");
        content();
        Body.Append("</details>\n");
    }

    /// <summary>Adds named texts that belong together, with the words marked that came and went.</summary>
    /// <param name="heading">What they are about.</param>
    /// <param name="texts">Name and pieces of each text.</param>
    public void Texts(string heading, IEnumerable<(string Name, IReadOnlyList<TextPart> Parts)> texts)
    {
        Body.Append("<section class=\"answer\"><h3>").Append(Encode(heading)).Append("</h3><dl>\n");
        foreach ((string name, IReadOnlyList<TextPart> parts) in texts)
        {
            _body.Append("<dt>").Append(Encode(name)).Append("</dt><dd>");
            foreach (TextPart part in parts)
            {
                string tag = part.Change switch { TextChange.Added => "ins", TextChange.Gone => "del", _ => "" };
                _body.Append(tag.Length > 0 ? $"<{tag}>" : "").Append(Encode(part.Text)).Append(tag.Length > 0 ? $"</{tag}>" : "");
            }

            _body.Append("</dd>\n");
        }

        _body.Append("</dl></section>\n");
    }

    /// <summary>The whole page.</summary>
    public override string ToString()
    {
        StringBuilder page = new();
        page.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"").Append(Encode(Policy))
            .Append("\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>")
            .Append(Encode(_title)).Append("</title>\n<style>\n").Append(HtmlStyle.Sheet).Append("\n</style>\n</head>\n<body>\n<header>\n<h1>").Append(Encode(_title)).Append("</h1>\n");
        if (Introduction.Length > 0)
        {
            page.Append("<p>").Append(Encode(Introduction)).Append("</p>\n");
        }

        if (_headings.Count > 2)
        {
            page.Append("<nav aria-label=\"Contents\"><ul>");
            _headings.ForEach(heading => page.Append("<li><a href=\"#").Append(heading.Id).Append("\">").Append(Encode(heading.Text.Split(':')[0])).Append("</a></li>"));
            page.Append("</ul></nav>\n");
        }

        page.Append("</header>\n<main>\n").Append(Body).Append("</main>\n");
        if (Footer.Length > 0)
        {
            page.Append("<footer><p>").Append(Encode(Footer)).Append("</p></footer>\n");
        }

        return page.Append("</body>\n</html>\n").ToString();
    }

    // Everything but a figure ends a row of figures.
    private StringBuilder Body
    {
        get
        {
            if (_inFigures)
            {
                _body.Append("</div>\n");
                _inFigures = false;
            }

            return _body;
        }
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(ChartText.Readable(text));

    // A chart as part of the page: its identifiers made its own, and its style left to the page's.
    private static string Inlined(string svg, string prefix, string description)
    {
        XElement root = XDocument.Parse(svg).Root!;
        root.Elements().Where(element => element.Name.LocalName == "style").Remove();
        foreach (XAttribute attribute in root.DescendantsAndSelf().Attributes())
        {
            attribute.Value = attribute.Name.LocalName switch
            {
                "id" => prefix + attribute.Value,
                "href" when attribute.Value.StartsWith('#') => $"#{prefix}{attribute.Value[1..]}",
                _ => attribute.Value.Replace("url(#", $"url(#{prefix}", StringComparison.Ordinal),
            };
        }

        root.SetAttributeValue("role", "img");
        root.SetAttributeValue("aria-label", ChartText.Readable(description));
        return root.ToString(SaveOptions.DisableFormatting);
    }
}
