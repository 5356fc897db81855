using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Models;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Extracts an adapter from the difference of two models.</summary>
internal sealed class DiffVerb : Verb
{
    private readonly ModelOptions _model = new();
    private readonly Option<string> _merged = OptionKinds.RequiredInput("--merged", "DIR", "The changed model, of the same architecture.");
    private readonly Option<int> _rank = OptionKinds.Whole("--rank", "Rank of the adapter.", Defaults.Request.Rank, 1, 1 << 16);
    private readonly Option<string> _out = OptionKinds.RequiredOutput("--out", PathRole.OutputFolder, "Adapter folder to write; it must not exist, or be empty.");
    private readonly Option<string> _dtype = AdapterOutput.DTypeOption();
    private readonly Option<long> _seed = new ComputeOptions().Seed;

    /// <summary>Creates the verb.</summary>
    public DiffVerb()
        : base("diff", "Extract an adapter from the difference of two models.")
    {
        AddGroup("Options", _model.Model, _merged, _rank, _out, _dtype, _seed, _model.IgnoreConfigKey);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details => "Prints, for each linear map that changed, how much of the change's energy (its squared Frobenius norm) the adapter holds.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples => ["lora-unlearn diff --model models/llama --merged merged --rank 32 --out extracted"];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string output = invocation.Get(_out);
        string path = invocation.Get(_model.Model);
        using ModelFolder model = ModelFolder.Open(path, invocation.Get(_model.IgnoreConfigKey));
        using ModelFolder changed = ModelFolder.Open(invocation.Get(_merged));
        LowRankApproximation extracted = AdapterExtraction.Extract(model, changed, invocation.Get(_rank), invocation.Get(_seed));
        using AdapterFactors factors = extracted.Factors;
        PeftExport export = PeftExport.For(ModelFamilies.Describe(model.Config), factors, path) with { Dtype = AdapterOutput.DType(invocation, _dtype) };
        OutputFolder.WriteNew(output, folder => PeftAdapter.Write(folder, factors, export));
        Report(invocation.Reporter, extracted, output);
    }

    private static void Report(Reporter reporter, LowRankApproximation extracted, string output)
    {
        TextTable table = new("module", "norm of the change", "energy held");
        JsonObject modules = [];
        foreach (ModuleApproximation module in extracted.Modules)
        {
            table.Add(module.Module, Figures.Four(module.Norm), Figures.Four(module.CapturedEnergy));
            modules[module.Module] = new JsonObject { ["norm"] = JsonText.Number(module.Norm), ["captured_energy"] = JsonText.Number(module.CapturedEnergy) };
        }

        table.Add("all", "", Figures.Four(extracted.CapturedEnergy));
        reporter.Table(table);
        reporter.Line($"An adapter of rank {extracted.Factors.Rank} on {extracted.Factors.Modules.Count} maps: {output}");
        reporter.Document(new JsonObject
        {
            ["out"] = output,
            ["rank"] = extracted.Factors.Rank,
            ["captured_energy"] = JsonText.Number(extracted.CapturedEnergy),
            ["modules"] = modules,
        });
    }
}
