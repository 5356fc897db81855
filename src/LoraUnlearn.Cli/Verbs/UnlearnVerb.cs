using System.CommandLine;
using System.Security.Cryptography;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>The main job: what to forget in, a forget adapter out.</summary>
internal sealed class UnlearnVerb : Verb
{
    private readonly RunOptions _run = new();
    private readonly Option<string> _out = OptionKinds.RequiredOutput("--out", PathRole.WorkFolder, "Adapter folder to write; it must not exist, be empty, or hold a run to --resume.");

    private readonly Option<string?> _sign = OptionKinds.Input("--sign", "FILE", "Private key (PEM, elliptic curve) to sign the manifest with, for verify --key.");

    private readonly Option<string?> _report = OptionKinds.OutputFile("--report", "HTML file to write: the run as one page with its curves, which opens from disk.");
    private readonly Option<bool> _showText = OptionKinds.Flag("--show-text", "Answer some rows before and after, and show the texts in the --report; without it no text of the rows is in it.");

    /// <summary>Creates the verb.</summary>
    public UnlearnVerb()
        : base("unlearn", "Train an adapter that makes the model forget: the whole main job.")
    {
        foreach (OptionGroup group in _run.Groups(_out))
        {
            AddGroup(group.Heading, group.Options);
        }

        AddGroup("Signature", _sign);
        AddGroup("Report", _report, _showText);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "Estimates Fisher information, initialises a low-rank adapter from it, trains it, and writes an adapter folder that any LoRA "
        + "tool loads on the untouched base. An interrupted run leaves its state in DIR/training and goes on with --resume.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn unlearn --model models/llama --forget forget.jsonl --retain retain.jsonl --out forgotten",
        "lora-unlearn unlearn --model models/llama --forget forget.jsonl --retain retain.jsonl --out forgotten --preset npo --stop-when 'forget.probability < 0.1'",
        "lora-unlearn unlearn --model models/llama --forget forget.jsonl --retain retain.jsonl --out forgotten --report forgotten.html",
        "lora-unlearn unlearn --config unlearn.yaml --out forgotten --resume",
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
        string? report = invocation.Get(_report);
        bool showText = invocation.Get(_showText);
        if (showText && report is null)
        {
            throw new InputException("--show-text says what the report may hold; give --report FILE, too, or leave it out.");
        }

        UnlearningRequest request = _run.Request(invocation, invocation.Get(_out));
        using ECDsa? key = invocation.Get(_sign) is string path ? ManifestSignature.ReadKey(path, toSign: true) : null;
        UnlearningResult result = UnlearningWork.Run(invocation, request);
        if (key is not null)
        {
            ManifestSignature.Write(request.Output, key);
        }

        UnlearningReport.Print(invocation.Reporter, request, result);
        if (report is not null)
        {
            ReportWork.OfRun(invocation, request, report, showText);
        }
    }
}
