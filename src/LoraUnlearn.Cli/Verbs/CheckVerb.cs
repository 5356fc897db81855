using System.CommandLine;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>A dry run: everything that <c>unlearn</c> finds out before it reads a weight.</summary>
internal sealed class CheckVerb : Verb
{
    private readonly RunOptions _run = new();

    /// <summary>Creates the verb.</summary>
    public CheckVerb()
        : base("check", "Check model, rows and settings of an unlearn command, and print its plan, without reading a weight.")
    {
        foreach (OptionGroup group in _run.Groups(null))
        {
            AddGroup(group.Heading, group.Options);
        }

        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "Takes the options of unlearn but --out, and refuses what unlearn would refuse. Reads the configuration, the headers of the weights, the tokenizer "
        + "and the rows. With --verbose the first row of each file is shown, token by token.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn check --model models/llama --forget forget.jsonl --retain retain.jsonl",
        "lora-unlearn check --model models/llama --forget forget.jsonl --preset npo --verbose",
    ];

    /// <inheritdoc/>
    public override Option<string?> Preset => _run.Preset;

    /// <inheritdoc/>
    public override Option<bool> ShowPreset => _run.Show;

    /// <inheritdoc/>
    public override string? HelpOn(string topic) => topic == ObjectiveHelp.Topic ? ObjectiveHelp.Text() : null;

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        RunForecast forecast = RunForecast.Of(_run.Request(invocation, ""));
        PlanText plan = new(forecast);
        foreach (string line in plan.Lines())
        {
            invocation.Reporter.Line(line);
        }

        foreach (string note in forecast.Notes)
        {
            invocation.Reporter.Line($"note: {note}");
        }

        RunNotes.FirstRows(invocation.Reporter, forecast.Rows, forecast.Forget, forecast.Retain);
        invocation.Reporter.Document(plan.Document());
    }
}
