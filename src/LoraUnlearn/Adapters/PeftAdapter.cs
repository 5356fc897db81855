using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>
/// An adapter folder as PEFT reads and writes it: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c> with
/// <c>base_model.model.&lt;module&gt;.lora_A.weight</c> [r,i] and <c>.lora_B.weight</c> [o,r].
/// </summary>
public sealed class PeftAdapter : IDisposable
{
    private PeftAdapter(PeftConfig config, AdapterFactors factors)
    {
        Config = config;
        Factors = factors;
    }

    /// <summary>Its configuration.</summary>
    public PeftConfig Config { get; }

    /// <summary>Its factors, the modules named as in the file without <c>base_model.model.</c>.</summary>
    public AdapterFactors Factors { get; }

    /// <summary>
    /// Reads a folder. An untrained pair, as <see cref="TrainingPair"/> writes it, is read with its frozen offset, so that it
    /// is the change of the untouched base in every case.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InputException">It is no adapter folder, a file is not right, or the kind of adapter is not supported.</exception>
    public static PeftAdapter Read(string folder)
    {
        (PeftConfig config, SafetensorsFile file) = Open(folder);
        using (file)
        {
            using DisposeScope scope = NewDisposeScope();
            IReadOnlyList<ModuleFactors> modules = PeftTensors.Read(file, config);
            return TrainingPair.IsMarked(file)
                ? new PeftAdapter(config, TrainingPair.ReadFactors(folder))
                : new PeftAdapter(config, new AdapterFactors(modules, folder));
        }
    }

    /// <summary>
    /// Writes an adapter folder; other files in it stay as they are. Each file is written atomically and the configuration
    /// last, after the old one was removed, so that a folder with a configuration is whole.
    /// </summary>
    /// <param name="folder">The folder; created where it does not exist.</param>
    /// <param name="factors">The adapter.</param>
    /// <param name="export">What else the configuration says, and the type of the tensors.</param>
    /// <exception cref="InputException">The folder cannot be written.</exception>
    /// <exception cref="WorkFailedException">A value does not fit the type.</exception>
    /// <exception cref="ArgumentException">No module, or a type that is not for adapters.</exception>
    public static void Write(string folder, AdapterFactors factors, PeftExport export) =>
        Write(folder, factors, export, new Dictionary<string, string>());

    /// <summary>
    /// Puts an adapter's A and B into an adapter set on a decoder, so that gradients can be taken: without a frozen offset,
    /// unless the folder is an untrained pair, which brings its own.
    /// </summary>
    /// <param name="decoder">The base model.</param>
    /// <param name="folder">The adapter folder.</param>
    /// <returns>An adapter set, attached to the decoder.</returns>
    /// <exception cref="InputException">The adapter cannot be read, does not fit the model, or has several ranks or scales.</exception>
    public static AdapterSet LoadTrainable(Decoder decoder, string folder)
    {
        if (TrainingPair.IsPairFolder(folder))
        {
            return TrainingPair.Load(decoder, folder);
        }

        using PeftAdapter adapter = Read(folder);
        ModuleNames names = ModuleNames.Of(decoder.Spec);
        ModuleFactors first = adapter.Factors.Modules[0];
        Dictionary<string, ModuleFactors> byMap = new(StringComparer.Ordinal);
        foreach (ModuleFactors module in adapter.Factors.Modules)
        {
            if (module.Rank != first.Rank || module.Scale != first.Scale)
            {
                throw new InputException(
                    $"{folder}: '{first.Module}' has rank {first.Rank} and scale {first.Scale}, '{module.Module}' rank {module.Rank} and scale {module.Scale}; " +
                    "to take gradients, an adapter must have one rank and one alpha (no rank_pattern, no alpha_pattern).");
            }

            if (!byMap.TryAdd(names.Resolve(adapter.Factors, module.Module), module))
            {
                throw new InputException($"{folder}: '{module.Module}' appears twice, with and without its prefix; keep one of them.");
            }
        }

        return Attach(decoder, byMap, adapter.Config.IsRankStabilised, folder);
    }

