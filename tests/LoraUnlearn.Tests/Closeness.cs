namespace LoraUnlearn.Tests;

/// <summary>Comparisons of arrays of numbers.</summary>
internal static class Closeness
{
    /// <summary>Fails unless the largest difference is small relative to the largest expected number.</summary>
    public static void AssertClose(IReadOnlyList<float> expected, IReadOnlyList<float> actual, double tolerance, string what)
    {
        Assert.Equal(expected.Count, actual.Count);
        double scale = expected.Max(value => Math.Abs((double)value));
        double difference = expected.Zip(actual, (e, a) => Math.Abs((double)e - a)).Max();
        Assert.True(
            difference <= tolerance * scale && actual.All(float.IsFinite),
            $"{what}: largest difference {difference:G3}, largest expected number {scale:G3}, tolerance {tolerance:G3} of it.");
    }
}
