using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Quantization;

/// <summary>bitsandbytes' 8-bit layout: entry = q · SCB / 127, with one SCB for each row, its largest size (LLM.int8(), arXiv 2208.07339).</summary>
public sealed class EightBitMatrix : QuantisedMatrix
{
    private const double Largest = 127;
    private const long PartElements = 1 << 22;

    private readonly Tensor _entries; // int8 [o,i]
    private readonly Tensor _sizes; // float32 [o]

    /// <summary>Takes the tensors over.</summary>
    /// <param name="entries">q, int8 [o,i].</param>
    /// <param name="sizes">SCB, float32 [o].</param>
    internal EightBitMatrix(Tensor entries, Tensor sizes)
        : base(entries.shape[0], entries.shape[1], entries, sizes)
    {
        (_entries, _sizes) = (entries, sizes);
    }

    /// <inheritdoc/>
    public override string Format => "int8";

    /// <summary>q, int8 [o,i].</summary>
    internal Tensor Entries => _entries;

    /// <summary>SCB, float32 [o].</summary>
    internal Tensor Sizes => _sizes;

    /// <summary>Quantises a matrix: q = round(127 · w / largest size of the row).</summary>
    /// <param name="weight">W [o,i] of a floating-point type, on the CPU; it is read some rows at a time.</param>
    /// <returns>The quantised matrix, on the CPU.</returns>
    public static EightBitMatrix Quantise(Tensor weight)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor entries = empty(weight.shape, ScalarType.Int8), sizes = empty([weight.shape[0]], ScalarType.Float32);
        foreach ((long first, long count) in Parts(weight.shape[0], weight.shape[1]))
        {
            using DisposeScope part = NewDisposeScope();
            Tensor rows = weight.detach().narrow(0, first, count).to_type(ScalarType.Float32); // [count,i]
            Tensor largest = rows.abs().amax([1]); // [count]
            sizes.narrow(0, first, count).copy_(largest);
            entries.narrow(0, first, count).copy_((rows * (largest.reciprocal_().mul_(Held(Largest)).nan_to_num(0, 0, 0)).unsqueeze(1)).round_());
        }

        return new EightBitMatrix(entries, sizes);
    }

    /// <summary>Bytes of a quantised matrix: entries and scales.</summary>
    /// <param name="rows">Output width o.</param>
    /// <param name="count">Its entries.</param>
    public static long BytesOf(long rows, long count) => count + (sizeof(float) * rows);

    /// <inheritdoc/>
    internal override Tensor DequantiseInto(Tensor flat)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor scales = (_sizes / Held(Largest)).unsqueeze(1); // [o,1]
        Tensor weight = flat.view(Rows, Columns);
        foreach ((long first, long count) in Parts(Rows, Columns))
        {
            using DisposeScope part = NewDisposeScope();
            weight.narrow(0, first, count).copy_(_entries.narrow(0, first, count).to_type(ScalarType.Float32).mul_(scales.narrow(0, first, count)));
        }

        return weight.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    private protected override QuantisedMatrix With(Tensor[] parts) => new EightBitMatrix(parts[0], parts[1]);

    // Some rows at a time, so that the float32 numbers on the way take little room beside the result.
    private static IEnumerable<(long First, long Count)> Parts(long rows, long columns)
    {
        long step = Math.Max(1, PartElements / Math.Max(1, columns));
        for (long first = 0; first < rows; first += step)
        {
            yield return (first, Math.Min(step, rows - first));
        }
    }
}
