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

    /// <summary>Creates the verb.</summary>
    public UnlearnVerb()
        : base("unlearn", "Train an adapter that makes the model forget: the whole main job.")
    {
        foreach (OptionGroup group in _run.Groups(_out))
        {
            AddGroup(group.Heading, group.Options);
        }

        AddGroup("Signature", _sign);
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
        UnlearningRequest request = _run.Request(invocation, invocation.Get(_out));
        using ECDsa? key = invocation.Get(_sign) is string path ? ManifestSignature.ReadKey(path, toSign: true) : null;
        UnlearningResult result = UnlearningWork.Run(invocation, request);
        if (key is not null)
        {
            ManifestSignature.Write(request.Output, key);
        }

        UnlearningReport.Print(invocation.Reporter, request, result);
    }
}
