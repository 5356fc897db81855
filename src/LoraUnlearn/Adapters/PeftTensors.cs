using System.Text.RegularExpressions;
using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>The names and shapes of the tensors in an <c>adapter_model.safetensors</c>.</summary>
internal static partial class PeftTensors
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "adapter_model.safetensors";

    private const string Prefix = "base_model.model.";

    private const int Listed = 10;
    private const string EndingOfA = ".lora_A.weight";
    private const string EndingOfB = ".lora_B.weight";

    /// <summary>The name of a module's A [r,i].</summary>
    public static string NameOfA(string module) => Prefix + module + EndingOfA;

    /// <summary>The name of a module's B [o,r].</summary>
    public static string NameOfB(string module) => Prefix + module + EndingOfB;

    /// <summary>Reads all factors and checks them against the configuration.</summary>
    /// <exception cref="InputException">
    /// A tensor is none of a LoRA adapter, lacks its partner, has a wrong shape or type, or belongs to a module that the configuration
    /// does not select; or there are several adapters in the file.
    /// </exception>
    public static IReadOnlyList<ModuleFactors> Read(SafetensorsFile file, PeftConfig config)
    {
        SortedDictionary<string, (string? A, string? B)> pairs = new(StringComparer.Ordinal);
        SortedSet<string> adapters = new(StringComparer.Ordinal);
        foreach (string name in file.Entries.Keys)
        {
            (string module, bool isA, string adapter) = Parse(file.Path, name);
            adapters.Add(adapter);
            if (adapters.Count(given => given.Length > 0) > 1)
            {
                throw new InputException($"{file.Path}: there are several adapters, '{string.Join("' and '", adapters.Where(given => given.Length > 0).Select(Shorten))}'; save each in a folder of its own, as PEFT's save_pretrained does.");
            }

            pairs.TryGetValue(module, out (string? A, string? B) pair);
            if ((isA ? pair.A : pair.B) is string other)
            {
                throw new InputException($"{file.Path}: '{Shorten(name)}' and '{Shorten(other)}' are the same factor of '{Shorten(module)}'; keep one of them.");
            }

            pairs[module] = isA ? pair with { A = name } : pair with { B = name };
        }

        if (pairs.Count == 0)
        {
            throw new InputException($"{file.Path}: there are no tensors; expected '{Prefix}<module>{EndingOfA}' and '{EndingOfB}'.");
        }

        RequireSelected(file, config, [.. pairs.Keys]);
        return [.. pairs.Select(pair => Module(file, config, pair.Key, pair.Value.A, pair.Value.B))];
    }

    private static (string Module, bool IsA, string Adapter) Parse(string path, string name)
    {
        string bare = name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;
        if (Ending().Match(bare) is { Success: true } match)
        {
            return (match.Groups["module"].Value, match.Groups["factor"].Value == "A", match.Groups["adapter"].Value);
        }

        string reason = name.Contains("lora_magnitude_vector", StringComparison.Ordinal) ? "it belongs to DoRA, which is not supported"
            : name.Contains("lora_embedding_", StringComparison.Ordinal) ? "adapters of embeddings are not supported"
            : "whole weights and biases saved beside the low-rank change are not supported; merge the adapter into its base with PEFT and use the merged model";
        throw new InputException($"{path}: the tensor '{Shorten(name)}' is no A or B of a LoRA adapter: {reason}.");
    }

    // PEFT would leave them unused without a word: half an adapter, and half of what it forgets.
    private static void RequireSelected(SafetensorsFile file, PeftConfig config, string[] modules)
    {
        string[] others = [.. modules.Where(module => !config.Targets(module))];
        if (others.Length > 0)
        {
            string more = others.Length > Listed ? $" and {others.Length - Listed} more" : "";
            throw new InputException(
                $"{file.Path}: {others.Length} of {modules.Length} modules with tensors are not selected by {config.Source} (target_modules, exclude_modules, layers_to_transform, layers_pattern): " +
                $"{string.Join(", ", others.Take(Listed).Select(Shorten))}{more}. PEFT would leave them out without a word. Correct the configuration, or remove the tensors.");
        }
    }

    private static ModuleFactors Module(SafetensorsFile file, PeftConfig config, string module, string? nameOfA, string? nameOfB)
    {
        if (nameOfA is null || nameOfB is null)
        {
            throw new InputException(
                $"{file.Path}: '{Shorten(module)}' has {(nameOfA is null ? "a B and no A" : "an A and no B")}; the file is incomplete, get it again.");
        }

        SafetensorsEntry a = file.Entries[nameOfA], b = file.Entries[nameOfB];
        int rank = config.RankOf(module);
        RequireShape(file.Path, a, a.Shape.Length == 2 && a.Shape[0] == rank && a.Shape[1] > 0, $"[{rank},input width]", config);
        RequireShape(file.Path, b, b.Shape.Length == 2 && b.Shape[1] == rank && b.Shape[0] > 0, $"[output width,{rank}]", config);
        return new ModuleFactors(module, Factor(file, a), Factor(file, b), config.ScaleOf(module));
    }

    private static void RequireShape(string path, SafetensorsEntry entry, bool right, string expected, PeftConfig config)
    {
        if (!right)
        {
            throw new InputException(
                $"{path}: '{Shorten(entry.Name)}' has shape [{string.Join(",", entry.Shape)}]; {config.Source} asks for {expected}. The two files do not belong together.");
        }
    }

    private static Tensor Factor(SafetensorsFile file, SafetensorsEntry entry)
    {
        if (entry.ScalarType is not (ScalarType.Float64 or ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16))
        {
            throw new InputException($"{file.Path}: '{Shorten(entry.Name)}' is of type {entry.DType}; expected F32, F16, BF16 or F64.");
        }

        using DisposeScope scope = NewDisposeScope();
        return AdapterFactors.OwnCopy(file.Read(entry.Name)).MoveToOuterDisposeScope();
    }

    private static string Shorten(string name) => BoundedJson.Shorten(name);

    // States in memory, and some trainers' files, have the adapter's name in front of the last part: lora_A.default.weight.
    [GeneratedRegex(@"\A(?<module>.+)\.lora_(?<factor>[AB])(?:\.(?<adapter>[^.]+))?\.weight\z", RegexOptions.CultureInvariant)]
    private static partial Regex Ending();
}
