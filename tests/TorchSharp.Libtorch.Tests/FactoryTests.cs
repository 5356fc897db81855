using static TorchSharp.torch;

namespace TorchSharp.Tests;

public class FactoryTests
{
    [Fact]
    public void FillsShapes()
    {
        Values.AreEqual([2, 3], [0, 0, 0, 0, 0, 0], zeros(2, 3));
        Values.AreEqual([2], [1, 1], ones([2], float64));
        Values.AreEqual([1, 2], [2.5, 2.5], full(1, 2, 2.5));
        Assert.Equal(ScalarType.Int64, full([2], 3).dtype);
        Assert.Equal(ScalarType.Float32, full([2], 3.0).dtype);
        Assert.Equal(ScalarType.Float32, zeros(2).dtype);
        Assert.True(zeros(2, requires_grad: true).requires_grad);
        Values.AreEqual([2, 2], [1, 0, 0, 1], eye(2));
        Values.AreEqual([0, 1, 2], arange(3));
        Assert.Equal(ScalarType.Int64, arange(3).dtype);
        Values.AreEqual([1, 1.5], arange(1, 2, 0.5));
        Values.AreEqual([0, 0.5, 1], linspace(0, 1, 3));
        Assert.Equal([2L, 3L], zeros(2, 3, dtype: float64).new_ones(2, 3).shape);
        Assert.Equal(ScalarType.Float64, zeros(2, 3, dtype: float64).new_ones(2, 3).dtype);
        Assert.Equal(ScalarType.Int64, zeros_like(ones(2), int64).dtype);
        Assert.Equal(0, empty(0, 3).numel());
    }

    [Fact]
    public void CopiesArrays()
    {
        float[] values = [1, 2, 3, 4];
        Tensor x = tensor(values, [2, 2]);
        values[0] = 9;
        Values.AreEqual([2, 2], [1, 2, 3, 4], x);
        Values.AreEqual([1, 2], tensor(new List<int> { 1, 2 }, dtype: float32));
        Assert.Equal(ScalarType.Int32, tensor(new[] { 1, 2 }).dtype);
        Assert.Equal(5, tensor(5L).item<long>());
        Assert.Throws<ArgumentException>(() => tensor(values, [5, 5]));
    }

    [Fact]
    public void SharesArrays()
    {
        float[] values = [1, 2, 3, 4];
        using (Tensor x = frombuffer(values, float32, 2, 1))
        {
            values[1] = 7;
            Values.AreEqual([7, 3], x);
            x.add_(1);
        }

        Assert.Equal([1, 8, 4, 4], values);
        Values.AreEqual([2, 2], [1, 2, 3, 4], from_array(new double[,] { { 1, 2 }, { 3, 4 } }));
    }

    [Fact]
    public void MapsFilesWithoutCopying()
    {
        string path = Path.GetTempFileName();
        try
        {
            byte[] bytes = new byte[4096];
            BitConverter.TryWriteBytes(bytes.AsSpan(1024), 1.5f);
            BitConverter.TryWriteBytes(bytes.AsSpan(1028), -2f);
            File.WriteAllBytes(path, bytes);
            using Tensor whole = from_file(path, shared: true, size: 1024, dtype: float32);
            using Tensor part = whole.narrow(0, 256, 2).view(1, 2);
            Values.AreEqual([1, 2], [1.5, -2], part);

            // A mapping, not a copy: a later change of the file shows.
            using (FileStream stream = File.OpenWrite(path))
            {
                stream.Position = 1024;
                stream.Write(BitConverter.GetBytes(42f));
            }

            Assert.Equal(42f, part[0, 0].ToSingle());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void PrivateMappingsLeaveTheFileAlone()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, new byte[16]);
            using (Tensor mapped = from_file(path, false, 4, float32))
            {
                mapped.fill_(1);
            }

            Assert.Equal(new byte[16], File.ReadAllBytes(path));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
