using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Fisher;
using LoraUnlearn.Initialization;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Makes an untrained adapter.</summary>
internal sealed class InitVerb : Verb
{
    private readonly ModelOptions _model = new();
    private readonly Option<string?> _fisher = OptionKinds.Input("--fisher", "FILE", "Fisher statistics, as 'fisher' writes them; fila needs them.");
    private readonly Option<string> _out = OptionKinds.RequiredOutput("--out", PathRole.OutputFolder, "Adapter folder to write; it must not exist, or be empty.");
    private readonly Option<bool> _exact = OptionKinds.Flag("--exact", "Use the exact singular value decomposition, whatever the size.");
    private readonly LowRankOptions _lowRank = new();
    private readonly ComputeOptions _compute = new();

    /// <summary>Creates the verb.</summary>
    public InitVerb()
        : base("init", "Make an untrained adapter from the weights and their Fisher statistics.")
    {
        AddGroup("Options", _model.Model, _fisher, _out, _model.IgnoreConfigKey);
        AddGroup("Adapter", [.. _lowRank.All, _exact]);
        AddGroup("Computation", _compute.All);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "The folder holds A and B as PEFT names them, and in training/pair.safetensors also their frozen initial values A0 and B0, "
        + "which are subtracted so that the adapter starts as no change at all. The verbs here do that by themselves; other tools need the export.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn init --model models/llama --fisher fisher.safetensors --rank 16 --alpha 32 --out untrained",
        "lora-unlearn init --model models/llama --init pissa --out untrained",
    ];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string output = invocation.Get(_out);
        InitialisationKind kind = _lowRank.Kind(invocation);
        string? statistics = invocation.Get(_fisher);
        if (AdapterInitialisation.NeedsFisher(kind) && statistics is null)
        {
            throw new InputException($"--init {invocation.Get(_lowRank.Init)} needs --fisher FILE; make it with 'lora-unlearn fisher', or choose another --init.");
        }

        string model = invocation.Get(_model.Model);
        using ModelSession session = ModelSession.Open(model, _compute.Read(invocation), ignoredKeys: invocation.Get(_model.IgnoreConfigKey));
        using AdapterSet adapters = _lowRank.Attach(invocation, session.Decoder);
        using FisherResult? fisher = AdapterInitialisation.NeedsFisher(kind)
            ? FisherResult.Load(statistics!, [.. adapters.Pairs.Select(pair => pair.Map)], session.Decoder.Device)
            : null;
        new AdapterInitialisation(kind, invocation.Get(_compute.Seed)) { Exact = invocation.Get(_exact) }.Apply(adapters, fisher);
        OutputFolder.WriteNew(output, folder => TrainingPair.WriteFolder(folder, adapters, model));

        invocation.Reporter.Line($"An untrained adapter of rank {adapters.Rank} on {adapters.Pairs.Count} maps: {output}");
        invocation.Reporter.Document(new JsonObject
        {
            ["out"] = output,
            ["init"] = invocation.Get(_lowRank.Init),
            ["rank"] = adapters.Rank,
            ["alpha"] = adapters.Alpha,
            ["modules"] = adapters.Pairs.Count,
        });
    }
}
