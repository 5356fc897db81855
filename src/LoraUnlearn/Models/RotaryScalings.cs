namespace LoraUnlearn.Models;

/// <summary>Positions divided by a factor (<c>rope_type: linear</c>).</summary>
/// <param name="Factor">The factor.</param>
public sealed record LinearRotaryScaling(double Factor) : RotaryScaling
{
    /// <inheritdoc/>
    public override (double[] Frequencies, double Amplitude) Apply(double[] frequencies, long length) =>
        (Array.ConvertAll(frequencies, frequency => frequency / Factor), 1);
}

/// <summary>Llama 3.1's rule (<c>rope_type: llama3</c>): long wavelengths stretched, short ones kept, a smooth blend between.</summary>
/// <param name="Factor">Stretch of the long wavelengths.</param>
/// <param name="LowFrequencyFactor">Wavelengths above originalLength/this are stretched.</param>
/// <param name="HighFrequencyFactor">Wavelengths below originalLength/this are kept.</param>
/// <param name="OriginalLength">Context length of pre-training.</param>
public sealed record Llama3RotaryScaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, long OriginalLength)
    : RotaryScaling
{
    /// <inheritdoc/>
    public override (double[] Frequencies, double Amplitude) Apply(double[] frequencies, long length) =>
        (Array.ConvertAll(frequencies, Scale), 1);

    private double Scale(double frequency)
    {
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength < OriginalLength / HighFrequencyFactor)
        {
            return frequency;
        }

        if (wavelength > OriginalLength / LowFrequencyFactor)
        {
            return frequency / Factor;
        }

        double smooth = ((OriginalLength / wavelength) - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
        return ((1 - smooth) * frequency / Factor) + (smooth * frequency);
    }
}

/// <summary>
/// Dynamic NTK scaling (<c>rope_type: dynamic</c>): past the length of pre-training, the base grows with the sequence by
/// (factor·length/original − (factor − 1))^(width/(width−2)).
/// </summary>
/// <param name="Factor">The factor.</param>
/// <param name="OriginalLength">Context length of pre-training.</param>
public sealed record DynamicRotaryScaling(double Factor, long OriginalLength) : RotaryScaling
{
    /// <inheritdoc/>
    public override long Regime(long length) => length <= OriginalLength ? 0 : length;

    /// <inheritdoc/>
    public override (double[] Frequencies, double Amplitude) Apply(double[] frequencies, long length)
    {
        double growth = (Factor * Math.Max(length, OriginalLength) / OriginalLength) - (Factor - 1);
        int half = frequencies.Length; // (base·growth^(w/(w−2)))^(−2j/w) = base^(−2j/w) · growth^(−2j/(w−2)), w = 2·half
        return ([.. frequencies.Select((frequency, j) => j == 0 ? frequency : frequency * Math.Pow(growth, -(double)j / (half - 1)))], 1);
    }
}

/// <summary>
/// LongRoPE (arXiv 2402.13753; <c>rope_type: longrope</c>, once <c>su</c>): each frequency has a divisor of its own, one set for
/// sequences within the length of pre-training and one for longer ones.
/// </summary>
/// <param name="ShortFactors">Divisors up to the original length [width/2].</param>
/// <param name="LongFactors">Divisors beyond it [width/2].</param>
/// <param name="OriginalLength">Context length of pre-training.</param>
/// <param name="Amplitude">Factor of cosine and sine, for all lengths.</param>
public sealed record LongRotaryScaling(IReadOnlyList<double> ShortFactors, IReadOnlyList<double> LongFactors, long OriginalLength, double Amplitude)
    : RotaryScaling
{
    /// <summary>The amplitude that belongs to an extension by a factor: √(1 + ln factor / ln original), 1 without extension.</summary>
    /// <param name="factor">Extended length over original length.</param>
    /// <param name="originalLength">Context length of pre-training.</param>
    public static double StandardAmplitude(double factor, long originalLength) =>
        factor <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(factor) / Math.Log(originalLength)));

    /// <inheritdoc/>
    public override long Regime(long length) => length <= OriginalLength ? 0 : 1;

    /// <inheritdoc/>
    public override bool KeepsKeys(long before, long after) => Regime(before) == Regime(after);

    /// <inheritdoc/>
    public override (double[] Frequencies, double Amplitude) Apply(double[] frequencies, long length)
    {
        IReadOnlyList<double> divisors = length <= OriginalLength ? ShortFactors : LongFactors;
        return ([.. frequencies.Select((frequency, j) => frequency / divisors[j])], Amplitude);
    }
}

/// <summary>
/// YaRN (arXiv 2309.00071 §3.2–3.3; <c>rope_type: yarn</c>): frequencies that turn often within the original length are kept,
/// those that turn less than once are divided by the factor, with a linear ramp between, and the scores are sharpened.
/// </summary>
/// <param name="Factor">Extension of the context.</param>
/// <param name="OriginalLength">Context length of pre-training.</param>
/// <param name="Base">Base θ of the frequencies.</param>
/// <param name="Amplitude">Factor of cosine and sine.</param>
/// <param name="FastTurns">β_fast: turns from which a frequency is kept.</param>
/// <param name="SlowTurns">β_slow: turns below which a frequency is divided.</param>
/// <param name="WholeDimensions">Whether the ramp's ends are rounded outwards to whole dimensions.</param>
public sealed record YarnRotaryScaling(
    double Factor, long OriginalLength, double Base, double Amplitude, double FastTurns, double SlowTurns, bool WholeDimensions) : RotaryScaling
{
    /// <summary>The amplitude that belongs to a factor: 0.1·weight·ln factor + 1, 1 without extension.</summary>
    /// <param name="factor">Extension of the context.</param>
    /// <param name="weight">Normally 1.</param>
    public static double StandardAmplitude(double factor, double weight = 1) => factor <= 1 ? 1 : (0.1 * weight * Math.Log(factor)) + 1;

    /// <inheritdoc/>
    public override (double[] Frequencies, double Amplitude) Apply(double[] frequencies, long length)
    {
        int width = 2 * frequencies.Length;
        double low = DimensionOf(FastTurns, width), high = DimensionOf(SlowTurns, width);
        if (WholeDimensions)
        {
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        }

        (low, high) = (Math.Max(low, 0), Math.Min(high, width - 1));
        double span = high == low ? 0.001 : high - low;
        return ([.. frequencies.Select(Scale)], Amplitude);

        double Scale(double frequency, int j)
        {
            double divided = Math.Clamp((j - low) / span, 0, 1);
            return (frequency / Factor * divided) + (frequency * (1 - divided));
        }
    }

    // The dimension whose frequency makes this many turns within the original length.
    private double DimensionOf(double turns, int width) =>
        width * Math.Log(OriginalLength / (turns * 2 * Math.PI)) / (2 * Math.Log(Base));
}
