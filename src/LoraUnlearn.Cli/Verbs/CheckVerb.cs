using System.CommandLine;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>A dry run: everything that <c>unlearn</c> finds out before it reads a weight.</summary>
internal sealed class CheckVerb : Verb
{
    private readonly RunOptions _run = new();
    private readonly Option<string?> _out = OptionKinds.Text("--out", "DIR", "The folder that unlearn would write; nothing is written.");

    /// <summary>Creates the verb.</summary>
    public CheckVerb()
        : base("check", "Check model, rows and settings of an unlearn command, and print its plan, without reading a weight.")
    {
        foreach (OptionGroup group in _run.Groups(_out))
        {
            AddGroup(group.Heading, group.Options);
        }

        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "Takes the options of unlearn, and refuses what unlearn would refuse. Reads the configuration, the headers of the weights, the tokenizer "
        + "and the rows. With --verbose the first row of each file is shown, token by token.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn check --model models/llama --forget forget.jsonl --retain retain.jsonl",
        "lora-unlearn check --config unlearn.yaml --verbose",
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
        string? output = invocation.Get(_out);
        if (output is not null)
        {
            RunFolder.Check(output, _run.Resumes(invocation));
        }

        RunForecast forecast = RunForecast.Of(_run.Request(invocation, output ?? ""));
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
