using System.Text.Json.Nodes;
using LoraUnlearn.Cli.Output;

namespace LoraUnlearn.Cli.Inspection;

/// <summary>What <c>info</c> says of a thing: facts for people and for programs, and a table for people.</summary>
internal sealed class Inspection
{
    private readonly List<(string Label, string Text)> _facts = [];
    private string? _fault;

    /// <summary>Starts the description.</summary>
    /// <param name="kind">What the thing is: model, adapter, safetensors or manifest.</param>
    /// <param name="path">Where it is.</param>
    public Inspection(string kind, string path)
    {
        Document["kind"] = kind;
        Document["path"] = path;
        _facts.Add((kind, path));
    }

    /// <summary>The facts as JSON.</summary>
    public JsonObject Document { get; } = [];

    /// <summary>Details below the facts; null where there are none.</summary>
    public TextTable? Table { get; set; }

    /// <summary>Adds a fact.</summary>
    /// <param name="key">Its JSON key; people read it with blanks.</param>
    /// <param name="value">Its value as JSON; nothing is added where it is null.</param>
    /// <param name="text">Its value for people; the JSON text unless given.</param>
    public void Add(string key, JsonNode? value, string? text = null)
    {
        if (value is null)
        {
            return;
        }

        _facts.Add((key.Replace('_', ' '), text ?? (value is JsonArray list ? string.Join(", ", list) : value.ToString())));
        Document[key] = value;
    }

    /// <summary>Says first whether the thing can be used.</summary>
    /// <param name="fault">Why it cannot; null where it can.</param>
    public void SetVerdict(string? fault)
    {
        _fault = fault;
        Document["runs"] = fault is null;
        Document["fault"] = fault;
        _facts.Add(("runs", fault is null ? "yes" : "no, see the warning"));
    }

    /// <summary>Prints it all; where quiet is asked for, only what is wrong.</summary>
    public void Print(Reporter reporter)
    {
        if (_fault is not null)
        {
            reporter.Warn($"this model cannot be computed: {_fault}");
        }

        reporter.Document(Document);
        if (reporter.IsQuiet)
        {
            return;
        }

        int width = _facts.Max(fact => fact.Label.Length);
        foreach ((string label, string text) in _facts)
        {
            reporter.Line($"{label.PadRight(width)}  {text}");
        }

        if (Table is not null)
        {
            reporter.Line();
            reporter.Table(Table);
        }
    }
}
