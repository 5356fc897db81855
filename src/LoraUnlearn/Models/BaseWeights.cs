using LoraUnlearn.Checkpoints;
using LoraUnlearn.Quantization;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>Where a decoder's linear maps get their weights: as the checkpoint has them, or quantised while they are read, one by one.</summary>
internal sealed class BaseWeights
{
    private readonly ITensorSource _source;
    private readonly CheckpointNames _names;
    private readonly QuantisedTensors? _quantised;
    private readonly List<string> _idle = [];

    /// <summary>Prepares to read.</summary>
    /// <param name="source">The checkpoint.</param>
    /// <param name="names">Finds its tensors.</param>
    /// <param name="precision">How the maps are to be held.</param>
    /// <param name="config">How the checkpoint is quantised; null where it is not.</param>
    /// <exception cref="InputException">A quantised checkpoint is to be quantised again.</exception>
    public BaseWeights(ITensorSource source, CheckpointNames names, BasePrecision precision, QuantisationConfig? config)
    {
        (_source, _names, Precision) = (source, names, precision);
        _quantised = config is null ? null : new QuantisedTensors(source, config);
        if (config is not null && precision is BasePrecision.FourBit or BasePrecision.EightBit)
        {
            throw new InputException(
                $"{source.Description}: the weights are quantised already ({config!.Description}); leave --base-precision out to use them as they are, or give bf16 or float32 to dequantise them.");
        }
    }

    /// <summary>How the maps are to be held.</summary>
    public BasePrecision Precision { get; }

    /// <summary>Names of the checkpoint's tensors that belong to quantised weights.</summary>
    public IEnumerable<string> Names => (_quantised?.Names ?? []).Concat(_idle);

    /// <summary>The weight of a map that the checkpoint has quantised; null where it has not.</summary>
    /// <param name="module">The map's full name.</param>
    /// <param name="rows">Output width o.</param>
    /// <param name="columns">Input width i.</param>
    /// <exception cref="InputException">Its tensors are not right.</exception>
    public QuantisedMatrix? Find(string module, long rows, long columns)
    {
        if (_quantised is null)
        {
            return null;
        }

        string ending = _quantised.WeightOf(string.Empty);
        return _quantised.Find(_names.Find(module + ending) is { } stored ? stored[..^ending.Length] : module, rows, columns);
    }

    /// <summary>Quantises a weight.</summary>
    /// <param name="weight">W [o,i], on the CPU.</param>
    /// <param name="precision">NF4 or int8.</param>
    public static QuantisedMatrix Quantise(Tensor weight, BasePrecision precision) => precision switch
    {
        BasePrecision.FourBit => FourBitQuantiser.Quantise(weight),
        BasePrecision.EightBit => EightBitMatrix.Quantise(weight),
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, "Nothing is quantised."),
    };

    /// <summary>Whether a bias that the architecture does not have is one of the zeros that AutoGPTQ wrote beside every weight.</summary>
    /// <param name="name">Its stored name.</param>
    public bool IsIdleBias(string name)
    {
        if (_quantised is null)
        {
            return false;
        }

        using DisposeScope scope = NewDisposeScope();
        if (_source.Read(name).count_nonzero().item<long>() > 0)
        {
            return false;
        }

        _idle.Add(name);
        return true;
    }
}
