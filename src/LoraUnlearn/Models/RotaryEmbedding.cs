using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Models;

/// <summary>Cosine and sine tables of a rotary embedding, made for the lengths at hand, and the rotation itself.</summary>
public sealed class RotaryEmbedding : IDisposable
{
    private readonly RotarySpec _spec;
    private readonly Device _device;
    private readonly ScalarType _dtype;
    private Tensor? _cosine; // [t, width/2]
    private Tensor? _sine; // [t, width/2]
    private long _length;
    private long _regime;

    /// <summary>Prepares the tables' place.</summary>
    /// <param name="spec">Width, base and scaling.</param>
    /// <param name="dtype">Type of the tables.</param>
    /// <param name="device">Device of the tables.</param>
    public RotaryEmbedding(RotarySpec spec, ScalarType dtype, Device device)
    {
        _spec = spec;
        _dtype = dtype;
        _device = device;
    }

    /// <summary>Tables of the positions start … start+length−1 of a sequence that ends there.</summary>
    /// <param name="start">First position.</param>
    /// <param name="length">Number of positions.</param>
    /// <returns>Cosine and sine [length, width/2]; views that the caller disposes.</returns>
    public (Tensor Cosine, Tensor Sine) Tables(long start, long length)
    {
        Grow(start + length);
        return (_cosine!.narrow(0, start, length), _sine!.narrow(0, start, length));
    }

    /// <summary>The tables as <see cref="Rotate"/> takes them: each twice side by side, the first sines negative.</summary>
    /// <param name="start">First position.</param>
    /// <param name="length">Number of positions.</param>
    /// <returns>Cosine and sine [length, width], in the caller's dispose scope.</returns>
    public (Tensor Cosine, Tensor Sine) SignedTables(long start, long length)
    {
        (Tensor cosine, Tensor sine) = Tables(start, length);
        using (cosine)
        using (sine)
        using (Tensor negative = sine.neg())
        {
            return (cat(new[] { cosine, cosine }, -1), cat(new[] { negative, sine }, -1));
        }
    }

    /// <summary>Rotates the first <see cref="RotarySpec.Width"/> features of each head.</summary>
    /// <param name="heads">[…,t,head width]; any strides.</param>
    /// <param name="cosine">[t,width].</param>
    /// <param name="sine">[t,width].</param>
    /// <returns>A new contiguous tensor of the same shape.</returns>
    public Tensor Rotate(Tensor heads, Tensor cosine, Tensor sine)
    {
        long width = _spec.Width, rest = heads.shape[^1] - width;
        Tensor turned = rest == 0 ? heads : heads.narrow(-1, 0, width);

        // (x₁cos − x₂sin, x₂cos + x₁sin): the halves change places, and the first half of the sines is negative.
        Tensor rotated = turned.roll([width / 2], [-1]).mul(sine).addcmul_(turned, cosine, One);
        return rest == 0 ? rotated : cat(new[] { rotated, heads.narrow(-1, width, rest) }, -1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cosine?.Dispose();
        _sine?.Dispose();
    }

    private void Grow(long length)
    {
        long regime = _spec.Scaling?.Regime(length) ?? 0;
        if (length <= _length && regime == _regime)
        {
            return;
        }

        // Powers of two, so that generation does not rebuild the tables at every token.
        long capacity = Math.Max(128, (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)length));
        int half = (int)(_spec.Width / 2);
        double[] frequencies = new double[half];
        for (int j = 0; j < half; j++)
        {
            frequencies[j] = 1.0 / Math.Pow(_spec.Base, 2.0 * j / _spec.Width);
        }

        double amplitude = 1;
        if (_spec.Scaling is { } scaling)
        {
            (frequencies, amplitude) = scaling.Apply(frequencies, length);
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor positions = Range(0, capacity, ScalarType.Float64).unsqueeze(1); // [t,1]
        Tensor angles = positions * tensor(frequencies, ScalarType.Float64).unsqueeze(0); // [t,width/2]
        Tensor cosine = (angles.cos() * Held(amplitude)).to(_dtype, _device);
        Tensor sine = (angles.sin() * Held(amplitude)).to(_dtype, _device);
        _cosine?.Dispose();
        _sine?.Dispose();
        _cosine = cosine.DetachFromDisposeScope();
        _sine = sine.DetachFromDisposeScope();
        _length = capacity;
        _regime = regime;
    }
}

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
