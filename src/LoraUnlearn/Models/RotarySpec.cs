namespace LoraUnlearn.Models;

/// <summary>Rotary position embedding (RoFormer, arXiv 2104.09864), in the half-split layout that Hugging Face uses.</summary>
public sealed record RotarySpec
{
    /// <summary>Rotated features of each head; the rest pass unchanged.</summary>
    public required long Width { get; init; }

    /// <summary>Base θ of the frequencies θ^(−2j/width).</summary>
    public double Base { get; init; } = 10000;

    /// <summary>Changes the frequencies for long contexts, or null.</summary>
    public RotaryScaling? Scaling { get; init; }
}

/// <summary>A rule that changes the rotary frequencies for contexts longer than those of pre-training.</summary>
public abstract record RotaryScaling
{
    /// <summary>The frequencies to use.</summary>
    /// <param name="frequencies">Unscaled inverse frequencies, radians a position, [width/2].</param>
    /// <param name="length">Length of the sequence at hand.</param>
    /// <returns>Scaled inverse frequencies and the factor of both cosine and sine.</returns>
    public abstract (double[] Frequencies, double Amplitude) Apply(double[] frequencies, long length);
}

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
