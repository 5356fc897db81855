using System.Net;
using System.Text;

namespace LoraUnlearn.Reporting;

/// <summary>A page of one file: headings, paragraphs, tables and charts, nothing loaded from elsewhere.</summary>
public sealed class HtmlPage
{
    private const string Style =
        "body{font-family:system-ui,sans-serif;max-width:1340px;margin:2em auto;padding:0 1em;color:#222}"
        + "table{border-collapse:collapse;margin:1em 0}th,td{padding:.25em .8em;border-bottom:1px solid #ddd;text-align:right}"
        + "th:first-child,td:first-child{text-align:left}figure{display:inline-block;margin:.5em}";

    private readonly StringBuilder _body = new();
    private readonly string _title;

    /// <summary>An empty page.</summary>
    /// <param name="title">Its title and first heading.</param>
    public HtmlPage(string title)
    {
        _title = title;
        _body.Append("<h1>").Append(WebUtility.HtmlEncode(title)).Append("</h1>\n");
    }

    /// <summary>Adds a heading.</summary>
    public void Heading(string text) => _body.Append("<h2>").Append(WebUtility.HtmlEncode(text)).Append("</h2>\n");

    /// <summary>Adds a paragraph.</summary>
    public void Paragraph(string text) => _body.Append("<p>").Append(WebUtility.HtmlEncode(text)).Append("</p>\n");

    /// <summary>Adds a table; its first column is text, the others are aligned to the right.</summary>
    /// <param name="headings">One for each column.</param>
    /// <param name="rows">One cell for each column.</param>
    public void Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        _body.Append("<table>\n");
        Row("th", headings);
        foreach (IReadOnlyList<string> row in rows)
        {
            Row("td", row);
        }

        _body.Append("</table>\n");
    }

    /// <summary>Adds a chart, as an image of its own: identifiers inside charts must not meet.</summary>
    /// <param name="svg">SVG as <see cref="Chart"/> makes it.</param>
    /// <param name="description">What it shows, for those who cannot see it.</param>
    public void Figure(string svg, string description) => _body
        .Append("<figure><img alt=\"").Append(WebUtility.HtmlEncode(description))
        .Append("\" src=\"data:image/svg+xml;base64,").Append(Convert.ToBase64String(Encoding.UTF8.GetBytes(svg))).Append("\"></figure>\n");

    /// <summary>The whole page.</summary>
    public override string ToString() =>
        $"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{WebUtility.HtmlEncode(_title)}</title><style>{Style}</style></head>\n<body>\n{_body}</body></html>\n";

    private void Row(string cell, IEnumerable<string> texts)
    {
        _body.Append("<tr>");
        foreach (string text in texts)
        {
            _body.Append('<').Append(cell).Append('>').Append(WebUtility.HtmlEncode(text)).Append("</").Append(cell).Append('>');
        }

        _body.Append("</tr>\n");
    }
}
