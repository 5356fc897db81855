using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Gguf;
using static TorchSharp.torch;

namespace LoraUnlearn.Cli.Work;

/// <summary>Writes a model with adapters merged in as one GGUF file, with a Modelfile for Ollama where it lies in a folder.</summary>
internal static class GgufMergeWork
{
    /// <summary>The type of the matrices: the one that was asked for, or the narrowest that the stored weights suggest.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="dtype">stored, float32 or float16.</param>
    /// <exception cref="InputException">Another type.</exception>
    public static ScalarType DType(ModelFolder model, string dtype) => dtype switch
    {
        "float32" => ScalarType.Float32,
        "float16" => ScalarType.Float16,
        "stored" => model.Weights.Entries.Values.All(entry => entry.DType is "F16" or "BF16" || entry.Shape.Length < 2) ? ScalarType.Float16 : ScalarType.Float32,
        _ => throw new InputException($"--dtype: a GGUF model is written as float32 or float16; found {dtype}."),
    };

    /// <summary>Writes and reports.</summary>
    /// <param name="reporter">Where to report.</param>
    /// <param name="model">The base model.</param>
    /// <param name="adapters">The adapters and their weights.</param>
    /// <param name="output">A new folder, or the name of a file, NAME.gguf.</param>
    /// <param name="dtype">stored, float32 or float16.</param>
    /// <exception cref="InputException">llama.cpp cannot compute the model, or the output cannot be written.</exception>
    public static void Run(Reporter reporter, ModelFolder model, IReadOnlyList<WeightedAdapter> adapters, string output, string dtype)
    {
        ScalarType type = DType(model, dtype);
        IReadOnlyList<string> notes = [];
        if (output.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
        {
            notes = GgufModel.Write(output, model, adapters, type);
        }
        else
        {
            OutputFolder.WriteNew(output, folder =>
            {
                notes = GgufModel.Write(Path.Combine(folder, GgufModel.FileName), model, adapters, type);
                AtomicFile.WriteAllText(Path.Combine(folder, "Modelfile"), $"FROM ./{GgufModel.FileName}\n");
            });
        }

        foreach (string note in notes)
        {
            reporter.Line($"Note: {note}.");
        }

        reporter.Line($"The merged model is in {output}, as a GGUF of {type.ToString().ToLowerInvariant()}.");
        reporter.Document(new JsonObject
        {
            ["out"] = output,
            ["format"] = "gguf",
            ["dtype"] = type.ToString().ToLowerInvariant(),
            ["notes"] = new JsonArray([.. notes.Select(note => JsonValue.Create(note))]),
        });
    }
}
