using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Verbs;

namespace LoraUnlearn.Cli.Tests;

/// <summary>A verb with one option of each kind, which reports what it was given.</summary>
internal sealed class SampleVerb : Verb
{
    private readonly Option<string> _model = OptionKinds.RequiredInput("--model", "DIR", "A folder.");
    private readonly Option<int> _rank = OptionKinds.Whole("--rank", "A rank.", 16, minimum: 1, maximum: 64);
    private readonly Option<double> _rate = OptionKinds.Number("--learning-rate", "A rate.", 1e-4, minimum: 0);
    private readonly Option<string> _init = OptionKinds.Choice("--init", "An initialisation.", "fila", "fila", "lora", "pissa");
    private readonly Option<string[]> _set = OptionKinds.Repeated("--set", "KEY=VALUE", "A parameter.");
    private readonly Option<string?> _targets = OptionKinds.Text("--targets", "NAMES", "Names.");
    private readonly Action<Invocation> _work;

    public SampleVerb(Action<Invocation>? work = null)
        : base("sample", "A verb for tests.")
    {
        _work = work ?? Report;
        AddGroup("Options", _model, _rank, _rate, _init, _set, _targets);
        AddCommon();
    }

    public override IReadOnlyList<string> Examples => ["lora-unlearn sample --model somewhere"];

    public override void Run(Invocation invocation) => _work(invocation);

    public override string? HelpOn(string topic) => topic == "inits" ? "fila, lora and pissa" : null;

    private void Report(Invocation invocation)
    {
        Reporter reporter = invocation.Reporter;
        reporter.Log("a log");
        reporter.Detail("a detail");
        reporter.Line($"rank {invocation.Get(_rank)}");
        TextTable table = new("name", "value");
        table.Add("rank", $"{invocation.Get(_rank)}");
        reporter.Table(table);
        reporter.Document(new JsonObject
        {
            ["model"] = invocation.Get(_model),
            ["rank"] = invocation.Get(_rank),
            ["learning-rate"] = JsonText.Number(invocation.Get(_rate)),
            ["init"] = invocation.Get(_init),
            ["set"] = JsonText.Texts(invocation.Get(_set)),
            ["targets"] = invocation.Get(_targets),
        });
    }
}
