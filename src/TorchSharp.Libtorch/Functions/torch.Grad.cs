using TorchSharp.Interop;

namespace TorchSharp;

// Switching the recording of gradients on and off, for this thread.
public static partial class torch
{
    /// <summary>Records nothing for gradients until the result is disposed.</summary>
    public static IDisposable no_grad() => new GradientMode(false);

    /// <summary>Records for gradients, or not, until the result is disposed.</summary>
    public static IDisposable enable_grad(bool enabled = true) => new GradientMode(enabled);

    /// <summary>Records for gradients, or not, until the result is disposed.</summary>
    public static IDisposable set_grad_enabled(bool mode = true) => new GradientMode(mode);

    /// <summary>Whether this thread records for gradients.</summary>
    public static bool is_grad_enabled() => Native.grad_enabled();

    /// <summary>Makes tensors that can never take part in a graph until the result is disposed.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    /// <summary>Whether this thread is in inference mode.</summary>
    public static bool is_inference_mode_enabled() => Native.inference_enabled();

    // Restores the mode before it when it is disposed.
    private sealed class GradientMode : IDisposable
    {
        private readonly bool _before = Native.grad_enabled();

        public GradientMode(bool enabled) => NativeErrors.Check(Native.set_grad_enabled(enabled));

        public void Dispose() => NativeErrors.Check(Native.set_grad_enabled(_before));
    }

    private sealed class InferenceMode(bool enabled) : IDisposable
    {
        private nint _guard = Native.inference_enter(enabled);

        public void Dispose()
        {
            if (_guard != 0)
            {
                Native.inference_leave(_guard);
                _guard = 0;
            }
        }
    }
}
