using System.Diagnostics;
using System.Text.Json.Nodes;
using LoraUnlearn.Data;
using LoraUnlearn.DemoModel.Tokenization;
using LoraUnlearn.DemoModel.Training;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.DemoModel;

/// <summary>
/// Makes the demo's files: the rows, the tokenizer, the model that knows everybody, and the figures of a second model
/// that never met the people to be forgotten, the gold standard of forgetting.
/// </summary>
internal sealed class Production
{
    private readonly DemoRecipe _recipe;
    private readonly string _folder;
    private readonly TextWriter _log;
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    private Production(DemoRecipe recipe, string folder, TextWriter log)
    {
        _recipe = recipe;
        _folder = folder;
        _log = log;
    }

    /// <summary>Makes all files.</summary>
    /// <param name="recipe">What is made.</param>
    /// <param name="folder">Where the files go; created where missing, files of the same names are replaced.</param>
    /// <param name="log">Told what happens.</param>
    public static void Run(DemoRecipe recipe, string folder, TextWriter log)
    {
        Directory.CreateDirectory(folder);
        new Production(recipe, folder, log).Run();
    }

    private void Run()
    {
        DemoData data = DemoData.Make(_recipe);
        JsonFiles.WriteRows(InFolder("forget.jsonl"), data.Forget);
        JsonFiles.WriteRows(InFolder("retain.jsonl"), data.Retain);
        JsonFiles.WriteRows(InFolder("paraphrased.jsonl"), data.Paraphrased);
        foreach ((string name, JsonObject content) in TokenizerFiles.Describe(data.Vocabulary, _recipe.Shape.MaximumLength))
        {
            JsonFiles.Write(InFolder(name), content);
        }

        JsonFiles.Write(InFolder("config.json"), _recipe.Shape.ToConfig());
        JsonFiles.Write(InFolder("generation_config.json"), GenerationConfig());

        Tokenizer tokenizer = Tokenizer.Load(InFolder("tokenizer.json"));
        Measurement measurement = new(
            tokenizer, Encode(tokenizer, "forget.jsonl"), Encode(tokenizer, "retain.jsonl"), Encode(tokenizer, "paraphrased.jsonl"), data.Paraphrased);
        _log.WriteLine($"{data.Forget.Count} rows to forget, {data.Retain.Count} to retain, {data.Vocabulary.Tokens.Count()} tokens");

        JsonObject full = Train("everybody", [.. measurement.Forget, .. measurement.Retain], measurement, "model.safetensors");
        JsonObject gold = Train("all but the people to be forgotten", measurement.Retain, measurement, null);
        JsonFiles.Write(InFolder("gold.json"), new JsonObject { ["seed"] = _recipe.Seed, ["base"] = full, ["gold"] = gold });
    }

    private JsonObject Train(string who, IReadOnlyList<Example> examples, Measurement measurement, string? file)
    {
        _log.WriteLine($"training on {who}");
        using Weights weights = Weights.Draw(_recipe.Shape, _recipe.Seed + 3);
        FullTraining.Run(_recipe.Shape, weights, examples, _recipe.Training, _recipe.Seed + 4, (epoch, loss) =>
            _log.WriteLine($"  epoch {epoch,2} of {_recipe.Training.Epochs}: loss {loss:F4}, {_watch.Elapsed.TotalSeconds:F0} s"));
        weights.RoundToHalf();
        if (file is not null)
        {
            weights.Write(InFolder(file));
        }

        (JsonObject forget, JsonObject retain, double truthful) = measurement.Take(_recipe.Shape, weights);
        _log.WriteLine($"  forget: {forget.ToJsonString()}");
        _log.WriteLine($"  retain: {retain.ToJsonString()}");
        _log.WriteLine($"  in other words: {truthful:F3} answered truly");
        return new JsonObject { ["trained_on"] = who, ["forget"] = forget, ["retain"] = retain, ["paraphrased"] = new JsonObject { ["answered_truly"] = truthful } };
    }

    private IReadOnlyList<Example> Encode(Tokenizer tokenizer, string file)
    {
        ExampleEncoder encoder = new(tokenizer, PromptTemplate.Named("plain"), _recipe.Shape.MaximumLength, DemoRecipe.EndOfTextId);
        return encoder.Encode(DataRows.Read(InFolder(file)), InFolder(file));
    }

    private static JsonObject GenerationConfig() => new()
    {
        ["bos_token_id"] = DemoRecipe.EndOfTextId,
        ["eos_token_id"] = DemoRecipe.EndOfTextId,
        ["pad_token_id"] = DemoRecipe.PaddingId,
        ["do_sample"] = false,
        ["max_new_tokens"] = 64,
    };

    private string InFolder(string name) => Path.Combine(_folder, name);
}
