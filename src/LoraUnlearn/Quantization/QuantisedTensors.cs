using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Quantization;

/// <summary>Finds and checks the tensors that a quantised checkpoint has in place of a module's weight.</summary>
internal sealed class QuantisedTensors
{
    private readonly ITensorSource _source;
    private readonly QuantisationConfig _config;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Prepares to read.</summary>
    /// <param name="source">The checkpoint.</param>
    /// <param name="config">What its configuration says of it.</param>
    public QuantisedTensors(ITensorSource source, QuantisationConfig config)
    {
        (_source, _config) = (source, config);
    }

    /// <summary>The names of what was read.</summary>
    public IReadOnlyCollection<string> Names => _names;

    /// <summary>The name of the tensor that a module of this format has whatever else it has.</summary>
    /// <param name="module">The module's name.</param>
    public string WeightOf(string module) => module + (_config.Method == QuantisationMethod.BitsAndBytes ? ".weight" : ".qweight");

    /// <summary>Reads a module's weight.</summary>
    /// <param name="module">The module's name in the checkpoint.</param>
    /// <param name="rows">Output width o.</param>
    /// <param name="columns">Input width i.</param>
    /// <returns>The matrix, on the CPU; null where the checkpoint leaves this module unquantised.</returns>
    /// <exception cref="InputException">A tensor is missing, or has a type or shape that does not fit.</exception>
    public QuantisedMatrix? Find(string module, long rows, long columns)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        switch (_config.Method)
        {
            case QuantisationMethod.BitsAndBytes when BitsAndBytesState.Find(_source, module) is { } state:
                return FourBits(module, state, rows, columns);
            case QuantisationMethod.BitsAndBytes when _source.Contains(module + ".SCB"):
                return EightBits(module, rows, columns);
            case QuantisationMethod.Gptq or QuantisationMethod.Awq when _source.Contains(module + ".qweight"):
                return Integers(module, rows, columns);
            default:
                return null;
        }
    }

    private FourBitMatrix FourBits(string module, BitsAndBytesState state, long rows, long columns)
    {
        string name = module + ".weight";
        _names.Add(state.Name);
        if (!state.Shape.AsSpan().SequenceEqual([rows, columns]))
        {
            throw new InputException($"{_source.Description}: '{state.Name}' says that the weight is [{string.Join(",", state.Shape)}]; config.json asks for [{rows},{columns}].");
        }

        long count = rows * columns, blocks = (count + state.BlockSize - 1) / state.BlockSize;
        Tensor packed = Read(name, ScalarType.Byte, (count + 1) / 2);
        Tensor code = Numbers(name + ".quant_map", 16);
        if (!state.IsNested)
        {
            return new FourBitMatrix(state.Code, rows, columns, packed, code, new BlockScales(Numbers(name + ".absmax", blocks)), state.BlockSize);
        }

        BlockScales scales = new(
            Read(name + ".absmax", ScalarType.Byte, blocks),
            Numbers(name + ".nested_quant_map", 256),
            Numbers(name + ".nested_absmax", (blocks + state.NestedBlockSize - 1) / state.NestedBlockSize),
            state.NestedBlockSize,
            state.NestedOffset);
        return new FourBitMatrix(state.Code, rows, columns, packed, code, scales, state.BlockSize);
    }

    private EightBitMatrix EightBits(string module, long rows, long columns)
    {
        string layout = module + ".weight_format";
        if (_source.Contains(layout))
        {
            _names.Add(layout);
            using Tensor format = _source.Read(layout);
            if (format.NumberOfElements != 1 || format.Number() != 0)
            {
                throw new InputException($"{_source.Description}: '{layout}' says that the weight is laid out for a GPU's tensor cores; expected 0, row by row. Save the model again with a newer bitsandbytes.");
            }
        }

        return new EightBitMatrix(Read(module + ".weight", ScalarType.Int8, rows, columns), Numbers(module + ".SCB", rows));
    }

    private GroupedIntegerMatrix Integers(string module, long rows, long columns)
    {
        bool awq = _config.Method == QuantisationMethod.Awq;
        IntegerPacking packing = awq ? IntegerPacking.Awq : IntegerPacking.Gptq(_config.Bits, _config.ZeroShift);
        long group = _config.GroupSize == -1 ? columns : _config.GroupSize, groups = (columns + group - 1) / group;
        if (rows % packing.InWord != 0 || (!awq && columns % packing.InWord != 0))
        {
            throw new InputException($"{_source.Description}: '{module}' is [{rows},{columns}], which does not divide into words of {packing.InWord} integers.");
        }

        Tensor words = awq
            ? Read(module + ".qweight", ScalarType.Int32, columns, rows / packing.InWord)
            : Read(module + ".qweight", ScalarType.Int32, columns / packing.InWord, rows);
        Tensor zeros = Read(module + ".qzeros", ScalarType.Int32, groups, rows / packing.InWord);
        Tensor scales = Floating(module + ".scales", groups, rows);
        return new GroupedIntegerMatrix(packing, rows, columns, words, zeros, scales, Groups(module + ".g_idx", columns, group, groups));
    }

    // Which group an input belongs to: as the file says, or one after the other.
    private Tensor Groups(string name, long columns, long group, long groups)
    {
        if (!_source.Contains(name))
        {
            return Range(0, columns, ScalarType.Int64).div(Held(group), RoundingMode.floor).to_type(ScalarType.Int32);
        }

        Tensor index = Read(name, ScalarType.Int32, columns);
        return index.lt(Held(0)).logical_or(index.ge(Held(groups))).any().item<bool>()
            ? throw new InputException($"{_source.Description}: '{name}' names a group outside 0 to {groups - 1}; the file is damaged, or group_size in config.json is not right.")
            : index;
    }

    private Tensor Numbers(string name, long count) => Floating(name, count).to_type(ScalarType.Float32);

    private Tensor Floating(string name, params long[] shape)
    {
        Tensor values = Known(name);
        return values.is_floating_point() && values.shape.AsSpan().SequenceEqual(shape) ? values : throw Unexpected(name, values, "floating-point", shape);
    }

    // Bits are packed in tensors of any shape, [n,1] for example; their number counts.
    private Tensor Read(string name, ScalarType type, params long[] shape)
    {
        Tensor values = Known(name);
        bool fits = shape.Length == 1 ? values.NumberOfElements == shape[0] : values.shape.AsSpan().SequenceEqual(shape);
        return values.dtype == type && fits ? values.contiguous().view(shape) : throw Unexpected(name, values, type.ToString().ToLowerInvariant(), shape);
    }

    private Tensor Known(string name)
    {
        _names.Add(name);
        return _source.Read(name);
    }

    private InputException Unexpected(string name, Tensor values, string type, long[] shape) => new(
        $"{_source.Description}: tensor '{name}' is {values.dtype} [{string.Join(",", values.shape)}]; config.json and the format ask for {type} [{string.Join(",", shape)}].");
}
