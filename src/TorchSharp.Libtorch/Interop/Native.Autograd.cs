using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/autograd.cpp: gradients and modes.</summary>
internal static unsafe partial class Native
{
    [DllImport(Library, EntryPoint = "lt_grad_enabled")]
    internal static extern bool grad_enabled();

    [DllImport(Library, EntryPoint = "lt_set_grad_enabled")]
    internal static extern int set_grad_enabled(bool value);

    [DllImport(Library, EntryPoint = "lt_inference_enabled")]
    internal static extern bool inference_enabled();

    [DllImport(Library, EntryPoint = "lt_inference_enter")]
    internal static extern nint inference_enter(bool value);

    [DllImport(Library, EntryPoint = "lt_inference_leave")]
    internal static extern void inference_leave(nint guard);

    [DllImport(Library, EntryPoint = "lt_grad")]
    internal static extern int grad(nint self, nint* result);

    [DllImport(Library, EntryPoint = "lt_set_grad")]
    internal static extern int set_grad(nint self, nint value);

    [DllImport(Library, EntryPoint = "lt_retain_grad")]
    internal static extern int retain_grad(nint self);

    [DllImport(Library, EntryPoint = "lt_autograd_grad")]
    internal static extern long autograd_grad(nint* outputs, long outputCount, nint* inputs, long inputCount, nint* gradients, long gradientCount, bool retainGraph, bool createGraph, bool allowUnused, nint** results);

    [DllImport(Library, EntryPoint = "lt_autograd_backward")]
    internal static extern int autograd_backward(nint* roots, long rootCount, nint* gradients, long gradientCount, bool retainGraph, bool createGraph, nint* inputs, long inputCount);
}
