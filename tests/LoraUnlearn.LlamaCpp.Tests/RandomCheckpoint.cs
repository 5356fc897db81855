using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.LlamaCpp.Tests;

/// <summary>A model folder with random weights for a configuration, and a random adapter for it; removed in the end.</summary>
internal sealed class RandomCheckpoint : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lora-unlearn-gguf-");

    public RandomCheckpoint(string config, ScalarType dtype = ScalarType.Float32)
    {
        File.WriteAllText(Path.Combine(Folder, ModelFolder.ConfigName), config);
        Spec = ModelFamilies.Describe(ModelConfig.Open(Path.Combine(Folder, ModelFolder.ConfigName)));
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(11);
        SafetensorsWriter.Write(Path.Combine(Folder, TensorSource.SingleFileName), DecoderTensors.Of(Spec).Select(tensor =>
        {
            long[] shape = [.. tensor.Shape];
            Tensor values = randn(shape, ScalarType.Float32, generator: generator);
            bool isNorm = shape.Length == 1 && tensor.Name.EndsWith(".weight", StringComparison.Ordinal);
            values = shape.Length == 2 ? values.mul_(GainOf(tensor.Name) / Math.Sqrt(shape[1])) : isNorm ? values.mul_(0.1).add_(1 - Spec.NormWeightOffset) : values.mul_(0.1);
            return KeyValuePair.Create(tensor.Name, values.to_type(dtype));
        }));
    }

    public DecoderSpec Spec { get; }

    public string Folder => _folder.FullName;

    public string In(string name) => Path.Combine(Folder, name);

    /// <summary>A random adapter on every map: ranks, α and rank-stabilised scales of all kinds.</summary>
    public AdapterFactors Adapter(double strength = 0.3)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(12);
        using ModelFolder model = ModelFolder.Open(Folder);
        using Decoder decoder = Decoder.Load(model, CPU, ScalarType.Float32);
        List<ModuleFactors> modules = [];
        foreach (LinearMap map in decoder.Maps)
        {
            int rank = modules.Count % 3 == 2 ? 5 : 3;
            double scale = modules.Count % 4 == 3 ? -2 / Math.Sqrt(rank) : 6.0 / rank;
            Tensor a = randn([rank, map.InputWidth], ScalarType.Float32, generator: generator) * (1 / Math.Sqrt(map.InputWidth));
            Tensor b = randn([map.OutputWidth, rank], ScalarType.Float32, generator: generator) * strength;
            modules.Add(new ModuleFactors(map.Name, a, b, scale));
        }

        return new AdapterFactors(modules, "a random adapter");
    }

    /// <summary>What this library computes: the logits after each token, [t][v].</summary>
    public float[][] Logits(IReadOnlyList<long> ids, AdapterFactors? adapter = null)
    {
        using DisposeScope scope = NewDisposeScope();
        using ModelFolder model = ModelFolder.Open(Folder);
        using Decoder decoder = Decoder.Load(model, CPU, ScalarType.Float32);
        using FixedAdapter? attached = adapter is null ? null : new FixedAdapter(decoder, [new WeightedAdapter(adapter)]);
        Tensor logits = decoder.Logits(decoder.FinalNorm(decoder.Hidden(tensor(ids.ToArray(), [1, ids.Count])))); // [t,v]
        return [.. Enumerable.Range(0, ids.Count).Select(position => logits[position].data<float>().ToArray())];
    }

    // llama.cpp looks GELU up in a table of half precision. MLP and logits are kept small enough for what that rounds to stay below 1e-3.
    private double GainOf(string tensor) =>
        tensor == (Spec.TiedHead ? Spec.Names.Embedding : Spec.Names.Head) + ".weight" ? 0.25
        : tensor.EndsWith(Spec.Names.Down[Spec.Names.Down.LastIndexOf('.')..] + ".weight", StringComparison.Ordinal) ? 0.4
        : 1;

    public void Dispose() => _folder.Delete(recursive: true);
}
