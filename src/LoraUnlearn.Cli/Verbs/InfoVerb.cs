using System.CommandLine;
using LoraUnlearn.Cli.Inspection;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Gguf;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Describes a model folder, an adapter folder, a safetensors or GGUF file, or a manifest.</summary>
internal sealed class InfoVerb : Verb
{
    private readonly PathArgument _path = new("PATH")
    {
        Description = "Model folder, adapter folder, safetensors or GGUF file, or manifest (JSON).",
        Arity = ArgumentArity.ExactlyOne,
    };

    private readonly Option<bool> _tensors = OptionKinds.Flag("--tensors", "List every tensor of an adapter or model, too.");

    /// <summary>Creates the verb.</summary>
    public InfoVerb()
        : base("info", "Describe a model folder, an adapter, a safetensors or GGUF file, or a manifest.")
    {
        Command.Arguments.Add(_path);
        AddGroup("Options", _tensors);
        AddCommon();
    }

    /// <inheritdoc/>
    public override bool UsesTorch => false;

    /// <inheritdoc/>
    public override string Details =>
        "Of a model folder, it says whether this program can compute it, and if not, why; nothing is read but the configuration and the headers. "
        + "With --quiet it only checks.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn info models/llama",
        "lora-unlearn info forgotten/adapter_model.safetensors --json",
    ];

    /// <inheritdoc/>
    public override void Run(Invocation invocation) =>
        Inspect(invocation.Get(_path), invocation.Get(_tensors)).Print(invocation.Reporter);

    private static Inspection.Inspection Inspect(string path, bool withTensors)
    {
        if (Directory.Exists(path))
        {
            return FolderInspection.IsAdapter(path) ? FolderInspection.OfAdapter(path, withTensors) : FolderInspection.OfModel(path, withTensors);
        }

        if (!File.Exists(path))
        {
            throw new InputException($"{path} does not exist; expected a model folder, an adapter folder, a safetensors or GGUF file, or a manifest.");
        }

        return path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            ? FolderInspection.OfManifest(path)
            : GgufHeader.IsGguf(path) ? GgufInspection.OfFile(path)
            : TensorInspection.OfFile(path);
    }
}
