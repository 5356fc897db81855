using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/runtime.cpp: threads, generators, CUDA, versions.</summary>
internal static unsafe partial class Native
{
    [DllImport(Library, EntryPoint = "lt_version")]
    internal static extern nint version();

    [DllImport(Library, EntryPoint = "lt_blas_path")]
    internal static extern nint blas_path();

    [DllImport(Library, EntryPoint = "lt_build_description")]
    internal static extern nint build_description();

    [DllImport(Library, EntryPoint = "lt_keep_large_blocks")]
    internal static extern void keep_large_blocks();

    [DllImport(Library, EntryPoint = "lt_get_num_threads")]
    internal static extern int get_num_threads();

    [DllImport(Library, EntryPoint = "lt_get_num_interop_threads")]
    internal static extern int get_num_interop_threads();

    [DllImport(Library, EntryPoint = "lt_set_num_threads")]
    internal static extern int set_num_threads(int count);

    [DllImport(Library, EntryPoint = "lt_set_num_interop_threads")]
    internal static extern int set_num_interop_threads(int count);

    [DllImport(Library, EntryPoint = "lt_manual_seed")]
    internal static extern int manual_seed(long seed);

    [DllImport(Library, EntryPoint = "lt_generator_new")]
    internal static extern nint generator_new(ulong seed, int deviceType, int deviceIndex);

    [DllImport(Library, EntryPoint = "lt_generator_default")]
    internal static extern nint generator_default();

    [DllImport(Library, EntryPoint = "lt_generator_delete")]
    internal static extern void generator_delete(nint generator);

    [DllImport(Library, EntryPoint = "lt_generator_seed")]
    internal static extern int generator_seed(nint generator, long seed);

    [DllImport(Library, EntryPoint = "lt_generator_current_seed")]
    internal static extern long generator_current_seed(nint generator);

    [DllImport(Library, EntryPoint = "lt_generator_state")]
    internal static extern nint generator_state(nint generator);

    [DllImport(Library, EntryPoint = "lt_generator_set_state")]
    internal static extern int generator_set_state(nint generator, nint state);

    [DllImport(Library, EntryPoint = "lt_cuda_available")]
    internal static extern bool cuda_available();

    [DllImport(Library, EntryPoint = "lt_cuda_device_count")]
    internal static extern int cuda_device_count();

    [DllImport(Library, EntryPoint = "lt_cudnn_available")]
    internal static extern bool cudnn_available();

    [DllImport(Library, EntryPoint = "lt_cuda_manual_seed")]
    internal static extern int cuda_manual_seed(long seed, bool all);

    [DllImport(Library, EntryPoint = "lt_cuda_synchronize")]
    internal static extern int cuda_synchronize(int index);

    [DllImport(Library, EntryPoint = "lt_allow_tf32")]
    internal static extern bool allow_tf32();

    [DllImport(Library, EntryPoint = "lt_set_allow_tf32")]
    internal static extern int set_allow_tf32(bool value);

    [DllImport(Library, EntryPoint = "lt_flash_enabled")]
    internal static extern bool flash_enabled();

    [DllImport(Library, EntryPoint = "lt_math_enabled")]
    internal static extern bool math_enabled();

    [DllImport(Library, EntryPoint = "lt_set_flash")]
    internal static extern int set_flash(bool value);

    [DllImport(Library, EntryPoint = "lt_set_math")]
    internal static extern int set_math(bool value);
}
