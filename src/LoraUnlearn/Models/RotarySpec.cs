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
    /// <param name="length">Length of the sequence at hand, padding included.</param>
    /// <returns>Scaled inverse frequencies and the factor of both cosine and sine.</returns>
    public abstract (double[] Frequencies, double Amplitude) Apply(double[] frequencies, long length);

    /// <summary>Lengths of the same regime have the same frequencies; all lengths, unless a rule says otherwise.</summary>
    /// <param name="length">Length of the sequence at hand.</param>
    public virtual long Regime(long length) => 0;

    /// <summary>
    /// Whether rotated keys serve a sequence that has grown. They do where the reference keeps them too, even if later keys
    /// turn differently (dynamic scaling); where it computes them again they do not (LongRoPE past the original length).
    /// </summary>
    /// <param name="before">Length at which they were rotated.</param>
    /// <param name="after">The greater length.</param>
    public virtual bool KeepsKeys(long before, long after) => true;
}
