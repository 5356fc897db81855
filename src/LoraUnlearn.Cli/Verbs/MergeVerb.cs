using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Models;
using LoraUnlearn.Quantization;
using LoraUnlearn.Torch;
using static TorchSharp.torch;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Writes a model with adapters merged in.</summary>
internal sealed class MergeVerb : Verb
{
    private const double Noticeable = 0.1; // share of the change that rounding may eat without a warning
    private const int WorstShown = 3;

    private readonly ModelOptions _model = new();
    private readonly Option<string[]> _adapter = OptionKinds.Inputs("--adapter", "DIR", "Adapter folder (PEFT), or DIR:WEIGHT; a weight may be negative.");
    private readonly Option<string> _out = OptionKinds.RequiredOutput("--out", PathRole.OutputFolder, "Model folder to write; it must not exist, or be empty.");
    private readonly Option<string> _dtype = OptionKinds.Choice("--dtype", "Type of the written weights; stored keeps each tensor's own (in a GGUF float16 where the model's are of 16 bits).", "stored", "stored", "float32", "bfloat16", "float16");
    private readonly Option<string> _requantize = OptionKinds.Choice("--requantize", "Quantise the merged weights of a quantised model again, which can bring back what was forgotten: needs --forget, to measure it. Without it they are written in bfloat16, or --dtype.", "no", "no", "nf4", "int8");
    private readonly MergeRoundingOptions _rounding = new();
    private readonly Option<bool> _verify = OptionKinds.Flag("--verify", "Compare the logits of the merged model with those of the base under the adapters.");
    private readonly Option<string[]> _prompt = OptionKinds.Repeated("--prompt", "TEXT", "Text on which --verify compares logits; random token ids unless given.");
    private readonly Option<string?> _forget = OptionKinds.Input("--forget", "FILE", "JSONL file with what was to be forgotten, to measure what the merged model knows of it.");
    private readonly Option<string?> _retain = OptionKinds.Input("--retain", "FILE", "JSONL file with what was to be kept; likewise.");
    private readonly ComputeOptions _compute = new();
    private readonly Option<string> _format = OptionKinds.Choice("--format", "Format to write: a model folder, or one file for llama.cpp and Ollama (--out may then be a name, NAME.gguf).", "safetensors", "safetensors", "gguf");

    /// <summary>Creates the verb.</summary>
    public MergeVerb()
        : base("merge", "Write a model with adapters merged in, as a new safetensors folder.")
    {
        _adapter.Required = true;
        AddGroup("Options", _model.Model, _adapter, _out, _format, _dtype, _requantize, _rounding.Rounding, _rounding.Seed, _model.IgnoreConfigKey);
        AddGroup("Verification", _verify, _prompt, _forget, _retain, _compute.Device, _compute.Threads);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "W + change is computed in float32 and rounded once to the type that is written; the share of the change that rounding eats is printed, with a warning above 10 %. "
        + "The base folder stays as it is; everything in it but weights is carried over. A quantised base is dequantised, and the merged model written in bfloat16 unless --dtype or --requantize says otherwise.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn merge --model models/llama --adapter forgotten --out merged --verify",
        "lora-unlearn merge --model models/llama --adapter one --adapter other:-0.5 --dtype float32 --out merged",
        "lora-unlearn merge --model models/llama --adapter forgotten --format gguf --dtype float16 --out merged.gguf",
    ];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string output = invocation.Get(_out);
        string[] prompts = invocation.Get(_prompt);
        bool verifies = invocation.Get(_verify) || prompts.Length > 0;
        using ModelFolder model = ModelFolder.Open(invocation.Get(_model.Model), invocation.Get(_model.IgnoreConfigKey));
        Libtorch.UseThreads(invocation.Get(_compute.Threads));
        ComputeSettings compute = ComputeSettings.Parse(invocation.Get(_compute.Device), "auto");
        using LoadedAdapters adapters = AdapterFolders.Read(invocation.Get(_adapter));
        if (invocation.Get(_format) == "gguf")
        {
            RefuseForGguf(invocation);
            GgufMergeWork.Run(invocation.Reporter, model, adapters.Weighted, output, invocation.Get(_dtype));
            return;
        }

        foreach (string folder in invocation.Get(_adapter).Select(argument => AdapterFolders.Split(argument).Folder))
        {
            if (AdapterBase.Of(folder)?.Precision is { } precision && QuantisationConfig.Read(model.Config) is null)
            {
                invocation.Reporter.Line($"Note: {folder} was trained on the base in {precision} and is merged into the unquantised weights, which differ a little; --forget and --retain measure the result.");
            }
        }

        LossMeasure? rows = Rows(invocation, adapters);
        CheckRequantize(invocation, model, rows);
        if (TiedHead.Warning(model, ModelFamilies.Describe(model.Config)) is string warning)
        {
            invocation.Reporter.Warn($"{warning} The merged model holds the tied one in both places.");
        }

