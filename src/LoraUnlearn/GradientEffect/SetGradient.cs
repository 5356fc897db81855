using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.GradientEffect;

/// <summary>
/// The gradient G = Σ_t δ_t x_tᵀ [o,i] of a whole set by one weight, in the cheaper of two forms: the matrix itself, or its
/// factors, whose products need no matrix, ⟨ΔᵀX, Δ'ᵀX'⟩ = Σ_{t,t'} (δ_t·δ'_t')(x_t·x'_t') (METHODS §9). Factors pay for few
/// tokens and wide weights.
/// </summary>
internal abstract class SetGradient : IDisposable
{
    /// <summary>An empty sum.</summary>
    /// <param name="outputs">o.</param>
    /// <param name="inputs">i.</param>
    /// <param name="tokens">Tokens of the largest set whose gradient will be multiplied with it, padding included.</param>
    /// <param name="dtype">float32 or float64.</param>
    /// <param name="device">Where it is.</param>
    public static SetGradient Create(long outputs, long inputs, long tokens, ScalarType dtype, Device device) =>
        tokens * (outputs + inputs) <= outputs * inputs ? new FactoredGradient(dtype, device) : new FormedGradient(outputs, inputs, dtype, device);

    /// <summary>Adds the terms of some tokens.</summary>
    /// <param name="input">x [n,i].</param>
    /// <param name="gradient">δ [n,o].</param>
    public abstract void Add(Tensor input, Tensor gradient);

    /// <summary>⟨δ_t x_tᵀ, G⟩ for each of some tokens.</summary>
    /// <param name="input">x [n,i].</param>
    /// <param name="gradient">δ [n,o].</param>
    /// <returns>[n] in the caller's dispose scope.</returns>
    public abstract Tensor TokenProducts(Tensor input, Tensor gradient);

    /// <summary>⟨G, G'⟩, a float64 scalar in the caller's dispose scope.</summary>
    /// <param name="other">Of the same weight and form.</param>
    public abstract Tensor Dot(SetGradient other);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>The matrix.</summary>
internal sealed class FormedGradient(long outputs, long inputs, ScalarType dtype, Device device) : SetGradient
{
    private readonly Tensor _matrix = zeros([outputs, inputs], dtype, device).DetachFromDisposeScope();

    /// <inheritdoc/>
    public override void Add(Tensor input, Tensor gradient) => _matrix.addmm_(gradient.t(), input, 1, 1);

    /// <inheritdoc/>
    public override Tensor TokenProducts(Tensor input, Tensor gradient)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor products = inputs <= outputs
            ? gradient.mm(_matrix).mul_(input) // [n,i]
            : input.mm(_matrix.t()).mul_(gradient); // [n,o]
        return products.sum(1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Dot(SetGradient other)
    {
        using DisposeScope scope = NewDisposeScope();
        return (_matrix * ((FormedGradient)other)._matrix).sum(ScalarType.Float64).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Dispose() => _matrix.Dispose();
}

/// <summary>The factors X [T,i] and Δ [T,o].</summary>
internal sealed class FactoredGradient(ScalarType dtype, Device device) : SetGradient
{
    private readonly List<(Tensor Input, Tensor Gradient)> _parts = [];

    /// <inheritdoc/>
    public override void Add(Tensor input, Tensor gradient) =>
        _parts.Add((input.detach().DetachFromDisposeScope(), gradient.detach().DetachFromDisposeScope()));

    /// <inheritdoc/>
    public override Tensor TokenProducts(Tensor input, Tensor gradient)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor products = zeros([input.shape[0]], dtype, device);
        foreach ((Tensor otherInput, Tensor otherGradient) in _parts)
        {
            products.Increase(input.mm(otherInput.t()).mul_(gradient.mm(otherGradient.t())).sum(1)); // [n,n'] to [n]
        }

        return products.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Dot(SetGradient other)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor product = zeros([], ScalarType.Float64, device);
        foreach ((Tensor input, Tensor gradient) in _parts)
        {
            product.Increase(other.TokenProducts(input, gradient).sum(ScalarType.Float64));
        }

        return product.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach ((Tensor input, Tensor gradient) in _parts)
        {
            input.Dispose();
            gradient.Dispose();
        }
    }
}
