using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>CUDA devices.</summary>
    public static partial class cuda
    {
        /// <summary>Whether a CUDA device can be used.</summary>
        public static bool is_available() => Native.cuda_available() && Native.cuda_device_count() > 0;

        /// <summary>Whether cuDNN can be used.</summary>
        public static bool is_cudnn_available() => Native.cudnn_available();

        /// <summary>How many CUDA devices there are.</summary>
        public static int device_count() => Native.cuda_device_count();

        /// <summary>Seeds the default generator of the current CUDA device.</summary>
        public static void manual_seed(long seed) => NativeErrors.Check(Native.cuda_manual_seed(seed, all: false));

        /// <summary>Seeds the default generators of all CUDA devices.</summary>
        public static void manual_seed_all(long seed) => NativeErrors.Check(Native.cuda_manual_seed(seed, all: true));

        /// <summary>Waits for everything queued on a CUDA device, the current one for null.</summary>
        public static void synchronize(Device? device = null) => NativeErrors.Check(Native.cuda_synchronize(device?.index ?? -1));
    }

    /// <summary>Switches of the libraries underneath.</summary>
    public static partial class backends
    {
        /// <summary>Switches of CUDA.</summary>
        public static partial class cuda
        {
            /// <summary>Whether the flash kernel of fused attention may be used.</summary>
            public static bool flash_sdp_enabled() => Native.flash_enabled();

            /// <summary>Allows or forbids the flash kernel of fused attention.</summary>
            public static void enable_flash_sdp(bool enable) => NativeErrors.Check(Native.set_flash(enable));

            /// <summary>Whether the composed form of fused attention may be used.</summary>
            public static bool math_sdp_enabled() => Native.math_enabled();

            /// <summary>Allows or forbids the composed form of fused attention.</summary>
            public static void enable_math_sdp(bool enable) => NativeErrors.Check(Native.set_math(enable));

            /// <summary>Switches of the matrix product.</summary>
            public static class matmul
            {
                /// <summary>Whether single-precision products may be computed with 10-bit mantissas.</summary>
                public static bool allow_tf32
                {
                    get => Native.allow_tf32();
                    set => NativeErrors.Check(Native.set_allow_tf32(value));
                }
            }
        }
    }
}
