using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Quantization;

/// <summary>How a format packs small integers into the words of 32 bits that safetensors files hold.</summary>
/// <param name="Name">Its name: <c>gptq</c> or <c>awq</c>.</param>
/// <param name="Bits">Bits of an integer: 4 or 8.</param>
/// <param name="Order">Which of 32/bits columns lies in each place of a word, from the lowest bits on.</param>
/// <param name="PacksRows">Whether a word of the weights holds rows of Wᵀ, one below the other, and not columns.</param>
/// <param name="ZeroShift">What was taken off a zero point before it was stored: 1 in GPTQ's first version.</param>
internal sealed record IntegerPacking(string Name, int Bits, int[] Order, bool PacksRows, int ZeroShift)
{
    /// <summary>Integers in a word.</summary>
    public int InWord => 32 / Bits;

    /// <summary>AWQ's order of columns (arXiv 2306.00978, the "gemm" layout).</summary>
    public static IntegerPacking Awq { get; } = new("awq", 4, [0, 2, 4, 6, 1, 3, 5, 7], false, 0);

    /// <summary>GPTQ's packing (arXiv 2210.17323, as AutoGPTQ writes it).</summary>
    /// <param name="bits">4 or 8.</param>
    /// <param name="zeroShift">1 for its first version, which stores the zero point less one; 0 for the second.</param>
    public static IntegerPacking Gptq(int bits, int zeroShift) => new("gptq", bits, [.. Enumerable.Range(0, 32 / bits)], true, zeroShift);
}

/// <summary>
/// GPTQ's and AWQ's layout: Wᵀ [i,o] of integers q with a scale and a zero point z for each output and group of inputs,
/// entry = scale · (q − z).
/// </summary>
public sealed class GroupedIntegerMatrix : QuantisedMatrix
{
    private readonly IntegerPacking _packing;
    private readonly Tensor _words; // int32 [i·bits/32, o], or [i, o·bits/32]
    private readonly Tensor _zeros; // int32 [g, o·bits/32]
    private readonly Tensor _scales; // [g, o]
    private readonly Tensor _groups; // int32 [i], the group of each input

    internal GroupedIntegerMatrix(IntegerPacking packing, long rows, long columns, Tensor words, Tensor zeros, Tensor scales, Tensor groups)
        : base(rows, columns, words, zeros, scales, groups)
    {
        (_packing, _words, _zeros, _scales, _groups) = (packing, words, zeros, scales, groups);
    }

    /// <inheritdoc/>
    public override string Format => $"{_packing.Name}-{_packing.Bits}bit";

    /// <inheritdoc/>
    internal override Tensor DequantiseInto(Tensor flat)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor scales = _scales.to_type(ScalarType.Float32); // [g,o]
        Tensor zeros = Unpack(_zeros, false).add(Held((long)_packing.ZeroShift), One).bitwise_and(Mask()).to_type(ScalarType.Float32).mul_(scales); // scale · z
        Tensor weight = Unpack(_words, _packing.PacksRows).to_type(ScalarType.Float32); // q [i,o]
        weight = weight.mul_(scales.index_select(0, _groups)).sub_(zeros.index_select(0, _groups));
        Tensor target = flat.view(Columns, Rows);
        target.copy_(weight);
        return target.t().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    private protected override QuantisedMatrix With(Tensor[] parts) => new GroupedIntegerMatrix(_packing, Rows, Columns, parts[0], parts[1], parts[2], parts[3]);

    // Words [n,m] -> integers [n·k,m], or [n,m·k] where a word holds columns.
    private Tensor Unpack(Tensor words, bool rows)
    {
        int[] shifts = new int[_packing.InWord];
        for (int place = 0; place < shifts.Length; place++)
        {
            shifts[_packing.Order[place]] = place * _packing.Bits;
        }

        Tensor shift = tensor(shifts, device: words.device).view(rows ? [1, shifts.Length, 1] : [1, 1, shifts.Length]);
        Tensor all = words.unsqueeze(rows ? 1 : 2).bitwise_right_shift(shift).bitwise_and_(Mask()); // [n,k,m] or [n,m,k]
        return rows ? all.view(-1, words.shape[1]) : all.view(words.shape[0], -1);
    }

    private Tensor Mask() => tensor((1 << _packing.Bits) - 1, ScalarType.Int32, Device);
}
