using static TorchSharp.torch;

namespace TorchSharp.Tests;

/// <summary>Elements of tensors compared with numbers.</summary>
internal static class Values
{
    /// <summary>The elements as doubles, in index order.</summary>
    public static double[] Of(Tensor tensor)
    {
        using Tensor converted = tensor.detach().cpu().to(float64);
        return converted.data<double>().ToArray();
    }

    /// <summary>Asserts shape and elements, to a tolerance.</summary>
    public static void AreEqual(long[] shape, double[] expected, Tensor actual, double tolerance = 1e-6)
    {
        Assert.Equal(shape, actual.shape);
        AreEqual(expected, actual, tolerance);
    }

    /// <summary>Asserts the elements, to a tolerance.</summary>
    public static void AreEqual(double[] expected, Tensor actual, double tolerance = 1e-6)
    {
        double[] found = Of(actual);
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            if (double.IsNaN(expected[i]) ? !double.IsNaN(found[i]) : !(Math.Abs(expected[i] - found[i]) <= tolerance || expected[i] == found[i]))
            {
                Assert.Fail($"Element {i}: expected {expected[i]}, found {found[i]}; all: {string.Join(", ", found)}");
            }
        }
    }
}
