namespace LoraUnlearn.Evaluation;

/// <summary>Samples of numbers, checked.</summary>
internal static class Samples
{
    /// <summary>A sorted copy.</summary>
    /// <exception cref="ArgumentException">The sample is empty or holds something that is not a number.</exception>
    public static double[] Sorted(IReadOnlyList<double> sample, string name)
    {
        if (sample.Count == 0)
        {
            throw new ArgumentException("The sample is empty; at least one number was expected.", name);
        }

        double[] sorted = [.. sample];
        int nan = Array.FindIndex(sorted, double.IsNaN);
        if (nan >= 0)
        {
            throw new ArgumentException($"Entry {nan} of the sample is not a number.", name);
        }

        Array.Sort(sorted);
        return sorted;
    }
}