        MergeResult result = Write(invocation, model, adapters, output);
        JsonObject document = new() { ["out"] = output };
        Report(invocation, result, document);
        MergeCheck check = new(model, adapters.Weighted, output, compute) { IsRequantised = Requantises(invocation) };
        double? difference = verifies ? check.CompareLogits(invocation.Reporter, prompts, invocation.Get(_rounding.Seed)) : null;
        document["largest_logit_difference"] = JsonText.Number(difference);
        if (rows is not null)
        {
            document["probability"] = check.Measure(invocation, rows);
        }

        invocation.Reporter.Line(difference is double value
            ? $"The merged model is in {output}; its logits differ from the base's under the adapter by at most {Figures.Four(value)}."
            : $"The merged model is in {output}.");
        invocation.Reporter.Document(document);
    }

    private bool Requantises(Invocation invocation) => invocation.Get(_requantize) != "no";

    private void CheckRequantize(Invocation invocation, ModelFolder model, LossMeasure? rows)
    {
        if (!Requantises(invocation))
        {
            return;
        }

        if (QuantisationConfig.Read(model.Config) is null)
        {
            throw new InputException($"--requantize is for quantised models, and {model.Path} is not; merge, and quantise the merged model with 'lora-unlearn quantize'.");
        }

        if (rows is null)
        {
            throw new InputException("--requantize rounds in steps that can be larger than the adapter's change; give --forget, so that what it brings back is measured.");
        }

        Option[] others = [_verify, _prompt, _dtype];
        if (others.FirstOrDefault(invocation.IsGiven) is { } given)
        {
            throw new InputException($"{given.Name} does not go with --requantize, which changes logits and types; leave it out.");
        }
    }

    private LossMeasure? Rows(Invocation invocation, LoadedAdapters adapters)
    {
        string? forget = invocation.Get(_forget), retain = invocation.Get(_retain);
        if (retain is not null && forget is null)
        {
            throw new InputException("--retain is measured beside --forget; give that, too.");
        }

        return forget is null ? null
            : LossMeasure.Find(AdapterFolders.Split(invocation.Get(_adapter)[0]).Folder, adapters.Adapters[0].Config.BaseModel, invocation.Get(_model.Model), forget, retain);
    }

    private void RefuseForGguf(Invocation invocation)
    {
        Option[] checks = [_verify, _prompt, _forget, _retain, _rounding.Rounding, _requantize];
        if (checks.FirstOrDefault(invocation.IsGiven) is { } given)
        {
            throw new InputException($"{given.Name} goes with a model folder, which --format gguf does not write; leave it out, or merge to safetensors.");
        }

        if (invocation.Get(_dtype) == "bfloat16")
        {
            throw new InputException("--dtype bfloat16 is not written to a GGUF; choose float32, float16 or stored.");
        }
    }

    private MergeResult Write(Invocation invocation, ModelFolder model, LoadedAdapters adapters, string output)
    {
        ScalarType? dtype = invocation.Get(_dtype) == "stored" ? null : AdapterOutput.DType(invocation, _dtype);
        using ProgressDisplay display = invocation.Reporter.Progress("Merging", 100);
        return AdapterMerge.Write(model, adapters.Weighted, output, _rounding.Read(invocation, display) with { Dtype = dtype, Requantise = QuantisedPrecision.Named(invocation.Get(_requantize)) ?? BasePrecision.Stored });
    }

    private void Report(Invocation invocation, MergeResult result, JsonObject document)
    {
        MergeRounding all = result.All;
        static string Percent(double share) => $"{Figures.Three(100 * share)} %";
        invocation.Reporter.Line(
            $"Rounding ate {Percent(all.RelativeError)} of the change (norm of the error by norm of the change); {Percent(all.Kept)} is there in its direction; {Percent(all.UnchangedShare)} of the adapted weights are the base's.");
        document["rounding"] = new JsonObject
        {
            ["relative_error"] = JsonText.Number(all.RelativeError),
            ["kept"] = JsonText.Number(all.Kept),
            ["unchanged_share"] = JsonText.Number(all.UnchangedShare),
            ["modules"] = new JsonObject(result.Modules.Select(module => KeyValuePair.Create(module.Module, (JsonNode?)new JsonObject
            {
                ["relative_error"] = JsonText.Number(module.RelativeError),
                ["kept"] = JsonText.Number(module.Kept),
                ["unchanged_share"] = JsonText.Number(module.UnchangedShare),
            }))),
        };
        if (all.RelativeError > Noticeable && Requantises(invocation))
        {
            invocation.Reporter.Warn($"quantising again ate {Percent(all.RelativeError)} of the change; the table below shows what that brings back. Without --requantize the model is written in bfloat16.");
        }
        else if (all.RelativeError > Noticeable && invocation.Get(_rounding.Rounding) == "nearest")
        {
            string worst = string.Join(", ", result.Modules.OrderByDescending(module => module.RelativeError).Take(WorstShown).Select(module => $"{module.Module} ({Percent(module.RelativeError)})"));
            invocation.Reporter.Warn(
                $"rounding ate {Percent(all.RelativeError)} of the change, which may bring back what was forgotten; most in {worst}. Merge with --dtype float32, or with --rounding stochastic, which keeps the change in the mean.");
        }
    }
}
