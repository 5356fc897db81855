using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/activation.cpp: activations and softmax.</summary>
internal static partial class Native
{
    [DllImport(Library, EntryPoint = "lt_relu")]
    internal static extern nint relu(nint self);

    [DllImport(Library, EntryPoint = "lt_relu_")]
    internal static extern int relu_(nint self);

    [DllImport(Library, EntryPoint = "lt_silu")]
    internal static extern nint silu(nint self);

    [DllImport(Library, EntryPoint = "lt_silu_")]
    internal static extern int silu_(nint self);

    [DllImport(Library, EntryPoint = "lt_selu")]
    internal static extern nint selu(nint self);

    [DllImport(Library, EntryPoint = "lt_selu_")]
    internal static extern int selu_(nint self);

    [DllImport(Library, EntryPoint = "lt_gelu")]
    internal static extern nint gelu(nint self);

    [DllImport(Library, EntryPoint = "lt_softplus")]
    internal static extern nint softplus(nint self, double beta, double threshold);

    [DllImport(Library, EntryPoint = "lt_leaky_relu")]
    internal static extern nint leaky_relu(nint self, Number negative_slope);

    [DllImport(Library, EntryPoint = "lt_log_sigmoid")]
    internal static extern nint log_sigmoid(nint self);

    [DllImport(Library, EntryPoint = "lt_softmax")]
    internal static extern nint softmax(nint self, long dim, int dtype);

    [DllImport(Library, EntryPoint = "lt_log_softmax")]
    internal static extern nint log_softmax(nint self, long dim, int dtype);
}
