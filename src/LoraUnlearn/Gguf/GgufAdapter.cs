using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Gguf;

/// <summary>
/// Writes an adapter as llama.cpp reads it (<c>--lora FILE</c>; ADAPTER in Ollama's Modelfile): <c>NAME.weight.lora_a</c> with ne [i,r]
/// and <c>.lora_b</c> with ne [r,o]. llama.cpp scales each pair by α/r, with one α for the file.
/// </summary>
public static class GgufAdapter
{
    /// <summary>The name of the file where it lies in a folder.</summary>
    public const string FileName = "adapter.gguf";

    /// <summary>Writes the file.</summary>
    /// <param name="path">The file; replaced where it exists.</param>
    /// <param name="factors">The adapter. Scales that α/r cannot express are folded into B.</param>
    /// <param name="architecture">The base model, as llama.cpp knows it.</param>
    /// <param name="dtype">Float32 or float16.</param>
    /// <param name="name">A name for people: <c>general.name</c>.</param>
    /// <exception cref="InputException">The adapter does not fit the model, or the file cannot be written.</exception>
    /// <exception cref="WorkFailedException">A value does not fit the type.</exception>
    public static void Write(string path, AdapterFactors factors, GgufArchitecture architecture, ScalarType dtype, string name)
    {
        using IDisposable noGrad = no_grad();
        using AdapterFactors uniform = AdapterForms.WithOneAlpha(factors, out double alpha);
        Dictionary<string, ModuleFactors> modules = Resolve(uniform, architecture);
        GgufMetadata metadata = new();
        metadata.Add("general.architecture", architecture.Name);
        metadata.Add("general.type", "adapter");
        metadata.Add("adapter.type", "lora");
        metadata.Add("adapter.lora.alpha", (float)alpha);
        metadata.Add("general.name", name);
        metadata.Add("general.file_type", GgufModel.FileType(dtype));
        metadata.Add("general.quantization_version", 2);

        Dictionary<string, Func<Tensor>> tensors = new(StringComparer.Ordinal);
        List<TensorDeclaration> declarations = [];
        foreach ((string module, ModuleFactors pair) in modules)
        {
            string target = architecture.NameOf(module)! + ".weight";
            Declare(target + ".lora_a", pair.A, null);
            Declare(target + ".lora_b", pair.B, architecture.RowsOf(module));

            void Declare(string tensor, Tensor factor, long[]? rows)
            {
                declarations.Add(new TensorDeclaration(tensor, dtype, factor.shape));
                tensors.Add(tensor, () => Convert(factor, rows, dtype, tensor));
            }
        }

        GgufWriter.Write(path, metadata, declarations, tensor => [tensors[tensor]()]);
    }

    private static Tensor Convert(Tensor factor, long[]? rows, ScalarType dtype, string name)
    {
        using DisposeScope scope = NewDisposeScope();
        return GgufModel.Round(rows is null ? factor : factor.index_select(0, tensor(rows)), dtype, name).MoveToOuterDisposeScope();
    }

    // The factors by the model's names of its maps, block by block, once they are known to fit.
    private static Dictionary<string, ModuleFactors> Resolve(AdapterFactors factors, GgufArchitecture architecture)
    {
        ModuleNames names = ModuleNames.Of(architecture.Spec);
        Dictionary<string, IReadOnlyList<long>> shapes = LoraUnlearn.Models.DecoderTensors.Of(architecture.Spec)
            .ToDictionary(tensor => tensor.Name, tensor => tensor.Shape, StringComparer.Ordinal);
        bool transposed = architecture.Spec.TransposedWeights;
        Dictionary<string, ModuleFactors> found = new(StringComparer.Ordinal);
        foreach (ModuleFactors module in factors.Modules)
        {
            string name = names.Resolve(factors, module.Module);
            IReadOnlyList<long> shape = shapes[name + ".weight"];
            Shapes.Require(factors.Source, module, shape[transposed ? 1 : 0], shape[transposed ? 0 : 1]);
            if (!found.TryAdd(name, module))
            {
                throw new InputException($"{factors.Source}: '{module.Module}' appears twice, with and without its prefix; keep one of them.");
            }
        }

        return names.All.Where(found.ContainsKey).ToDictionary(name => name, name => found[name], StringComparer.Ordinal);
    }
}
