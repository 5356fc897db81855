using LoraUnlearn.Checkpoints;
using LoraUnlearn.Models;
using LoraUnlearn.Quantization;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>
/// Merges adapters into a quantised model: each weight is dequantised, changed in float32, and rounded once, to bfloat16 unless another
/// type is asked for, or quantised again, whose steps can be larger than the change.
/// </summary>
internal sealed class QuantisedMerge
{
    private readonly ModelFolder _model;
    private readonly DecoderSpec _spec;
    private readonly BaseWeights _base;
    private readonly CheckpointNames _names;
    private readonly Dictionary<string, ModuleFactors> _changes;
    private readonly MergeOptions _options;
    private readonly ScalarType _target;
    private readonly string _source;
    private readonly Dictionary<string, MergeRounding> _rounding = new(StringComparer.Ordinal);

    private QuantisedMerge(ModelFolder model, QuantisationConfig config, DecoderSpec spec, AdapterFactors sum, MergeOptions options)
    {
        (_model, _spec, _options, _source) = (model, spec, options, sum.Source);
        _names = new CheckpointNames(model.Weights, spec.Names.OptionalPrefix);
        _base = new BaseWeights(model.Weights, _names, BasePrecision.Stored, config);
        _changes = sum.Modules.ToDictionary(change => change.Module, StringComparer.Ordinal);
        _target = options.Dtype ?? ScalarType.BFloat16;
    }

    private bool Requantises => _options.Requantise != BasePrecision.Stored;

    /// <summary>Writes the merged model.</summary>
    /// <inheritdoc cref="AdapterMerge.Write"/>
    public static MergeResult Write(ModelFolder model, QuantisationConfig config, IReadOnlyList<WeightedAdapter> adapters, string output, MergeOptions options)
    {
        if (options.RoundsAtRandom)
        {
            throw new InputException("--rounding stochastic does not go with a quantised model, whose merged weights are rounded to the nearest; leave it out.");
        }

        DecoderSpec spec = CheckpointFit.Check(model);
        using AdapterFactors sum = AdapterComposition.Sum(adapters, ModuleNames.Of(spec).Resolve);
        QuantisedMerge merge = new(model, config, spec, sum, options);
        return merge.Write(output);
    }

    private MergeResult Write(string output)
    {
        Dictionary<string, StoredMap> maps = new(StringComparer.Ordinal);
        Dictionary<string, IReadOnlyList<long>> shapes = DecoderTensors.Of(_spec).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape, StringComparer.Ordinal);
        foreach (string module in ModuleNames.Of(_spec).All)
        {
            Add(module, shapes[module + ".weight"], maps);
            if (!shapes.ContainsKey(module + ".bias") && _names.Find(module + ".bias") is { } bias)
            {
                _base.IsIdleBias(bias); // left out, then
            }
        }

        HashSet<string> companions = new(_base.Names, StringComparer.Ordinal);
        using OpenShards shards = OpenShards.Of(_model.Weights);
        IReadOnlyList<StreamedFile> files = shards.FilesOf(stored => maps.TryGetValue(stored.Entry.Name, out StoredMap? map) ? Merged(map) : companions.Contains(stored.Entry.Name) ? [] : [Other(stored)]);
        ModelCopy.Write(_model, files, output, _options with { Dtype = Requantises ? null : _target }, json =>
        {
            json.Remove(QuantisationConfig.Key);
            if (Requantises)
            {
                json[QuantisationConfig.Key] = BitsAndBytesWriter.Configuration(_options.Requantise, QuantisedCopy.Skipped(_spec));
            }
        });
        return new MergeResult([.. _changes.Keys.Select(module => _rounding[module])], files.Sum(file => file.Length));
    }

    private void Add(string module, IReadOnlyList<long> shape, Dictionary<string, StoredMap> maps)
    {
        (long rows, long columns) = _spec.WidthsOf(shape);
        if (_changes.GetValueOrDefault(module) is { } change)
        {
            Shapes.Require(_source, change, rows, columns);
        }

        string stored = _names.Find(module + ".weight") ?? _names.Find(module + ".qweight")!;
        using QuantisedMatrix? matrix = _base.Find(module, rows, columns);
        maps.Add(stored, new StoredMap(module, stored[..stored.LastIndexOf('.')], rows, columns, matrix is not null));
    }

    private StreamedTensor Other(StoredTensor stored) =>
        !Requantises && FloatingBytes.Has(stored.Entry.DType) && stored.Entry.ScalarType != _target ? new ConvertedTensor(stored, _target) : new CopiedTensor(stored);

    private IReadOnlyList<StreamedTensor> Merged(StoredMap map)
    {
        if (Requantises)
        {
            return BitsAndBytesWriter.Tensors(map.Stored, map.Rows, map.Columns, _target, _options.Requantise, () =>
            {
                using DisposeScope scope = NewDisposeScope();
                (Tensor sum, Tensor before, Tensor? change) = Sum(map);
                QuantisedMatrix quantised = BaseWeights.Quantise(sum, _options.Requantise);
                Note(map, before, change, quantised.Dequantise(ScalarType.Float32));
                return quantised;
            });
        }

        long[] shape = _spec.TransposedWeights ? [map.Columns, map.Rows] : [map.Rows, map.Columns];
        return [new MadeTensor(map.Stored + ".weight", _target, shape, () =>
        {
            (Tensor sum, Tensor before, Tensor? change) = Sum(map);
            Tensor rounded = sum.to_type(_target);
            Note(map, before, change, rounded.to_type(ScalarType.Float32));
            return _spec.TransposedWeights ? rounded.t() : rounded;
        })];
    }

    // W + s·BA, W and s·BA [o,i], float32; the last is null for a map that stays.
    private (Tensor Sum, Tensor Before, Tensor? Change) Sum(StoredMap map)
    {
        Tensor before;
        if (map.IsQuantised)
        {
            using QuantisedMatrix matrix = _base.Find(map.Module, map.Rows, map.Columns)!;
            before = matrix.Dequantise(ScalarType.Float32);
        }
        else
        {
            Tensor weight = _model.Weights.Read(map.Stored + ".weight").to_type(ScalarType.Float32);
            before = _spec.TransposedWeights ? weight.t() : weight;
        }

        Tensor? change = _changes.GetValueOrDefault(map.Module) is { } factors ? factors.B.mm(factors.A).mul_(Held(factors.Scale)) : null;
        return (change is null ? before : before.Plus(change), before, change);
    }

    private void Note(StoredMap map, Tensor before, Tensor? change, Tensor after)
    {
        if (change is null)
        {
            return;
        }

        Tensor moved = after - before;
        lock (_rounding)
        {
            _rounding[map.Module] = new MergeRounding(
                map.Module,
                change.Squared().sum(ScalarType.Float64).Number(),
                (moved - change).Squared().sum(ScalarType.Float64).Number(),
                (moved * change).sum(ScalarType.Float64).Number(),
                moved.NumberOfElements - moved.count_nonzero().item<long>(),
                moved.NumberOfElements);
        }
    }

    // A linear map and how the checkpoint calls it.
    private sealed record StoredMap(string Module, string Stored, long Rows, long Columns, bool IsQuantised);
}
