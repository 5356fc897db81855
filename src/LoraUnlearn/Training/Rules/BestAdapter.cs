using System.Globalization;
using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Training.Rules;

/// <summary>
/// The parameters with the largest value of the rule so far, in a file beside the training state. The earliest of equal ones
/// is kept, so that a resumed run ends with the same adapter.
/// </summary>
internal sealed class BestAdapter
{
    private const string FileName = "best.safetensors";
    private const string Entry = "parameters";

    private readonly string _digest;
    private readonly string _path;

    /// <summary>Takes up the best adapter of a run, if there is one already.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <exception cref="InputException">The file is damaged or of another run.</exception>
    public BestAdapter(RunFolder folder)
    {
        _path = Path.Combine(Path.GetDirectoryName(folder.StatePath)!, FileName);
        _digest = folder.Digest;
        if (!File.Exists(_path))
        {
            return;
        }

        using SafetensorsFile file = SafetensorsFile.Open(_path);
        bool isWhole = file.Metadata.GetValueOrDefault("run") == _digest
            & double.TryParse(file.Metadata.GetValueOrDefault("value"), CultureInfo.InvariantCulture, out double value)
            & int.TryParse(file.Metadata.GetValueOrDefault("step"), CultureInfo.InvariantCulture, out int step);
        if (!isWhole)
        {
            throw new InputException($"{_path}: belongs to another run or is damaged; delete the folder and start again.");
        }

        (Value, Step) = (value, step);
    }

    /// <summary>The rule's value; null before the first evaluation.</summary>
    public double? Value { get; private set; }

    /// <summary>Steps after which it was reached.</summary>
    public int Step { get; private set; }

    /// <summary>Keeps the parameters if they are better than the best so far.</summary>
    /// <param name="value">The rule's value; one that is not a number is never better.</param>
    /// <param name="step">Steps taken.</param>
    /// <param name="parameters">[p].</param>
    public void Offer(double value, int step, Tensor parameters)
    {
        if (double.IsNaN(value) || value <= Value)
        {
            return;
        }

        SafetensorsWriter.Write(_path, [new(Entry, parameters)], new Dictionary<string, string>
        {
            ["format"] = "pt",
            ["run"] = _digest,
            ["value"] = value.ToString("R", CultureInfo.InvariantCulture),
            ["step"] = step.ToString(CultureInfo.InvariantCulture),
        });
        (Value, Step) = (value, step);
    }

    /// <summary>Puts the best parameters back.</summary>
    /// <param name="parameters">[p], overwritten; left alone where nothing was kept.</param>
    /// <exception cref="InputException">The file is damaged.</exception>
    public void Restore(Tensor parameters)
    {
        if (Value is null)
        {
            return;
        }

        using SafetensorsFile file = SafetensorsFile.Open(_path);
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor stored = file.Read(Entry);
        if (stored.numel() != parameters.numel())
        {
            throw new InputException($"{_path}: '{Entry}' holds {stored.numel()} numbers; expected {parameters.numel()}. Delete the folder and start again.");
        }

        parameters.copy_(stored.view(-1));
    }
}
