using System.Text;
using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Torch;
using static TorchSharp.torch;

namespace LoraUnlearn.Quantization;

/// <summary>
/// The tensors of a weight in bitsandbytes' layout. A file's types come one after the other, float32 first, so that a weight is quantised
/// once for its scales and once more for its entries: no more than one is in memory.
/// </summary>
internal static class BitsAndBytesWriter
{
    private const int StateLength = 192; // JSON, and spaces behind it: the offset's digits are known when the header is written already

    /// <summary>The tensors that a weight becomes.</summary>
    /// <param name="module">The module's name in the file.</param>
    /// <param name="rows">Output width o.</param>
    /// <param name="columns">Input width i.</param>
    /// <param name="dtype">The type of the weight before.</param>
    /// <param name="precision">NF4 or int8.</param>
    /// <param name="quantise">Makes the quantised weight, of that kind; the result is taken over.</param>
    public static IReadOnlyList<StreamedTensor> Tensors(string module, long rows, long columns, ScalarType dtype, BasePrecision precision, Func<QuantisedMatrix> quantise)
    {
        Kept kept = new(quantise);
        return precision == BasePrecision.FourBit ? FourBits(module, rows, columns, dtype, kept) : EightBits(module, rows, columns, kept);
    }

    /// <summary>What config.json says of such weights, as transformers writes it.</summary>
    /// <param name="precision">NF4 or int8.</param>
    /// <param name="skipped">Modules that stay as they are.</param>
    public static JsonObject Configuration(BasePrecision precision, IEnumerable<string> skipped)
    {
        bool four = precision == BasePrecision.FourBit;
        return new JsonObject
        {
            ["quant_method"] = "bitsandbytes",
            ["load_in_4bit"] = four,
            ["load_in_8bit"] = !four,
            ["bnb_4bit_quant_type"] = "nf4",
            ["bnb_4bit_use_double_quant"] = four,
            ["bnb_4bit_compute_dtype"] = "bfloat16",
            ["bnb_4bit_quant_storage"] = "uint8",
            ["llm_int8_threshold"] = 6.0,
            ["llm_int8_has_fp16_weight"] = false,
            ["llm_int8_enable_fp32_cpu_offload"] = false,
            ["llm_int8_skip_modules"] = new JsonArray([.. skipped.Select(module => JsonValue.Create(module))]),
        };
    }

    private static StreamedTensor[] FourBits(string module, long rows, long columns, ScalarType dtype, Kept kept)
    {
        long count = rows * columns, blocks = (count + FourBitQuantiser.BlockSize - 1) / FourBitQuantiser.BlockSize;
        long nested = (blocks + BlockScales.UsualNestedSize - 1) / BlockScales.UsualNestedSize;
        string name = module + ".weight", state = BitsAndBytesState.NameOf(module, "nf4");
        FourBitMatrix Matrix() => (FourBitMatrix)kept.Matrix;
        Tensor State()
        {
            BitsAndBytesState description = new(
                state, "nf4", FourBitQuantiser.BlockSize, dtype.ToString().ToLowerInvariant(), [rows, columns], true, BlockScales.UsualNestedSize, Matrix().Scales.Offset);
            return tensor(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(description.ToJson()).PadRight(StateLength)), ScalarType.Byte);
        }

        return
        [
            new MadeTensor(name, ScalarType.Byte, [(count + 1) / 2, 1], () => Matrix().Packed),
            new MadeTensor(name + ".absmax", ScalarType.Byte, [blocks], () => Matrix().Scales.Codes),
            new MadeTensor(state, ScalarType.Byte, [StateLength], State, kept.Release),
            new MadeTensor(name + ".nested_absmax", ScalarType.Float32, [nested], () => Matrix().Scales.Nested!, kept.Release),
            new MadeTensor(name + ".nested_quant_map", ScalarType.Float32, [DynamicCode.Values.Length], () => tensor(DynamicCode.Values.ToArray())),
            new MadeTensor(name + ".quant_map", ScalarType.Float32, [FourBitCode.Nf4.Length], () => tensor(FourBitCode.Nf4.ToArray())),
        ];
    }

    private static StreamedTensor[] EightBits(string module, long rows, long columns, Kept kept) =>
    [
        new MadeTensor(module + ".SCB", ScalarType.Float32, [rows], () => ((EightBitMatrix)kept.Matrix).Sizes, kept.Release),
        new MadeTensor(module + ".weight", ScalarType.Int8, [rows, columns], () => ((EightBitMatrix)kept.Matrix).Entries, kept.Release),
        new MadeTensor(module + ".weight_format", ScalarType.Byte, [], () => zeros([1], ScalarType.Byte)),
    ];

    // The quantised weight while its tensors are written.
    private sealed class Kept(Func<QuantisedMatrix> make)
    {
        private QuantisedMatrix? _matrix;

        public QuantisedMatrix Matrix => _matrix ??= make();

        public void Release()
        {
            _matrix?.Dispose();
            _matrix = null;
        }
    }
}
