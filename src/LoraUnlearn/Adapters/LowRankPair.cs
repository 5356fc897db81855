using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Adapters;

/// <summary>
/// A trainable low-rank change of one linear map, Δ(x) = s·( (x Aᵀ) Bᵀ − (x A₀ᵀ) B₀ᵀ ), METHODS §2. A and B are float32 views
/// of the adapter set's parameter vector; A₀, B₀ are their frozen initial values, absent where B starts at zero.
/// </summary>
public sealed class LowRankPair : ILinearDelta, IDisposable
{
    private readonly AdapterSet _owner;
    private (Tensor A, Tensor B)? _held; // the applied factors [k,i], [o,k] of the decoder's type, while nothing changes them

    internal LowRankPair(AdapterSet owner, LinearMap map, Tensor a, Tensor b)
    {
        _owner = owner;
        Map = map;
        A = a;
        B = b;
    }

    /// <summary>The map that is changed.</summary>
    public LinearMap Map { get; }

    /// <summary>A [r,i], float32, a leaf that requires a gradient.</summary>
    public Tensor A { get; }

    /// <summary>B [o,r], float32, a leaf that requires a gradient.</summary>
    public Tensor B { get; }

    /// <summary>A₀ [r,i], float32, or null.</summary>
    public Tensor? InitialA { get; private set; }

    /// <summary>B₀ [o,r], float32, or null.</summary>
    public Tensor? InitialB { get; private set; }

    /// <summary>Scale s.</summary>
    public double Scale => _owner.Scale;

    /// <summary>Sets A and B, and with them the frozen offset.</summary>
    /// <param name="a">A [r,i].</param>
    /// <param name="b">B [o,r].</param>
    /// <param name="offset">Whether to subtract these values for good, so that the map starts unchanged.</param>
    public void Initialise(Tensor a, Tensor b, bool offset)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        A.copy_(a);
        B.copy_(b);
        SetOffset(offset ? a : null, offset ? b : null);
    }

    /// <summary>Sets the frozen offset alone.</summary>
    /// <param name="a">A₀ [r,i], or null for none.</param>
    /// <param name="b">B₀ [o,r], or null for none.</param>
    public void SetOffset(Tensor? a, Tensor? b)
    {
        InitialA?.Dispose();
        InitialB?.Dispose();
        InitialA = a?.to(ScalarType.Float32, A.device, copy: true).DetachFromDisposeScope();
        InitialB = b?.to(ScalarType.Float32, B.device, copy: true).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor AddTo(Tensor output, Tensor input)
    {
        if (!_owner.Enabled)
        {
            return output;
        }

        if (_owner.IsHeld && !is_grad_enabled())
        {
            (Tensor heldA, Tensor heldB) = _held ??= Hold(input.dtype);
            return output.addmm_(input.mm(heldA.t()), heldB.t(), 1, (float)Scale);
        }

        (Tensor a, Tensor b) = AppliedFactors(input.dtype); // [k,i], [o,k]
        return output.addmm_(input.mm(a.t()), b.t(), 1, (float)Scale); // y + s·(x Aᵀ)Bᵀ
    }

    /// <summary>Lets go of what was kept of the factors while nothing changed them.</summary>
    internal void Release()
    {
        _held?.A.Dispose();
        _held?.B.Dispose();
        _held = null;
    }

    /// <summary>The two factors of the whole change, offset included: s·B'A' = s·(BA − B₀A₀).</summary>
    /// <returns>A' = [A; A₀] [k,i] and B' = [B, −B₀] [o,k] with k = r or 2r, in the caller's dispose scope.</returns>
    public (Tensor A, Tensor B) Factors() =>
        InitialA is null || InitialB is null
            ? (A.alias(), B.alias())
            : (cat(new[] { A, InitialA }, 0), cat(new[] { B, InitialB.neg() }, 1));

    // BA − B₀A₀ = B(A−A₀) + (B−B₀)A₀: nothing cancels, so that the map is unchanged to the last bit while A = A₀ and B = B₀, and
    // small steps survive the rounding to a half-precision base. The gradients by A and B are those of BA.
    private (Tensor A, Tensor B) AppliedFactors(ScalarType dtype)
    {
        (Tensor a, Tensor b) = InitialA is null || InitialB is null
            ? (A, B)
            : (cat(new[] { A - InitialA, InitialA }, 0), cat(new[] { B, B - InitialB }, 1));
        return a.dtype == dtype ? (a, b) : (a.to_type(dtype), b.to_type(dtype));
    }

    private (Tensor A, Tensor B) Hold(ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor a, Tensor b) = AppliedFactors(dtype);
        return (a.alias().DetachFromDisposeScope(), b.alias().DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        A.Dispose();
        B.Dispose();
        InitialA?.Dispose();
        InitialB?.Dispose();
    }
}
