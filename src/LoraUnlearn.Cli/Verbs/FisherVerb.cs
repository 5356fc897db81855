using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Fisher;
using LoraUnlearn.Models;
using LoraUnlearn.Sessions;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Estimates Fisher statistics of the linear maps and writes them.</summary>
internal sealed class FisherVerb : Verb
{
    private readonly ModelOptions _model = new();
    private readonly DataOptions _data = new();
    private readonly Option<string> _out = OptionKinds.RequiredOutput("--out", PathRole.OutputFile, "Safetensors file to write.");
    private readonly FisherSettings _fisher = new("--mode", rows: 0);
    private readonly Option<string> _targets = new LowRankOptions().Targets;
    private readonly RowOptions _rows = new();
    private readonly ComputeOptions _compute = new();

    /// <summary>Creates the verb.</summary>
    public FisherVerb()
        : base("fisher", "Estimate which rows of the weights carry what is to be forgotten.")
    {
        AddGroup("Options", [_model.Model, .. _data.All, _out, _model.IgnoreConfigKey]);
        AddGroup("Estimate", [.. _fisher.All, _targets]);
        AddGroup("Rows", _rows.All);
        AddGroup("Computation", _compute.All);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "Writes, for each linear map, forget.WEIGHT and retain.WEIGHT (per-example Fisher information, summed over the inputs, per "
        + "scored token) and relative.WEIGHT (their ratio, the squared importance before normalisation), one number for each output row.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
        ["lora-unlearn fisher --model models/llama --forget forget.jsonl --retain retain.jsonl --out fisher.safetensors"];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string output = invocation.Get(_out);
        ComputeSettings compute = _compute.Read(invocation);
        long seed = invocation.Get(_compute.Seed);
        EncodingOptions encoding = _rows.Read(invocation, seed);
        using ModelSession session = ModelSession.Open(invocation.Get(_model.Model), compute, ignoredKeys: invocation.Get(_model.IgnoreConfigKey));
        IReadOnlyList<LinearMap> maps = AdapterTargets.Select(session.Decoder, LowRankOptions.SplitNames(invocation.Get(_targets)));
        EncodedData forget = session.Encode(invocation.Get(_data.Forget), encoding);
        EncodedData? retain = invocation.Get(_data.Retain) is string path ? session.Encode(path, encoding) : null;
        RunNotes.OfRows(invocation.Reporter, session, forget, retain);

        Stopwatch clock = Stopwatch.StartNew();
        using FisherResult result = FisherWork.Estimate(
            invocation, session.Decoder, maps, _fisher.Read(invocation), forget, retain, invocation.Get(_fisher.Rows), seed);
        result.Save(output);
        Report(invocation.Reporter, result, output, clock.Elapsed);
    }

    private static void Report(Reporter reporter, FisherResult result, string output, TimeSpan elapsed)
    {
        reporter.Line($"Fisher information of {result.Modules.Count} maps from {result.ForgetTokens} forget and {result.RetainTokens} retain tokens in {Durations.Text(elapsed)}: {output}");
        reporter.Document(new JsonObject
        {
            ["out"] = output,
            ["mode"] = result.Options.Mode.ToString().ToLowerInvariant(),
            ["epsilon"] = JsonText.Number(result.Options.Epsilon),
            ["modules"] = result.Modules.Count,
            ["forget_tokens"] = result.ForgetTokens,
            ["retain_tokens"] = result.RetainTokens,
            ["seconds"] = JsonText.Number(elapsed.TotalSeconds),
        });
    }
}
