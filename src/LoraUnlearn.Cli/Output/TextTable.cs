using System.Text;
using LoraUnlearn.Cli.Text;
using Spectre.Console;

namespace LoraUnlearn.Cli.Output;

/// <summary>A table for people: ruled on a terminal, plain aligned columns elsewhere.</summary>
internal sealed class TextTable
{
    private readonly string[] _headings;
    private readonly List<string[]> _rows = [];

    /// <summary>Creates a table without rows.</summary>
    /// <param name="headings">One heading a column. The first column is text; the others are aligned to the right.</param>
    public TextTable(params string[] headings)
    {
        _headings = headings;
    }

    /// <summary>Line above the table; may be empty.</summary>
    public string Title { get; init; } = "";

    /// <summary>Whether every column is text, aligned to the left.</summary>
    public bool IsText { get; init; }

    /// <summary>Adds a row.</summary>
    /// <param name="cells">One cell a column.</param>
    /// <exception cref="ArgumentException">There are more or fewer cells than columns.</exception>
    public void Add(params string[] cells)
    {
        if (cells.Length != _headings.Length)
        {
            throw new ArgumentException($"Found {cells.Length} cells, expected {_headings.Length}.", nameof(cells));
        }

        _rows.Add([.. cells.Select(PlainText.Clean)]);
    }

    /// <summary>Writes the table to standard output.</summary>
    public void Write(Terminal terminal)
    {
        if (terminal.OutIsTerminal)
        {
            WriteRuled(terminal);
        }
        else
        {
            WritePlain(terminal.Out);
        }
    }

    /// <summary>The table as Markdown: its title as a line above, numbers aligned to the right.</summary>
    public string ToMarkdown()
    {
        StringBuilder text = new();
        if (Title.Length > 0)
        {
            text.Append(Title).Append("\n\n");
        }

        string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |\n";
        text.Append(Line(_headings)).Append(Line(_headings.Select((_, column) => IsRight(column) ? "--:" : "---")));
        foreach (string[] row in _rows)
        {
            text.Append(Line(row));
        }

        return text.ToString();
    }

    private void WriteRuled(Terminal terminal)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Out) });
        console.Profile.Width = terminal.Width;
        Table table = new() { Border = TableBorder.Rounded };
        if (Title.Length > 0)
        {
            table.Title = new TableTitle(Markup.Escape(Title));
        }

        for (int column = 0; column < _headings.Length; column++)
        {
            TableColumn heading = new(Markup.Escape(_headings[column]));
            table.AddColumn(IsRight(column) ? heading.RightAligned() : heading);
        }

        foreach (string[] row in _rows)
        {
            table.AddRow(row.Select(Markup.Escape).ToArray());
        }

        console.Write(table);
    }

    private void WritePlain(TextWriter writer)
    {
        if (Title.Length > 0)
        {
            writer.WriteLine(Title);
        }

        int[] widths = [.. _headings.Select((heading, column) => _rows.Select(row => row[column].Length).Append(heading.Length).Max())];
        foreach (string[] row in _rows.Prepend(_headings))
        {
            StringBuilder line = new();
            for (int column = 0; column < row.Length; column++)
            {
                line.Append(column == 0 ? "" : "  ");
                line.Append(IsRight(column) ? row[column].PadLeft(widths[column]) : row[column].PadRight(widths[column]));
            }

            writer.WriteLine(line.ToString().TrimEnd());
        }
    }

    private bool IsRight(int column) => column > 0 && !IsText;
}
