using LoraUnlearn.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Optimization;

/// <summary>The gradient of γL_f + λL_r.</summary>
public sealed class SumCombiner : ForgetRetainCombiner
{
    /// <summary>Its entry in the catalogue.</summary>
    public static Method<ForgetRetainCombiner> Entry { get; } = new(
        "sum", "∇( γ·L_f + λ·L_r )", "", "The default: one pass for both losses.", _ => new SumCombiner());

    /// <inheritdoc/>
    public override string Name => Entry.Name;

    /// <inheritdoc/>
    public override bool NeedsRetainTerm => false;

    /// <inheritdoc/>
    public override Tensor Combine(Tensor forget, Tensor retain) => forget + retain;
}
