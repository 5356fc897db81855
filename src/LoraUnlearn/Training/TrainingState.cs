using System.Globalization;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Training;

/// <summary>
/// The whole state of a run in one safetensors file, written atomically: parameters, both moments, A₀, B₀, the number of
/// steps taken, and the numbers that schedule and combiner remember. A run continued from it gives the same adapter, byte for byte, as one that was never stopped.
/// </summary>
public static class TrainingState
{
    /// <summary>Name of the file in a run's <see cref="RunFolder.TrainingFolder"/>.</summary>
    public const string FileName = "state.safetensors";

    private const string NumberPrefix = "number.";

    /// <summary>Writes the state after a step; a kill while it does leaves the one before.</summary>
    /// <param name="path">The file.</param>
    /// <param name="trained">The adapters.</param>
    /// <param name="trainer">The loop.</param>
    /// <param name="digest">Digest of the run's configuration.</param>
    public static void Save(string path, ITrainedParameters trained, UnlearningTrainer trainer, string digest)
    {
        List<KeyValuePair<string, Tensor>> tensors =
        [
            new("parameters", trained.Parameters),
            new("first_moment", trainer.Optimizer.FirstMoment),
            new("second_moment", trainer.Optimizer.SecondMoment),
        ];
        foreach (LowRankPair pair in PairsOf(trained).Where(pair => pair.InitialA is not null))
        {
            tensors.Add(new($"initial.{pair.Map.Name}.A", pair.InitialA!));
            tensors.Add(new($"initial.{pair.Map.Name}.B", pair.InitialB!));
        }

        Dictionary<string, string> metadata = new()
        {
            ["format"] = "pt",
            ["step"] = trainer.StepsTaken.ToString(CultureInfo.InvariantCulture),
            ["run"] = digest,
        };
        foreach ((string name, double value) in trainer.Numbers)
        {
            metadata[NumberPrefix + name] = value.ToString("R", CultureInfo.InvariantCulture);
        }

        SafetensorsWriter.Write(path, tensors, metadata);
    }

    /// <summary>Puts adapter, optimiser and loop where they were.</summary>
    /// <param name="path">The file.</param>
    /// <param name="trained">The adapters, of the same shape.</param>
    /// <param name="trainer">The loop.</param>
    /// <param name="digest">Digest of the run's configuration.</param>
    /// <exception cref="InputException">The file belongs to another run, or is damaged.</exception>
    public static void Load(string path, ITrainedParameters trained, UnlearningTrainer trainer, string digest)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault("run") != digest)
        {
            throw new InputException($"{path}: this state belongs to a run with other settings or data; resume with the same ones, or choose another --out.");
        }

        if (!int.TryParse(file.Metadata.GetValueOrDefault("step"), CultureInfo.InvariantCulture, out int step) || step < 0 || step > trainer.TotalSteps)
        {
            throw new InputException($"{path}: the number of steps is missing or wrong; delete the folder and start again.");
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Copy(file, "parameters", trained.Parameters);
        Copy(file, "first_moment", trainer.Optimizer.FirstMoment);
        Copy(file, "second_moment", trainer.Optimizer.SecondMoment);
        foreach (LowRankPair pair in PairsOf(trained))
        {
            string a = $"initial.{pair.Map.Name}.A";
            bool offset = file.Entries.ContainsKey(a);
            pair.SetOffset(offset ? file.Read(a) : null, offset ? file.Read($"initial.{pair.Map.Name}.B") : null);
        }

        trainer.ContinueFrom(step, Numbers(file));
    }

    private static IEnumerable<LowRankPair> PairsOf(ITrainedParameters trained) => (trained as AdapterSet)?.Pairs ?? [];

    private static Dictionary<string, double> Numbers(SafetensorsFile file)
    {
        Dictionary<string, double> numbers = [];
        foreach ((string key, string text) in file.Metadata.Where(pair => pair.Key.StartsWith(NumberPrefix, StringComparison.Ordinal)))
        {
            numbers[key[NumberPrefix.Length..]] = double.TryParse(text, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
                ? value
                : throw new InputException($"{file.Path}: '{key}' is '{text}'; expected a number. Delete the folder and start again.");
        }

        return numbers;
    }

    private static void Copy(SafetensorsFile file, string name, Tensor into)
    {
        Tensor stored = file.Read(name);
        if (stored.numel() != into.numel())
        {
            throw new InputException($"{file.Path}: '{name}' holds {stored.numel()} numbers; expected {into.numel()}. Delete the folder and start again.");
        }

        into.copy_(stored.view(-1));
    }
}
