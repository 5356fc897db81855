using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/functional.cpp: losses, normalisation, attention.</summary>
internal static unsafe partial class Native
{
    [DllImport(Library, EntryPoint = "lt_gelu_tanh")]
    internal static extern nint gelu_tanh(nint self);

    [DllImport(Library, EntryPoint = "lt_linear")]
    internal static extern nint linear(nint input, nint weight, nint bias);

    [DllImport(Library, EntryPoint = "lt_dropout")]
    internal static extern nint dropout(nint input, double p, bool training);

    [DllImport(Library, EntryPoint = "lt_dropout_")]
    internal static extern int dropout_(nint input, double p, bool training);

    [DllImport(Library, EntryPoint = "lt_one_hot")]
    internal static extern nint one_hot(nint self, long classes);

    [DllImport(Library, EntryPoint = "lt_layer_norm")]
    internal static extern nint layer_norm(nint input, Ints shape, nint weight, nint bias, double eps);

    [DllImport(Library, EntryPoint = "lt_normalize")]
    internal static extern nint normalize(nint input, double p, long dim, double eps);

    [DllImport(Library, EntryPoint = "lt_cosine_similarity")]
    internal static extern nint cosine_similarity(nint x1, nint x2, long dim, double eps);

    [DllImport(Library, EntryPoint = "lt_pad")]
    internal static extern nint pad(nint input, Ints pad, double value);

    [DllImport(Library, EntryPoint = "lt_cross_entropy")]
    internal static extern nint cross_entropy(nint input, nint target, nint weight, long ignoreIndex, long reduction, double smoothing);

    [DllImport(Library, EntryPoint = "lt_nll_loss")]
    internal static extern nint nll_loss(nint input, nint target, nint weight, long reduction);

    [DllImport(Library, EntryPoint = "lt_kl_div")]
    internal static extern nint kl_div(nint input, nint target, long reduction, bool logTarget);

    [DllImport(Library, EntryPoint = "lt_mse_loss")]
    internal static extern nint mse_loss(nint input, nint target, long reduction);

    [DllImport(Library, EntryPoint = "lt_l1_loss")]
    internal static extern nint l1_loss(nint input, nint target, long reduction);

    [DllImport(Library, EntryPoint = "lt_binary_cross_entropy_with_logits")]
    internal static extern nint binary_cross_entropy_with_logits(nint input, nint target, nint weight, nint positiveWeight, long reduction);

    [DllImport(Library, EntryPoint = "lt_attention")]
    internal static extern nint attention(nint query, nint key, nint value, nint mask, double dropout, bool causal);
}
