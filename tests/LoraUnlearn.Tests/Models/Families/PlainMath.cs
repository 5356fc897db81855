namespace LoraUnlearn.Tests.Models.Families;

/// <summary>The equations of a transformer in float64 over arrays of rows, one position each; slow and plain, for comparison only.</summary>
internal static class PlainMath
{
    public static double[][] Add(double[][] a, double[][] b) => [.. a.Zip(b, (x, y) => x.Zip(y, (p, q) => p + q).ToArray())];

    public static double[][] Multiply(double[][] a, double[][] b) => [.. a.Zip(b, (x, y) => x.Zip(y, (p, q) => p * q).ToArray())];

    public static double[][] Map(double[][] rows, Func<double, double> function) => [.. rows.Select(row => Array.ConvertAll(row, value => function(value)))];

    public static double[][] Columns(double[][] rows, int start, int count) => [.. rows.Select(row => row[start..(start + count)])];

    public static double[][] Transpose(double[][] matrix) =>
        [.. Enumerable.Range(0, matrix[0].Length).Select(column => matrix.Select(row => row[column]).ToArray())];

    /// <summary>y = W x + b for each row x.</summary>
    public static double[][] Linear(double[][] rows, double[][] weight, double[]? bias = null) =>
        [.. rows.Select(row => weight.Select((w, o) => Dot(w, row) + (bias?[o] ?? 0)).ToArray())];

    public static double[][] LayerNorm(double[][] rows, double[] weight, double[] bias, double epsilon) => [.. rows.Select(row =>
    {
        double mean = row.Average(), variance = row.Average(value => (value - mean) * (value - mean));
        return row.Select((value, j) => ((value - mean) / Math.Sqrt(variance + epsilon) * weight[j]) + bias[j]).ToArray();
    })];

    public static double[][] RmsNorm(double[][] rows, double[] weight, double epsilon) => [.. rows.Select(row =>
    {
        double meanSquare = row.Average(value => value * value);
        return row.Select((value, j) => value / Math.Sqrt(meanSquare + epsilon) * weight[j]).ToArray();
    })];

    /// <summary>RMS norm of each head on its own.</summary>
    public static double[][] HeadNorm(double[][] rows, int headWidth, double[] weight, double epsilon) =>
        [.. rows.Select(row => row.Chunk(headWidth).SelectMany(head => RmsNorm([head], weight, epsilon)[0]).ToArray())];

    /// <summary>Rotates features j and j + n/2 of each head's first n = 2·frequencies features by position·frequency[j].</summary>
    public static double[][] Rotate(double[][] rows, int headWidth, double[] frequencies, double amplitude = 1) => [.. rows.Select((row, position) =>
    {
        double[] rotated = [.. row];
        int half = frequencies.Length;
        for (int head = 0; head < row.Length; head += headWidth)
        {
            for (int j = 0; j < half; j++)
            {
                double cosine = amplitude * Math.Cos(position * frequencies[j]), sine = amplitude * Math.Sin(position * frequencies[j]);
                rotated[head + j] = (row[head + j] * cosine) - (row[head + half + j] * sine);
                rotated[head + half + j] = (row[head + half + j] * cosine) + (row[head + j] * sine);
            }
        }

        return rotated;
    })];

    /// <summary>The frequencies base^(−2j/width).</summary>
    public static double[] Frequencies(double theta, int width) => [.. Enumerable.Range(0, width / 2).Select(j => Math.Pow(theta, -2.0 * j / width))];

    /// <summary>Causal attention: query head h looks at key/value head h / (heads / keyValueHeads), at most window positions back.</summary>
    public static double[][] Attend(double[][] query, double[][] key, double[][] value, int headWidth, double scale, int? window = null, double? cap = null)
    {
        int heads = query[0].Length / headWidth, group = heads / (key[0].Length / headWidth);
        return [.. query.Select((row, t) =>
        {
            double[] mixed = new double[row.Length];
            int first = window is { } w ? Math.Max(0, t - w + 1) : 0;
            for (int head = 0; head < heads; head++)
            {
                double[] q = row[(head * headWidth)..((head + 1) * headWidth)];
                int other = head / group * headWidth;
                double[] scores = [.. Enumerable.Range(first, t - first + 1).Select(s => Capped(scale * Dot(q, key[s][other..(other + headWidth)]), cap))];
                double total = scores.Sum(Math.Exp);
                for (int s = first; s <= t; s++)
                {
                    for (int j = 0; j < headWidth; j++)
                    {
                        mixed[(head * headWidth) + j] += Math.Exp(scores[s - first]) / total * value[s][other + j];
                    }
                }
            }

            return mixed;
        })];
    }

    public static double Capped(double value, double? cap) => cap is { } c ? c * Math.Tanh(value / c) : value;

    public static double Silu(double x) => x / (1 + Math.Exp(-x));

    public static double Relu(double x) => Math.Max(x, 0);

    public static double GeluTanh(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    public static double Gelu(double x) => 0.5 * x * (1 + Erf(x / Math.Sqrt(2)));

    // Its power series; exact to 1e-12 for the sizes that occur here.
    private static double Erf(double x)
    {
        double term = x, sum = x;
        for (int n = 1; n < 120; n++)
        {
            term *= -x * x / n;
            sum += term / ((2 * n) + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int j = 0; j < a.Length; j++)
        {
            sum += a[j] * b[j];
        }

        return sum;
    }
}
