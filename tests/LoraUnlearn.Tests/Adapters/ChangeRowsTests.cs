using System.Numerics;
using System.Runtime.InteropServices;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Adapters;

/// <summary>The fast loops of a merge give, bit for bit, what plain loops over single numbers give.</summary>
public sealed class ChangeRowsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(1, 7, 13, false)]
    [InlineData(5, 9, 700, false)]
    [InlineData(5, 9, 700, true)]
    [InlineData(16, 6, 2048, false)]
    [InlineData(100, 3, 130, true)]
    public void EachElementIsTheSumOverTheRankInItsOrder(int rank, int rows, int columns, bool transposed)
    {
        Check<float>(rank, rows, columns, transposed, float.FusedMultiplyAdd);
        Check<double>(rank, rows, columns, transposed, double.FusedMultiplyAdd);
    }

    [Fact]
    public void OnePassInBFloat16IsTheThreePassesOfOtherTypes()
    {
        const int Count = 531;
        using Generator generator = new(4);
        float[] change = (randn([Count], generator: generator) * 0.01).data<float>().ToArray();
        ushort[] before = [.. randn([Count], generator: generator).data<float>().ToArray().Select(value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16))];
        change[3] = 0;
        change[4] = BitConverter.UInt32BitsToSingle((uint)before[4] << 16) * (1f / 256); // a tie
        ushort[] fast = new ushort[Count];
        float[] weights = new float[Count], sum = new float[Count], after = new float[Count];
        byte[] plain = new byte[2 * Count];
        RoundingAccount quick = default, slow = default;

        int done = quick.AddInBFloat16(before, change, fast);

        Assert.InRange(done, Count - Vector<ushort>.Count + 1, Count);
        FloatingBytes.Widen(MemoryMarshal.AsBytes(before.AsSpan()), ScalarType.BFloat16, weights.AsSpan());
        for (int index = 0; index < Count; index++)
        {
            sum[index] = weights[index] + change[index];
        }

        FloatingBytes.Narrow<float>(sum, ScalarType.BFloat16, plain);
        FloatingBytes.Widen(plain, ScalarType.BFloat16, after.AsSpan());
        slow.Add<float>(weights.AsSpan(0, done), after.AsSpan(0, done), change.AsSpan(0, done));
        Assert.Equal(MemoryMarshal.Cast<byte, ushort>(plain)[..done].ToArray(), fast[..done]);
        Assert.Equal((slow.ChangeEnergy, slow.ErrorEnergy, slow.Overlap, slow.Unchanged), (quick.ChangeEnergy, quick.ErrorEnergy, quick.Overlap, quick.Unchanged));
        Assert.InRange(quick.Unchanged, 1, done);
    }

    private static void Check<T>(int rank, int rows, int columns, bool transposed, Func<T, T, T, T> multiplyAdd)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using Generator generator = new(9);
        ScalarType type = typeof(T) == typeof(double) ? ScalarType.Float64 : ScalarType.Float32;
        Tensor a = randn([rank, transposed ? rows : columns], ScalarType.Float32, generator: generator), b = randn([transposed ? columns : rows, rank], ScalarType.Float32, generator: generator);
        T[] left = ((transposed ? a.t() : b).to_type(type) * 0.3).contiguous().data<T>().ToArray(); // [rows,rank]
        T[] right = (transposed ? b.t() : a).to_type(type).contiguous().data<T>().ToArray(); // [rank,columns]
        ChangeRows<T> changes = new(new ModuleFactors("m", a, b, 0.3), transposed);
        T[] piece = new T[ChangeRows<T>.Rows * changes.PanelWidth], whole = new T[columns];
        for (int row = 0; row < rows; row++)
        {
            T[] expected = new T[columns];
            for (int column = 0; column < columns; column++)
            {
                for (int k = 0; k < rank; k++)
                {
                    expected[column] = multiplyAdd(left[(row * rank) + k], right[(k * columns) + column], expected[column]);
                }
            }

            changes.Compute(row, whole);
            Assert.Equal(expected, whole);
            int group = row % ChangeRows<T>.Rows;
            for (int column = 0; column < columns; column += changes.PanelWidth)
            {
                changes.Compute(row - group, column, piece);
                int count = Math.Min(changes.PanelWidth, columns - column);
                Assert.Equal(expected[column..(column + count)], piece[(group * changes.PanelWidth)..((group * changes.PanelWidth) + count)]);
            }
        }
    }
}
