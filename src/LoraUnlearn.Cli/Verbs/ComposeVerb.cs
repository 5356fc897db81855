using System.CommandLine;
using System.Security.Cryptography;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Adds adapters up.</summary>
internal sealed class ComposeVerb : Verb
{
    private readonly Option<string[]> _adapter = OptionKinds.Inputs("--adapter", "DIR:WEIGHT", "Adapter folder (PEFT) and its weight, which may be negative; 1 unless given.");
    private readonly Option<string> _out = OptionKinds.RequiredOutput("--out", PathRole.OutputFolder, "Adapter folder to write; it must not exist, or be empty.");
    private readonly Option<int?> _rank = OptionKinds.OptionalWhole("--rank", "Rank of the sum; unless given the sum of the ranks, which is exact.", 1);
    private readonly Option<string> _dtype = AdapterOutput.DTypeOption();
    private readonly Option<bool> _force = OptionKinds.Flag("--force", "Add up adapters whose manifests name different base models.");

    private readonly Option<string?> _sign = OptionKinds.Input("--sign", "FILE", "Private key (PEM, elliptic curve) to sign the manifest with, for verify --key.");

    /// <summary>Creates the verb.</summary>
    public ComposeVerb()
        : base("compose", "Add adapters of one base model up, each with a weight.")
    {
        _adapter.Required = true;
        AddGroup("Options", _adapter, _out, _rank, _dtype, _force, _sign);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details => "The sum is the adapters side by side, and computes what they compute when all are active. Its manifest names the parts, their weights and digests.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples => ["lora-unlearn compose --adapter people:1.0 --adapter places:-0.5 --rank 16 --out both"];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string output = invocation.Get(_out);
        (string Folder, double Weight)[] parts = [.. invocation.Get(_adapter).Select(AdapterFolders.Split)];
        using ECDsa? key = invocation.Get(_sign) is string path ? ManifestSignature.ReadKey(path, toSign: true) : null;
        using LoadedAdapters adapters = AdapterFolders.Read(invocation.Get(_adapter));
        AdapterBase? model = Base(invocation, [.. parts.Select(part => part.Folder)]);
        using AdapterFactors sum = AdapterComposition.Sum(adapters.Weighted);
        PeftExport export = PeftExport.Like([.. adapters.Adapters.Select(adapter => adapter.Config)]) with { Dtype = AdapterOutput.DType(invocation, _dtype) };
        AdapterOutput.Write(invocation.Reporter, sum, invocation.Get(_rank), export, output, beside: (folder, lower) =>
        {
            CompositionManifest.Write(folder, model, parts, lower);
            if (key is not null)
            {
                ManifestSignature.Write(folder, key);
            }
        });
    }

    private AdapterBase? Base(Invocation invocation, string[] folders)
    {
        try
        {
            return AdapterBase.RequireSame(folders);
        }
        catch (InputException error) when (invocation.Get(_force))
        {
            invocation.Reporter.Warn(error.Message);
            return null;
        }
    }
}
