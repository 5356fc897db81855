using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Models;
using LoraUnlearn.Outputs;
using LoraUnlearn.Sessions;
using LoraUnlearn.Torch;
using LoraUnlearn.Training;
using static TorchSharp.torch;

namespace LoraUnlearn.Finetuning;

/// <summary>
/// Trains all weights of a model with plain NLL, in the loop that trains adapters, and writes a model folder like the one it began
/// from; resumable at every saved state.
/// </summary>
public sealed class FullFinetuning
{
    /// <summary>Name of the record that stands in the trained model's folder.</summary>
    public const string ManifestFile = "finetune_manifest.json";

    private readonly CancellationToken _cancellation;
    private readonly IRunProgress _progress;
    private readonly FullFinetuningRequest _request;

    private FullFinetuning(FullFinetuningRequest request, IRunProgress progress, CancellationToken cancellation)
    {
        (_request, _progress, _cancellation) = (request, progress, cancellation);
    }

    /// <summary>Does the whole job, or what is left of it.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Told how it goes, or null.</param>
    /// <param name="cancellation">Stops after the step; the state is saved first.</param>
    /// <exception cref="InputException">Something given cannot be used.</exception>
    /// <exception cref="WorkFailedException">The run diverged, or a weight does not fit the type that is written.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped; it can be resumed.</exception>
    public static FullFinetuningResult Execute(FullFinetuningRequest request, IRunProgress? progress = null, CancellationToken cancellation = default) =>
        new FullFinetuning(request, progress ?? new SilentProgress(), cancellation).Execute();

    private FullFinetuningResult Execute()
    {
        UnlearningRecipe recipe = _request.Recipe();
        using OutputClaim claim = OutputClaim.Take("--out", _request.Output, [("--model", _request.Model), ("--data", _request.Data)]);
        OutputClaim.RefuseOverlap("--out", _request.Unfinished, [("--model", _request.Model), ("--data", _request.Data)]);
        _progress.Stage("Reading model and data");
        using ModelFolder model = ModelFolder.Open(_request.Model, _request.IgnoredConfigKeys);
        DecoderSpec spec = CheckpointFit.Check(model);
        EncodedData data = new RowEncoding(model, spec).Encode(_request.Data, _request.Encoding);
        JsonObject configuration = Configuration(recipe, model, data);
        if (Finished(configuration) is { } finished)
        {
            return finished;
        }

        OutputFolder.RequireFree(_request.Output);
        RunFolder.Check(_request.Unfinished, _request.Resume);
        foreach (string note in data.Notes)
        {
            _progress.Note(note);
        }

        using ModelParameters parameters = ModelParameters.Load(model, _request.Device);
        using UnlearningTrainer trainer = UnlearningTrainer.OfModel(parameters, recipe, data);
        double before = Probability(parameters.Decoder, data);
        RunFolder folder = RunFolder.Open(_request.Unfinished, configuration);
        if (folder.HasState)
        {
            TrainingState.Load(folder.StatePath, parameters, trainer, folder.Digest);
            _progress.Note($"Resuming after step {trainer.StepsTaken} of {trainer.TotalSteps}.");
        }

        double seconds = Train(parameters, trainer, folder);
        FullFinetuningResult result = new(_request.Output, trainer.StepsTaken, before, Probability(parameters.Decoder, data), seconds);
        _progress.Stage("Writing the model");
        FullModel.Write(model, parameters, _request.Output, _request.Dtype, (ManifestFile, Manifest(folder, result).ToJsonString(ManifestJson.Indented) + "\n"), _cancellation);
        RemoveUnfinished();
        return result;
    }

    private double Train(ModelParameters parameters, UnlearningTrainer trainer, RunFolder folder)
    {
        _progress.Stage("Training");
        Stopwatch clock = Stopwatch.StartNew();
        while (!trainer.IsDone)
        {
            if (_cancellation.IsCancellationRequested)
            {
                TrainingState.Save(folder.StatePath, parameters, trainer, folder.Digest);
                throw new OperationCanceledException(
                    $"stopped after step {trainer.StepsTaken} of {trainer.TotalSteps}; run the same command with --resume to continue.", _cancellation);
            }

            _progress.Step(trainer.TakeStep());
            if (_request.CheckpointEvery > 0 && trainer.StepsTaken % _request.CheckpointEvery == 0)
            {
                TrainingState.Save(folder.StatePath, parameters, trainer, folder.Digest);
            }
        }

        return clock.Elapsed.TotalSeconds;
    }

