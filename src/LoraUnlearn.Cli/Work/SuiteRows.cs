using LoraUnlearn.Data;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Work;

/// <summary>The rows of a file that a suite looks at.</summary>
internal static class SuiteRows
{
    /// <summary>The examples of the first rows; a text in several chunks is one row.</summary>
    /// <param name="data">The file.</param>
    /// <param name="rows">How many rows; null for all.</param>
    public static IReadOnlyList<Example> First(EncodedData data, int? rows)
    {
        if (rows is not int most)
        {
            return data.Examples;
        }

        HashSet<DataRow> first = new(ReferenceEqualityComparer.Instance);
        return [.. data.Examples.TakeWhile(example => first.Contains(example.Row) || (first.Count < most && first.Add(example.Row)))];
    }
}
