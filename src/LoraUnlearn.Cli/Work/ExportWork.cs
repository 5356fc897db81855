using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Text;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Gguf;
using LoraUnlearn.Models;
using LoraUnlearn.Outputs;
using LoraUnlearn.Training;
using static TorchSharp.torch;

namespace LoraUnlearn.Cli.Work;

/// <summary>What is exported, for which program, and where to.</summary>
internal sealed record ExportRequest
{
    /// <summary>The adapter's folder.</summary>
    public required string Adapter { get; init; }

    /// <summary>The folder to write, or the name of a GGUF file.</summary>
    public required string Output { get; init; }

    /// <summary>The program that will load it.</summary>
    public required ExportTarget Target { get; init; }

    /// <summary>The largest rank wanted, or null.</summary>
    public int? Rank { get; init; }

    /// <summary>The largest relative error of a module, or null.</summary>
    public double? LargestError { get; init; }

    /// <summary>The type of the tensors.</summary>
    public ScalarType Dtype { get; init; } = ScalarType.Float32;

    /// <summary>The base model's folder, where it was given.</summary>
    public string? Model { get; init; }

    /// <summary>Whether the base model is written as GGUF beside the adapter.</summary>
    public bool WithBase { get; init; }

    /// <summary>What the manifest is signed with, or null.</summary>
    public ECDsa? Key { get; init; }
}

/// <summary>Writes an adapter for a program, with a manifest that says what the export lost.</summary>
/// <param name="invocation">Where to report.</param>
/// <param name="request">What to write.</param>
internal sealed class ExportWork(Invocation invocation, ExportRequest request)
{
    private const string ModelFile = "base.gguf";
    private const double Lossless = 1e-6; // float32 arithmetic of an exact recompression leaves a tenth of this
    private const double Negligible = 1e-3;

    private readonly Reporter _reporter = invocation.Reporter;
    private readonly List<string> _notes = [];

