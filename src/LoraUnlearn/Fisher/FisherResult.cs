using System.Globalization;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Fisher;

/// <summary>Fisher statistics of the linear maps of a model, with what they were estimated on.</summary>
public sealed class FisherResult : IDisposable
{
    /// <summary>Collects statistics.</summary>
    /// <param name="modules">By module name.</param>
    /// <param name="options">How they were estimated.</param>
    /// <param name="forgetTokens">Scored tokens of the forget set.</param>
    /// <param name="retainTokens">Scored tokens of the retain set; 0 without one.</param>
    public FisherResult(IReadOnlyDictionary<string, ModuleFisher> modules, FisherOptions options, long forgetTokens, long retainTokens)
    {
        Modules = modules;
        Options = options;
        ForgetTokens = forgetTokens;
        RetainTokens = retainTokens;
    }

    /// <summary>Statistics by module name.</summary>
    public IReadOnlyDictionary<string, ModuleFisher> Modules { get; }

    /// <summary>How they were estimated.</summary>
    public FisherOptions Options { get; }

    /// <summary>Scored tokens of the forget set.</summary>
    public long ForgetTokens { get; }

    /// <summary>Scored tokens of the retain set.</summary>
    public long RetainTokens { get; }

    /// <summary>Writes <c>forget.&lt;weight&gt;</c>, <c>retain.&lt;weight&gt;</c> and <c>relative.&lt;weight&gt;</c> [o], float32.</summary>
    /// <param name="path">A safetensors file.</param>
    public void Save(string path)
    {
        using DisposeScope scope = NewDisposeScope();
        List<KeyValuePair<string, Tensor>> tensors = [];
        foreach ((string module, ModuleFisher fisher) in Modules)
        {
            tensors.Add(new($"forget.{module}.weight", fisher.Forget.to_type(ScalarType.Float32)));
            tensors.Add(new($"relative.{module}.weight", fisher.Relative.to_type(ScalarType.Float32)));
            if (fisher.Retain is not null)
            {
                tensors.Add(new($"retain.{module}.weight", fisher.Retain.to_type(ScalarType.Float32)));
            }
        }

        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>
        {
            ["format"] = "pt",
            ["mode"] = Options.Mode == FisherMode.Rowwise ? "rowwise" : "elementwise",
            ["epsilon"] = Options.Epsilon.ToString("R", CultureInfo.InvariantCulture),
            ["forget_tokens"] = ForgetTokens.ToString(CultureInfo.InvariantCulture),
            ["retain_tokens"] = RetainTokens.ToString(CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Reads what <see cref="Save"/> wrote, for the maps of a decoder.</summary>
    /// <param name="path">A safetensors file.</param>
    /// <param name="maps">The maps that need statistics.</param>
    /// <param name="device">Where to put them.</param>
    /// <exception cref="InputException">A map has no statistics in the file, or of another width.</exception>
    public static FisherResult Load(string path, IReadOnlyList<LinearMap> maps, Device device)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, ModuleFisher> modules = [];
        foreach (LinearMap map in maps)
        {
            string weight = map.Name + ".weight";
            modules[map.Name] = new ModuleFisher(
                Read(file, path, "forget." + weight, map.OutputWidth, device),
                file.Entries.ContainsKey("retain." + weight) ? Read(file, path, "retain." + weight, map.OutputWidth, device) : null,
                Read(file, path, "relative." + weight, map.OutputWidth, device));
        }

        long Count(string key) => file.Metadata.TryGetValue(key, out string? text) && long.TryParse(text, CultureInfo.InvariantCulture, out long value) ? value : 0;
        FisherOptions options = new() { Mode = file.Metadata.GetValueOrDefault("mode") == "elementwise" ? FisherMode.Elementwise : FisherMode.Rowwise };
        if (file.Metadata.TryGetValue("epsilon", out string? stored))
        {
            options = double.TryParse(stored, CultureInfo.InvariantCulture, out double epsilon) && epsilon >= 0 && double.IsFinite(epsilon)
                ? options with { Epsilon = epsilon }
                : throw new InputException($"{path}: 'epsilon' is '{stored}'; expected a number that is not negative. Make the file anew with 'lora-unlearn fisher'.");
        }

        return new FisherResult(modules, options, Count("forget_tokens"), Count("retain_tokens")).DetachFromDisposeScope();
    }

    /// <summary>Takes the statistics out of whatever dispose scope they are in; from then on the caller owns them.</summary>
    internal FisherResult DetachFromDisposeScope()
    {
        foreach (ModuleFisher fisher in Modules.Values)
        {
            fisher.Forget.DetachFromDisposeScope();
            fisher.Retain?.DetachFromDisposeScope();
            fisher.Relative.DetachFromDisposeScope();
        }

        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ModuleFisher fisher in Modules.Values)
        {
            fisher.Dispose();
        }
    }

    private static Tensor Read(SafetensorsFile file, string path, string name, long width, Device device)
    {
        if (!file.Entries.TryGetValue(name, out SafetensorsEntry? entry))
        {
            throw new InputException($"{path}: there is no tensor '{name}'; make the file with 'lora-unlearn fisher' for the same model.");
        }

        if (entry.Shape is not [long found] || found != width)
        {
            throw new InputException($"{path}: tensor '{name}' has shape [{string.Join(",", entry.Shape)}]; expected [{width}], one number for each output row.");
        }

        using Tensor stored = file.Read(name);
        return stored.to(ScalarType.Float32, device, copy: true);
    }
}

/// <summary>Fisher statistics of one linear map.</summary>
/// <param name="Forget">Σ_k F^f_jk, [o].</param>
/// <param name="Retain">Σ_k F^r_jk, [o]; null without a retain set.</param>
/// <param name="Relative">w_j² before normalisation, [o].</param>
public sealed record ModuleFisher(Tensor Forget, Tensor? Retain, Tensor Relative) : IDisposable
{
    /// <summary>
    /// Row weights w [o], float32, with root-mean-square 1 (METHODS §3); all ones where the Fisher vanishes altogether.
    /// </summary>
    /// <returns>In the caller's dispose scope.</returns>
    public Tensor Weights()
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor squares = Relative.to_type(ScalarType.Float64).clamp_min(Held(0));
        Tensor mean = squares.mean(); // scalar
        Tensor normalised = where(mean > Held(0), squares / mean.clamp_min(Held(double.Epsilon)), ones_like(squares)).sqrt();
        return normalised.to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget.Dispose();
        Retain?.Dispose();
        Relative.Dispose();
    }
}
