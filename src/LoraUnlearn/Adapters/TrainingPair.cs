using System.Globalization;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>
/// Keeps an adapter set on disk with its frozen offset: A, B, A₀, B₀ in one file, and an untrained pair as an adapter folder.
/// In such a folder <c>adapter_model.safetensors</c> holds A and B of rank r and says in its metadata that A₀ and B₀ lie beside
/// it; <see cref="PeftAdapter.Read"/> applies them, other tools need the export (METHODS §2).
/// </summary>
public static class TrainingPair
{
    /// <summary>Where an adapter folder keeps the pair.</summary>
    public static readonly string RelativePath = Path.Combine("training", "pair.safetensors");

    private const string Mark = "initial_values";

    /// <summary>Writes A, B, A₀, B₀ of an adapter set to a file, atomically.</summary>
    /// <param name="path">The safetensors file.</param>
    /// <param name="adapters">The adapter set.</param>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Save(string path, AdapterSet adapters)
    {
        using IDisposable noGrad = no_grad();
        List<KeyValuePair<string, Tensor>> tensors = [];
        foreach (LowRankPair pair in adapters.Pairs)
        {
            tensors.Add(new(pair.Map.Name + PairFile.A, pair.A));
            tensors.Add(new(pair.Map.Name + PairFile.B, pair.B));
            if (pair.InitialA is { } initialA && pair.InitialB is { } initialB)
            {
                tensors.Add(new(pair.Map.Name + PairFile.InitialA, initialA));
                tensors.Add(new(pair.Map.Name + PairFile.InitialB, initialB));
            }
        }

        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>
        {
            ["format"] = "pt",
            [PairFile.RankKey] = adapters.Rank.ToString(CultureInfo.InvariantCulture),
            [PairFile.AlphaKey] = adapters.Alpha.ToString("R", CultureInfo.InvariantCulture),
            [PairFile.RankStabilisedKey] = adapters.IsRankStabilised ? "true" : "false",
        });
    }

    /// <summary>Reads a file that <see cref="Save"/> wrote and attaches its adapter set to a decoder.</summary>
    /// <param name="decoder">The base model.</param>
    /// <param name="path">The safetensors file.</param>
    /// <exception cref="InputException">The file is not right or does not fit the model.</exception>
    public static AdapterSet Restore(Decoder decoder, string path)
    {
        using PairFile pair = PairFile.Open(path);
        foreach (string module in pair.Modules.Where(module => decoder.Maps.All(map => map.Name != module)))
        {
            throw new InputException(
                $"{path}: adapts '{BoundedJson.Shorten(module)}', which the model does not have; is this the adapter's base model?{NearestName.List(module, decoder.Maps.Select(map => map.Name))}");
        }

        LinearMap[] maps = [.. decoder.Maps.Where(map => pair.Modules.Contains(map.Name))];
        foreach (LinearMap map in maps)
        {
            pair.RequireWidths(map.Name, map.OutputWidth, map.InputWidth);
        }

        using DisposeScope scope = NewDisposeScope();
        AdapterSet adapters = new(decoder, maps, pair.Rank, pair.Alpha, pair.IsRankStabilised);
        foreach (LowRankPair target in adapters.Pairs)
        {
            string module = target.Map.Name;
            target.Initialise(pair.Read(module + PairFile.A), pair.Read(module + PairFile.B), offset: false);
            if (pair.HasOffset(module))
            {
                target.SetOffset(pair.Read(module + PairFile.InitialA), pair.Read(module + PairFile.InitialB));
            }
        }

        return adapters;
    }

    /// <summary>Writes an adapter set as an adapter folder of rank r, with A₀ and B₀ kept beside it.</summary>
    /// <param name="folder">The folder; created where it does not exist.</param>
    /// <param name="adapters">The adapter set.</param>
    /// <param name="baseModel">Name or path of the base model.</param>
    /// <exception cref="InputException">The folder cannot be written.</exception>
    public static void WriteFolder(string folder, AdapterSet adapters, string baseModel)
    {
        string path = Path.Combine(folder, RelativePath);
        OutputFolder.Create(Path.GetDirectoryName(path)!);
        Save(path, adapters);
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using AdapterFactors trained = new(
            [.. adapters.Pairs.Select(pair => new ModuleFactors(pair.Map.Name, AdapterFactors.OwnCopy(pair.A), AdapterFactors.OwnCopy(pair.B), pair.Scale))],
            folder);
        Dictionary<string, string> metadata = [];
        if (adapters.Pairs.Any(pair => pair.InitialA is not null))
        {
            metadata[Mark] = RelativePath.Replace('\\', '/');
        }

        PeftAdapter.Write(folder, trained, PeftExport.For(adapters.Decoder.Spec, trained, baseModel), metadata);
    }

    /// <summary>Whether a folder is an untrained pair: an adapter whose A₀ and B₀ lie beside it.</summary>
    /// <param name="folder">An adapter folder.</param>
    /// <exception cref="InputException">Its tensors cannot be read.</exception>
    public static bool IsPairFolder(string folder)
    {
        string path = Path.Combine(folder, PeftTensors.FileName);
        if (!File.Exists(path))
        {
            return false;
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        return IsMarked(file);
    }

    /// <summary>Reads the pair of an adapter folder and attaches it to a decoder.</summary>
    /// <param name="decoder">The base model.</param>
    /// <param name="folder">The folder, with <see cref="RelativePath"/> in it.</param>
    /// <exception cref="InputException">There is no pair, it is not right, or it does not fit the model.</exception>
    public static AdapterSet Load(Decoder decoder, string folder) => Restore(decoder, PathIn(folder));

    /// <summary>Reads the pair of an adapter folder as the change of the untouched base: A' = [A; A₀], B' = [B, −B₀].</summary>
    /// <param name="folder">The folder, with <see cref="RelativePath"/> in it.</param>
    /// <exception cref="InputException">There is no pair, or it is not right.</exception>
    public static AdapterFactors ReadFactors(string folder)
    {
        using PairFile pair = PairFile.Open(PathIn(folder));
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<ModuleFactors> modules = [];
        foreach (string module in pair.Modules)
        {
            Tensor a = pair.Read(module + PairFile.A), b = pair.Read(module + PairFile.B); // [r,i], [o,r]
            if (pair.HasOffset(module))
            {
                a = cat(new[] { a, pair.Read(module + PairFile.InitialA) }, 0); // [2r,i]
                b = cat(new[] { b, pair.Read(module + PairFile.InitialB).neg() }, 1); // [o,2r]
            }

            modules.Add(new ModuleFactors(module, AdapterFactors.OwnCopy(a), AdapterFactors.OwnCopy(b), pair.Scale));
        }

        return new AdapterFactors(modules, folder);
    }

    /// <summary>Whether the tensors of an adapter folder need the values beside them.</summary>
    internal static bool IsMarked(SafetensorsFile file) => file.Metadata.ContainsKey(Mark);

    private static string PathIn(string folder)
    {
        string path = Path.Combine(folder, RelativePath);
        return File.Exists(path)
            ? path
            : throw new InputException(
                $"{folder}: the initial values A₀, B₀ are missing: there is no {RelativePath}. Copy the whole folder, or make it again with init.");
    }
}
