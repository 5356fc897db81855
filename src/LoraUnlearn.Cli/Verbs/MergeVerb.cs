using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Writes a model with adapters merged in.</summary>
internal sealed class MergeVerb : Verb
{
    private const int VerifiedRows = 4;
    private const int VerifiedLength = 32;

    private readonly ModelOptions _model = new();
    private readonly Option<string[]> _adapter = OptionKinds.Inputs("--adapter", "DIR", "Adapter folder (PEFT), or DIR:WEIGHT.");
    private readonly Option<string> _out = OptionKinds.RequiredOutput("--out", PathRole.OutputFolder, "Model folder to write; it must not exist, or be empty.");
    private readonly Option<bool> _verify = OptionKinds.Flag("--verify", "Compare the logits of the merged model with those of the base under the adapters.");
    private readonly ComputeOptions _compute = new();
    private readonly Option<string> _format = OptionKinds.Choice("--format", "Format to write: a model folder, or one file for llama.cpp and Ollama (--out may then be a name, NAME.gguf).", "safetensors", "safetensors", "gguf");
    private readonly Option<string> _dtype = OptionKinds.Choice("--dtype", "Type of a GGUF's matrices; stored is float16 where the model's are of 16 bits.", "stored", "stored", "float32", "float16");

    /// <summary>Creates the verb.</summary>
    public MergeVerb()
        : base("merge", "Write a model with adapters merged in, as a new safetensors folder.")
    {
        _adapter.Required = true;
        AddGroup("Options", _model.Model, _adapter, _out, _verify);
        AddGroup("GGUF", _format, _dtype);
        AddGroup("Computation of --verify", _compute.All);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "W + change is computed in float32 and rounded once to the type in which the model is stored. The base folder stays as it is.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn merge --model models/llama --adapter forgotten --out merged --verify",
        "lora-unlearn merge --model models/llama --adapter one --adapter other:0.5 --out merged",
        "lora-unlearn merge --model models/llama --adapter forgotten --format gguf --dtype float16 --out merged.gguf",
    ];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string output = invocation.Get(_out);
        using LoadedAdapters adapters = AdapterFolders.Read(invocation.Get(_adapter));
        using ModelFolder model = ModelFolder.Open(invocation.Get(_model.Model));
        if (invocation.Get(_format) == "gguf")
        {
            RefuseVerify(invocation);
            GgufMergeWork.Run(invocation.Reporter, model, adapters.Weighted, output, invocation.Get(_dtype));
            return;
        }

        AdapterMerge.Write(model, adapters.Weighted, output);
        double? difference = invocation.Get(_verify) ? Verify(invocation, model, adapters, output) : null;
        Reporter reporter = invocation.Reporter;
        reporter.Line(difference is double value
            ? $"The merged model is in {output}; its logits differ from the base's under the adapter by at most {Figures.Four(value)}."
            : $"The merged model is in {output}.");
        reporter.Document(new JsonObject { ["out"] = output, ["largest_logit_difference"] = JsonText.Number(difference) });
    }

    /// <summary>The largest logit difference that rounding the weights to their stored type explains.</summary>
    public static double Tolerance(ModelFolder model)
    {
        string[] types = [.. model.Weights.Entries.Values.Select(entry => entry.DType).Distinct()];
        return types.Contains("BF16") ? 0.5 : types.Contains("F16") ? 0.1 : 1e-3;
    }

    private void RefuseVerify(Invocation invocation)
    {
        if (invocation.Get(_verify))
        {
            throw new InputException("--verify computes with a model folder, which --format gguf does not write; leave it out, or verify a merge to safetensors.");
        }
    }

    private double Verify(Invocation invocation, ModelFolder model, LoadedAdapters adapters, string output)
    {
        invocation.Reporter.Log("Verifying…");
        ComputeSettings compute = _compute.Read(invocation);
        using ModelFolder merged = ModelFolder.Open(output);
        using DisposeScope scope = NewDisposeScope();
        long vocabulary = ModelFamilies.Describe(model.Config).VocabularySize;
        SeededRandom random = new(invocation.Get(_compute.Seed));
        long[] ids = [.. Enumerable.Range(0, VerifiedRows * VerifiedLength).Select(_ => (long)random.NextInt((int)vocabulary))];
        Tensor inputIds = tensor(ids, [VerifiedRows, VerifiedLength], ScalarType.Int64); // [b,t]
        double difference = MergeVerification.LargestLogitDifference(model, adapters.Weighted, merged, inputIds, compute.Device, compute.Dtype);
        double tolerance = Tolerance(model);
        return difference <= tolerance
            ? difference
            : throw new WorkFailedException($"The merged model in {output} computes something else than the base under the adapter: a logit differs by {Figures.Four(difference)}, expected at most {Figures.Four(tolerance)}. Do not use it.");
    }
}
