using LoraUnlearn.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Auditing;

/// <summary>Weights as they come back from few bits: quantised and dequantised at once. Values, not storage.</summary>
public static class RoundTrips
{
    /// <summary>Values of a block of NF4.</summary>
    public const int BlockOf4Bits = 64;

    /// <summary>Neighbouring values of a row that share a scale in INT4.</summary>
    public const int GroupOf4Bits = 128;

    /// <summary>int8: each row by its largest magnitude, rounded to −127 … 127.</summary>
    /// <param name="weight">[o,i].</param>
    /// <returns>[o,i] float32, in the caller's dispose scope.</returns>
    public static Tensor ByRowsOf8Bits(Tensor weight) => Integers(weight, weight.shape[^1], 127, -127);

    /// <summary>INT4: each group of a row by its largest magnitude over 7, rounded to −8 … 7.</summary>
    /// <param name="weight">[o,i].</param>
    /// <returns>[o,i] float32, in the caller's dispose scope.</returns>
    public static Tensor ByGroupsOf4Bits(Tensor weight) => Integers(weight, GroupOf4Bits, 7, -8);

    /// <summary>NF4: blocks of the flattened weight by their largest magnitude, to the nearest of <see cref="FourBitCode.Nf4"/>; the scales stay float32.</summary>
    /// <param name="weight">[o,i].</param>
    /// <returns>[o,i] float32, in the caller's dispose scope.</returns>
    public static Tensor ByBlocksOfNormalFloat4(Tensor weight)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        (Tensor blocks, Tensor largest) = Blocks(weight.reshape(1, -1), BlockOf4Bits); // [1,n,64], [1,n,1]
        float[] levels = FourBitCode.Nf4.ToArray();
        Tensor table = tensor(levels, device: weight.device);
        Tensor middles = tensor(levels.Zip(levels.Skip(1), (below, above) => (below + above) / 2).ToArray(), device: weight.device);
        Tensor places = bucketize(blocks / largest, middles); // the number of middles below
        Tensor back = table.index_select(0, places.reshape(-1)).view(blocks.shape) * largest;
        return Trimmed(back, weight).MoveToOuterDisposeScope();
    }

    private static Tensor Integers(Tensor weight, long group, double most, double least)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        (Tensor blocks, Tensor largest) = Blocks(weight, group); // [o,n,g], [o,n,1]
        Tensor scale = largest / Held(most);
        return Trimmed((blocks / scale).round().clamp(Held(least), Held(most)) * scale, weight).MoveToOuterDisposeScope();
    }

    // Rows cut into blocks, the last filled up with zeros, and each block's largest magnitude; 1 for a block of zeros.
    private static (Tensor Blocks, Tensor Largest) Blocks(Tensor rows, long size)
    {
        Tensor values = rows.to_type(ScalarType.Float32);
        long missing = (size - (values.shape[1] % size)) % size;
        if (missing > 0)
        {
            values = cat(new[] { values, zeros([values.shape[0], missing], ScalarType.Float32, values.device) }, 1);
        }

        Tensor blocks = values.view(values.shape[0], -1, size);
        Tensor largest = blocks.abs().amax([2], keepdim: true);
        return (blocks, largest.masked_fill(largest.eq(Held(0.0)), Held(1.0)));
    }

    private static Tensor Trimmed(Tensor blocks, Tensor weight) =>
        blocks.view(blocks.shape[0], -1).narrow(1, 0, weight.numel() / blocks.shape[0]).reshape(weight.shape);
}