    private double Probability(Decoder decoder, EncodedData data)
    {
        double probability = Likelihood.Score(decoder, [.. data.Examples.Take(_request.EvaluationRows).Select(example => example.Sequence)], cancellation: _cancellation).Average(score => score.Probability);
        return double.IsFinite(probability) ? probability : throw new WorkFailedException("The answer probability of the model is not a number; choose a lower --learning-rate. No model was written.");
    }

    // What the run put there, and the folder where nothing else is in it.
    private void RemoveUnfinished()
    {
        string state = Path.Combine(_request.Unfinished, RunFolder.TrainingFolder);
        if (Directory.Exists(state))
        {
            Directory.Delete(state, recursive: true);
        }

        if (Directory.Exists(_request.Unfinished) && !Directory.EnumerateFileSystemEntries(_request.Unfinished).Any())
        {
            Directory.Delete(_request.Unfinished);
        }
    }

    // Killed after its last write, or asked for once more: what it made is there already.
    private FullFinetuningResult? Finished(JsonObject configuration)
    {
        string manifest = Path.Combine(_request.Output, ManifestFile);
        if (!_request.Resume || !File.Exists(manifest))
        {
            return null;
        }

        JsonElement record = BoundedJson.ReadObject(manifest);
        if (!record.TryGetProperty("configuration", out JsonElement its) || !JsonNode.DeepEquals(JsonNode.Parse(its.GetRawText()), JsonNode.Parse(configuration.ToJsonString())))
        {
            throw new InputException($"{_request.Output} holds a model that was trained with other settings or data; choose another --out, or delete it.");
        }

        RemoveUnfinished();
        _progress.Note($"{_request.Output} holds the finished model already.");
        double Number(string name) => record.TryGetProperty(name, out JsonElement value) && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : throw new InputException($"{manifest} is damaged ('{name}'); choose another --out, or delete the folder.");
        return new FullFinetuningResult(_request.Output, (int)Math.Clamp(Number("steps"), 0, int.MaxValue), Number("before"), Number("after"), Number("seconds"));
    }

    private JsonObject Configuration(UnlearningRecipe recipe, ModelFolder model, EncodedData data) => new()
    {
        ["base_model"] = new JsonObject { ["name"] = FolderName.Of(_request.Model), ["sha256"] = model.Digest() },
        ["data"] = ManifestJson.Data(data),
        ["objective"] = recipe.Forget.Name,
        ["template_in_force"] = data.Template,
        ["append_eos"] = _request.Encoding.AppendEos.ToString().ToLowerInvariant(),
        ["special_tokens"] = _request.Encoding.SpecialTokens.ToString().ToLowerInvariant(),
        ["score"] = _request.Encoding.ScoresAllAssistantTurns ? "all-assistant" : "last-assistant",
        ["max_length"] = _request.Encoding.MaxLength,
        ["training"] = ManifestJson.Training(recipe.Training),
        ["evaluation_rows"] = _request.EvaluationRows,
        ["seed"] = _request.Seed,
        ["device"] = _request.Device.type.ToString().ToLowerInvariant(),
        ["out_dtype"] = _request.Dtype?.ToString().ToLowerInvariant() ?? "stored",
    };

    private static JsonObject Manifest(RunFolder folder, FullFinetuningResult result) => new()
    {
        ["format"] = "lora-unlearn-finetune/1",
        ["created"] = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ"),
        ["versions"] = Libtorch.Versions(),
        ["configuration"] = folder.Configuration.DeepClone(),
        ["configuration_sha256"] = folder.Digest,
        ["steps"] = result.Steps,
        ["before"] = result.Before,
        ["after"] = result.After,
        ["seconds"] = Math.Round(result.Seconds, 3),
    };
}
