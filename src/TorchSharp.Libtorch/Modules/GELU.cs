namespace TorchSharp.Modules;

/// <summary>The Gaussian error linear unit; here only the names of its two forms.</summary>
public sealed class GELU
{
    private GELU()
    {
    }

    /// <summary>How the unit is computed.</summary>
    public enum Approximate
    {
        /// <summary>Exactly, through the error function.</summary>
        none,

        /// <summary>Through the hyperbolic tangent.</summary>
        tanh,
    }
}
