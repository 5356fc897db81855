using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>What is set once after the shim was loaded: allocator, threads, the warning about a slow BLAS.</summary>
internal static unsafe class ProcessorSetup
{
    /// <summary>The environment variable that silences the warning.</summary>
    public const string QuietVariable = "LORA_UNLEARN_QUIET_BLAS";

    /// <summary>Sets up a shim just loaded. Its functions are called by address: P/Invoke is still waiting for it.</summary>
    public static void AfterLoading(nint library)
    {
        ((delegate* unmanaged<void>)NativeLibrary.GetExport(library, "lt_keep_large_blocks"))();
        if (Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is null)
        {
            _ = ((delegate* unmanaged<int, int>)NativeLibrary.GetExport(library, "lt_set_num_threads"))(Environment.ProcessorCount);
        }

        string blas = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "lt_blas_path"))()) ?? string.Empty;
        if (BlasLibrary.IsReference(blas) && Environment.GetEnvironmentVariable(QuietVariable) is null)
        {
            Console.Error.WriteLine(
                $"warning: libtorch uses the reference BLAS ({blas}), about 20 times slower than OpenBLAS; install libopenblas0-pthread. ({QuietVariable}=1 silences this.)");
        }
    }
}
