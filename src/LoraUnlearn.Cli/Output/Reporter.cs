using System.Text.Json.Nodes;
using LoraUnlearn.Cli.Text;

namespace LoraUnlearn.Cli.Output;

/// <summary>
/// Where a verb's words go: results to standard output (lines and tables for people, or one JSON document), logs,
/// warnings and progress to standard error.
/// </summary>
internal sealed class Reporter
{
    private readonly Terminal _terminal;

    /// <summary>Creates the reporter.</summary>
    /// <param name="terminal">The standard streams.</param>
    /// <param name="json">Only one JSON document on standard output.</param>
    /// <param name="quiet">No logs and no progress.</param>
    /// <param name="verbose">More logs.</param>
    public Reporter(Terminal terminal, bool json, bool quiet, bool verbose)
    {
        _terminal = terminal;
        IsJson = json;
        IsQuiet = quiet;
        IsVerbose = verbose;
    }

    /// <summary>Whether the result is one JSON document; lines and tables are then dropped.</summary>
    public bool IsJson { get; }

    /// <summary>Whether logs and progress are dropped.</summary>
    public bool IsQuiet { get; }

    /// <summary>Whether details are logged.</summary>
    public bool IsVerbose { get; }

    /// <summary>Standard output, for verbs whose result is itself lines of data.</summary>
    public TextWriter Data => _terminal.Out;

    /// <summary>A line of the result, for people.</summary>
    public void Line(string text = "")
    {
        if (!IsJson)
        {
            _terminal.Out.WriteLine(PlainText.Clean(text));
        }
    }

    /// <summary>A table of the result, for people.</summary>
    public void Table(TextTable table)
    {
        if (!IsJson)
        {
            table.Write(_terminal);
        }
    }

    /// <summary>The result as JSON; dropped unless it was asked for. Called once by a verb.</summary>
    public void Document(JsonNode document)
    {
        if (IsJson)
        {
            _terminal.Out.WriteLine(JsonText.Indented(document));
        }
    }

    /// <summary>What is going on.</summary>
    public void Log(string text)
    {
        if (!IsQuiet)
        {
            _terminal.Error.WriteLine(PlainText.Clean(text));
        }
    }

    /// <summary>What is going on, in detail.</summary>
    public void Detail(string text)
    {
        if (IsVerbose)
        {
            _terminal.Error.WriteLine(text);
        }
    }

    /// <summary>Something that the user should know although the work goes on.</summary>
    public void Warn(string text) => _terminal.Error.WriteLine(PlainText.CutMessage(PlainText.Clean($"warning: {text}")));

    /// <summary>Starts a progress display.</summary>
    /// <param name="title">What is being done.</param>
    /// <param name="total">Steps in all.</param>
    /// <param name="limitedBy">The option that makes the work shorter, for the warning of work that takes more than an hour; or null.</param>
    public ProgressDisplay Progress(string title, long total, string? limitedBy = null) => new(
        _terminal.Error,
        title,
        total,
        IsQuiet ? ProgressStyle.None : _terminal.ErrorIsTerminal ? ProgressStyle.Line : ProgressStyle.Log,
        estimate => Warn(limitedBy is null ? $"{estimate}." : $"{estimate}; {limitedBy} makes it shorter."));
}
