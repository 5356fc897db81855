using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Torch;

/// <summary>How fast this machine multiplies matrices of a given size, measured in a moment.</summary>
public static class ProductSpeed
{
    private const double Budget = 0.15; // seconds
    private const int Most = 50;

    /// <summary>Floating-point operations a second of [n,d]·[d,m].</summary>
    /// <param name="compute">Where, and in which type.</param>
    /// <param name="rows">n.</param>
    /// <param name="input">d.</param>
    /// <param name="output">m.</param>
    public static double Measure(ComputeSettings compute, long rows, long input, long output)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = no_grad();
        Tensor left = ones([rows, input], compute.Dtype, compute.Device), right = ones([input, output], compute.Dtype, compute.Device);
        Multiply(left, right); // the first one prepares the library
        double best = double.MaxValue;
        Stopwatch clock = Stopwatch.StartNew();
        for (int round = 0; round < Most && (round < 2 || clock.Elapsed.TotalSeconds < Budget); round++)
        {
            double start = clock.Elapsed.TotalSeconds;
            Multiply(left, right);
            best = Math.Min(best, clock.Elapsed.TotalSeconds - start);
        }

        return 2.0 * rows * input * output / Math.Max(best, 1e-9);
    }

    // Reading a number waits for an accelerator.
    private static void Multiply(Tensor left, Tensor right)
    {
        using DisposeScope scope = NewDisposeScope();
        left.mm(right)[0, 0].to_type(ScalarType.Float32).item<float>();
    }
}
