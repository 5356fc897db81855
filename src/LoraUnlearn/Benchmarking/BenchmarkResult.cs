namespace LoraUnlearn.Benchmarking;

/// <summary>What the benchmark measured: absolute times of this machine, and ratios that can be compared between machines.</summary>
public sealed record BenchmarkResult
{
    /// <summary>Numbers in the weights of the model.</summary>
    public required long Parameters { get; init; }

    /// <summary>Rows b and positions t of a batch.</summary>
    public required (int Rows, int Length) Batch { get; init; }

    /// <summary>Best matrix product rate found, floating-point operations a second, float32 or the chosen type.</summary>
    public required double PeakRate { get; init; }

    /// <summary>Seconds of one training step, median.</summary>
    public required double StepSeconds { get; init; }

    /// <summary>Floating-point operations that a training step cannot avoid.</summary>
    public required double StepOperations { get; init; }

    /// <summary>Seconds of forward and backward by the input only, median, on the batch.</summary>
    public required double InputBackwardSeconds { get; init; }

    /// <summary>Seconds of the row-wise Fisher estimate of the batch, median.</summary>
    public required double FisherSeconds { get; init; }

    /// <summary>Seconds of FILA for all maps, of one run.</summary>
    public required double InitialisationSeconds { get; init; }

    /// <summary>Largest resident memory of the process, bytes.</summary>
    public required long PeakMemory { get; init; }

    /// <summary>Threads of one operation of libtorch.</summary>
    public required int Threads { get; init; }

    /// <summary>Positions of both sets trained a second.</summary>
    public double TokensPerSecond => Batch.Rows * Batch.Length / StepSeconds;

    /// <summary>Share of the peak rate that the unavoidable arithmetic reaches.</summary>
    public double ShareOfPeak => StepOperations / StepSeconds / PeakRate;

    /// <summary>Fisher time over forward plus input-only backward.</summary>
    public double FisherRatio => FisherSeconds / InputBackwardSeconds;
}