    private bool IsSingleFile => request.Target.IsGguf && request.Output.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);

    /// <summary>Does it.</summary>
    /// <param name="measure">Finds what measures forgetting and keeping; null where it is not wanted.</param>
    /// <exception cref="InputException">Something given cannot be used; nothing was written.</exception>
    public void Run(Func<PeftAdapter, LossMeasure?>? measure)
    {
        Check();
        using PeftAdapter adapter = PeftAdapter.Read(request.Adapter);
        string? model = request.Model ?? (Directory.Exists(adapter.Config.BaseModel) ? adapter.Config.BaseModel : null);
        GgufArchitecture? architecture = request.Target.IsGguf ? Architecture(model, adapter) : null;
        using ExportForm form = ExportForm.Make(adapter.Factors, request.Target, request.Rank, request.LargestError, request.Dtype);
        JsonObject? probability = Measure(adapter, form, measure);
        JsonObject document = Describe(form, probability);
        if (IsSingleFile)
        {
            GgufAdapter.Write(request.Output, form.Written, architecture!, request.Dtype, FolderName.Of(request.Adapter));
        }
        else
        {
            OutputFolder.WriteNew(request.Output, folder => Write(folder, adapter, form, architecture, model, document));
        }

        Report(form, document, model ?? adapter.Config.BaseModel);
    }

    private void Check()
    {
        if (request.Target.IsGguf && request.Dtype == ScalarType.BFloat16)
        {
            throw new InputException("--dtype: a GGUF adapter is written as float32 or float16; bfloat16 is for --format peft.");
        }

        if (request.Key is not null && request.Target.IsGguf)
        {
            throw new InputException("--sign signs a manifest with the adapter's digest, which is that of a PEFT folder; export with --format peft, and sign that.");
        }

        if (request.WithBase && (!request.Target.IsGguf || IsSingleFile))
        {
            throw new InputException("--with-base writes the base model beside the adapter as GGUF; it needs --format gguf, or --for ollama or llama.cpp, and a folder as --out.");
        }
    }

    private static GgufArchitecture Architecture(string? model, PeftAdapter adapter)
    {
        if (model is null)
        {
            string named = adapter.Config.BaseModel.Length == 0 ? "names none" : $"names '{PlainText.Cut(adapter.Config.BaseModel)}', which is no folder here";
            throw new InputException($"--model: a GGUF adapter says for which architecture it is, so the base model's folder is needed (its config.json, no weights); the adapter {named}. Give --model DIR.");
        }

        ModelConfig config = ModelConfig.Open(Path.Combine(model, ModelFolder.ConfigName));
        return GgufArchitecture.Of(ModelFamilies.Describe(config), config.Source);
    }

    private void Write(string folder, PeftAdapter adapter, ExportForm form, GgufArchitecture? architecture, string? model, JsonObject document)
    {
        if (architecture is null)
        {
            PeftExport export = PeftExport.Like([adapter.Config]) with { Dtype = request.Dtype };
            PeftAdapter.Write(folder, form.Written, request.Model is null ? export : export with { IsFanInFanOut = ModelFamilies.Describe(ModelConfig.Open(Path.Combine(request.Model, ModelFolder.ConfigName))).TransposedWeights });
        }
        else
        {
            GgufAdapter.Write(Path.Combine(folder, GgufAdapter.FileName), form.Written, architecture, request.Dtype, FolderName.Of(request.Adapter));
            _notes.AddRange(architecture.Notes);
            if (request.WithBase)
            {
                using ModelFolder source = ModelFolder.Open(model!);
                _notes.AddRange(GgufModel.Write(Path.Combine(folder, ModelFile), source, [], request.Dtype).Except(_notes));
            }

            if (request.Target.Name == "ollama")
            {
                string from = request.WithBase ? $"FROM ./{ModelFile}" : $"# The base of this adapter, as a name that Ollama knows or a GGUF file: {FolderName.Of(model!)}.\nFROM {FolderName.Of(model!)}";
                AtomicFile.WriteAllText(Path.Combine(folder, "Modelfile"), $"{from}\nADAPTER ./{GgufAdapter.FileName}\n");
            }
        }

        AtomicFile.WriteAllText(Path.Combine(folder, RunFolder.ManifestFile), Manifest(document, architecture is null ? AdapterBase.DigestOf(folder) : null, form.Error.RelativeError >= Lossless).ToJsonString(Indented));
        if (request.Key is { } key)
        {
            ManifestSignature.Write(folder, key);
        }
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // The adapter's own manifest, where it has one, and what the export did.
    private JsonObject Manifest(JsonObject document, string? digest, bool isLossy)
    {
        string path = Path.Combine(request.Adapter, RunFolder.ManifestFile);
        JsonObject manifest = File.Exists(path) ? JsonNode.Parse(BoundedJson.ReadObject(path).GetRawText())!.AsObject() : new JsonObject { ["format"] = "lora-unlearn/1" };
        JsonObject export = document.DeepClone().AsObject();
        export.Remove("out");
        manifest["export"] = export;
        if (isLossy && manifest["after"] is { } after)
        {
            // What was measured of the trained adapter is not what this one does.
            manifest["trained"] ??= after.DeepClone();
            manifest.Remove("after");
            if (document["probability"]?["exported"] is JsonObject exported)
            {
                JsonNode? Measured(string set) => exported[set] is { } value ? new JsonObject { ["probability"] = value.DeepClone() } : null;
                manifest["after"] = new JsonObject { ["forget"] = Measured("forget"), ["retain"] = Measured("retain") };
            }
        }

        manifest["adapter"] = digest is null ? null : new JsonObject { ["sha256"] = digest };
        return manifest;
    }

    private JsonObject? Measure(PeftAdapter adapter, ExportForm form, Func<PeftAdapter, LossMeasure?>? find)
    {
        double error = form.Error.RelativeError;
        if (find is null || error < Lossless)
        {
            return null;
        }

        if (find(adapter) is { } measure)
        {
            return measure.Report(invocation, adapter.Factors, form.Written);
        }

        if (error >= Negligible)
        {
            _reporter.Warn($"the export loses {Figures.Three(error)} of the change; what that does to forgetting is not measured without --model DIR and --forget FILE.");
        }

        return null;
    }

    private JsonObject Describe(ExportForm form, JsonObject? probability)
    {
        JsonObject document = new()
        {
            ["out"] = request.Output,
            ["for"] = request.Target.Name,
            ["format"] = request.Target.IsGguf ? "gguf" : "peft",
            ["dtype"] = request.Dtype.ToString().ToLowerInvariant(),
            ["rank"] = form.Written.Rank,
            ["modules_count"] = form.Written.Modules.Count,
            ["relative_error"] = JsonText.Number(form.Error.RelativeError),
            ["modules"] = new JsonObject(form.Error.Modules.Select(module => KeyValuePair.Create(module.Module, (JsonNode?)new JsonObject
            {
                ["rank"] = module.Rank,
                ["relative_error"] = JsonText.Number(module.RelativeError),
            }))),
            ["lost"] = new JsonArray([.. form.Losses.Select(loss => JsonValue.Create(loss))]),
        };
        if (probability is not null)
        {
            document["probability"] = probability;
        }

        return document;
    }

    private void Report(ExportForm form, JsonObject document, string model)
    {
        if (form.Error.RelativeError >= Lossless)
        {
            _reporter.Table(form.Table());
        }

        foreach (string line in form.Losses.Concat(_notes))
        {
            _reporter.Line($"Note: {line}.");
        }

        string file = request.Target.IsGguf && request.Target.Name != "ollama" && !IsSingleFile ? Path.Combine(request.Output, GgufAdapter.FileName) : request.Output;
        _reporter.Line($"An adapter of rank {form.Written.Rank} on {form.Written.Modules.Count} maps: {request.Output}");
        string loading = string.Format(System.Globalization.CultureInfo.InvariantCulture, request.Target.Loading, file, model.Length == 0 ? "BASE" : model);
        _reporter.Line($"To load it: {(request.WithBase ? loading.Replace("BASE.gguf", Path.Combine(request.Output, ModelFile), StringComparison.Ordinal) : loading)}");
        _reporter.Document(document);
    }
}
