using System.CommandLine;
using LoraUnlearn.Cli.Inspection;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Describes a model folder, an adapter folder, a safetensors file or a manifest.</summary>
internal sealed class InfoVerb : Verb
{
    private readonly Argument<string> _path = new("PATH")
    {
        Description = "Model folder, adapter folder, safetensors file or manifest (JSON).",
        Arity = ArgumentArity.ExactlyOne,
    };

    /// <summary>Creates the verb.</summary>
    public InfoVerb()
        : base("info", "Describe a model folder, an adapter, a safetensors file or a manifest.")
    {
        Command.Arguments.Add(_path);
        AddCommon();
    }

    /// <inheritdoc/>
    public override bool UsesTorch => false;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn info models/llama",
        "lora-unlearn info forgotten/adapter_model.safetensors --json",
    ];

    /// <inheritdoc/>
    public override void Run(Invocation invocation) => Inspect(invocation.Get(_path)).Print(invocation.Reporter);

    private static Inspection.Inspection Inspect(string path)
    {
        if (Directory.Exists(path))
        {
            return FolderInspection.IsAdapter(path) ? FolderInspection.OfAdapter(path) : FolderInspection.OfModel(path);
        }

        if (!File.Exists(path))
        {
            throw new InputException($"{path} does not exist; expected a model folder, an adapter folder, a safetensors file or a manifest.");
        }

        return path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            ? FolderInspection.OfManifest(path)
            : TensorInspection.OfFile(path);
    }
}