    /// <inheritdoc/>
    public void Dispose() => Factors.Dispose();

    /// <summary>Writes a folder with more in the tensors' metadata than <c>format</c>.</summary>
    internal static void Write(string folder, AdapterFactors factors, PeftExport export, Dictionary<string, string> metadata)
    {
        if (factors.Modules.Count == 0 || export.Dtype is not (ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16))
        {
            throw new ArgumentException($"An adapter of {factors.Modules.Count} modules cannot be written as {export.Dtype}; expected float32, float16 or bfloat16.");
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<KeyValuePair<string, Tensor>> tensors = [];
        foreach (ModuleFactors module in factors.Modules)
        {
            tensors.Add(new(PeftTensors.NameOfA(module.Module), Convert(module.A, module, export.Dtype)));
            tensors.Add(new(PeftTensors.NameOfB(module.Module), Convert(module.B, module, export.Dtype)));
        }

        OutputFolder.Create(folder);
        string configPath = Path.Combine(folder, PeftConfig.FileName);
        OutputFolder.Remove(configPath);
        metadata["format"] = "pt";
        SafetensorsWriter.Write(Path.Combine(folder, PeftTensors.FileName), tensors, metadata);
        AtomicFile.WriteAllBytes(configPath, export.ConfigOf(factors));
    }

    private static (PeftConfig Config, SafetensorsFile File) Open(string folder)
    {
        string configPath = Path.Combine(folder, PeftConfig.FileName), tensorsPath = Path.Combine(folder, PeftTensors.FileName);
        if (!Directory.Exists(folder) || !File.Exists(configPath))
        {
            string found = File.Exists(folder) ? "found a file" : Directory.Exists(folder) ? $"there is no {PeftConfig.FileName}" : "no such folder";
            throw new InputException($"{folder}: {found}; expected an adapter folder with {PeftConfig.FileName} and {PeftTensors.FileName}.");
        }

        PeftConfig config = PeftConfig.Read(configPath);
        if (!File.Exists(tensorsPath))
        {
            string advice = File.Exists(Path.Combine(folder, "adapter_model.bin"))
                ? "adapter_model.bin is a Python pickle, which can run code when opened, so it is not read. Convert it once, in Python: " +
                    "PeftModel.from_pretrained(base, dir).save_pretrained(dir, safe_serialization=True)"
                : "the folder is incomplete; get it again";
            throw new InputException($"{folder}: there is no {PeftTensors.FileName}: {advice}.");
        }

        return (config, SafetensorsFile.Open(tensorsPath));
    }

    private static AdapterSet Attach(Decoder decoder, Dictionary<string, ModuleFactors> byMap, bool rankStabilised, string folder)
    {
        LinearMap[] maps = [.. decoder.Maps.Where(map => byMap.ContainsKey(map.Name))];
        foreach (LinearMap map in maps)
        {
            Shapes.Require(folder, byMap[map.Name], map.OutputWidth, map.InputWidth);
        }

        ModuleFactors first = byMap.Values.First();
        double alpha = rankStabilised ? first.Scale * Math.Sqrt(first.Rank) : PeftExport.AlphaOf(first.Scale, first.Rank);
        AdapterSet adapters = new(decoder, maps, first.Rank, alpha, rankStabilised);
        foreach (LowRankPair pair in adapters.Pairs)
        {
            pair.Initialise(byMap[pair.Map.Name].A, byMap[pair.Map.Name].B, offset: false);
        }

        return adapters;
    }

    private static Tensor Convert(Tensor factor, ModuleFactors module, ScalarType dtype)
    {
        Tensor converted = factor.to_type(dtype);
        return !factor.isfinite().all().item<bool>() || converted.isfinite().all().item<bool>()
            ? converted
            : throw new WorkFailedException($"The adapter of '{module.Module}' has values that do not fit {dtype}; export it as float32 or bfloat16.");
    }
}
