using System.CommandLine;

namespace LoraUnlearn.Cli.Options;

/// <summary>Which model, and with which adapter.</summary>
internal sealed class ModelOptions
{
    /// <summary>The model folder.</summary>
    public Option<string> Model { get; } = OptionKinds.RequiredInput(
        "--model", "DIR", "Model folder as Hugging Face has it: config.json, *.safetensors or a sharded index, tokenizer.json (read only when rows are text).");

    /// <summary>An adapter folder to put on it.</summary>
    public Option<string?> Adapter { get; } = OptionKinds.Input("--adapter", "DIR", "Adapter folder (PEFT) to put on the model.");

    /// <summary>Settings of config.json to leave out.</summary>
    public Option<string[]> IgnoreConfigKey { get; } = IgnoreKeys();

    /// <summary>The option that leaves settings of config.json out.</summary>
    public static Option<string[]> IgnoreKeys() => OptionKinds.Repeated(
        "--ignore-config-key", "NAME", "A key of config.json to leave out: one that is not known and certainly does not change what the model computes.");
}
