using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using TorchSharp;

namespace LoraUnlearn.Torch;

/// <summary>The native library as a whole: its threads and its versions.</summary>
public static class Libtorch
{
    private static readonly Lazy<nint> Native = new(() => NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null));

    /// <summary>
    /// Loads the native libraries where that has not happened, ahead of TorchSharp, which would print a trace of everything it tried.
    /// </summary>
    /// <exception cref="DllNotFoundException">They are not there, or need what this system does not have.</exception>
    public static void Load() => _ = Native.Value;

    /// <summary>
    /// Begins to load them on another thread, where they lie beside the program: that takes a quarter of a second, in which the work can be read.
    /// </summary>
    /// <returns>Done when they are loaded, or cannot be, which whoever needs them is told; to be waited for before the process ends.</returns>
    public static Task LoadAhead() => Task.Run(static () =>
    {
        try
        {
            if (BorrowedLibtorch.IsBeside(AppContext.BaseDirectory))
            {
                Load();
            }
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            // Load says so again.
        }
    });

    /// <summary>
    /// Sets the threads of one operation, at most one a core unless asked for, and of operations side by side, which nothing here has.
    /// </summary>
    /// <param name="threads">Threads of one operation; null for as many as there are cores, or fewer where <c>OMP_NUM_THREADS</c> says so.</param>
    public static void UseThreads(int? threads)
    {
        Load();
        torch.set_num_threads(threads ?? Math.Min(torch.get_num_threads(), Environment.ProcessorCount));
        try
        {
            if (torch.get_num_interop_threads() != 1)
            {
                torch.set_num_interop_threads(1);
            }
        }
        catch (ExternalException)
        {
            // Only possible before their first use; they stay idle all the same.
        }
    }

    /// <summary>As many threads for loops of our own as libtorch has for one operation.</summary>
    internal static ParallelOptions Workers() => new() { MaxDegreeOfParallelism = Math.Max(1, torch.get_num_threads()) };

    /// <summary>What computed a result: this library, TorchSharp, libtorch, its BLAS, the processor's instructions, the threads.</summary>
    public static JsonObject Versions() => new()
    {
        ["lora_unlearn"] = typeof(Libtorch).Assembly.GetName().Version?.ToString(3),
        ["torchsharp"] = InformationalVersion(typeof(torch).Assembly),
        ["libtorch"] = torch.__version__,
        ["blas"] = MklVersion() ?? "libtorch's own",
        ["isa"] = Processor.InstructionSet,
        ["threads"] = torch.get_num_threads(),
    };

    private static string? InformationalVersion(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? assembly.GetName().Version?.ToString(3);

    // MKL is linked into libtorch and says itself which one it is.
    private static string? MklVersion()
    {
        string library = OperatingSystem.IsWindows() ? "torch_cpu.dll" : OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so";
        if (!NativeLibrary.TryLoad(library, out nint handle))
        {
            return null;
        }

        try
        {
            if (!NativeLibrary.TryGetExport(handle, "MKL_Get_Version_String", out nint address))
            {
                return null;
            }

            byte[] text = new byte[256];
            Marshal.GetDelegateForFunctionPointer<VersionString>(address)(text, text.Length);
            return Encoding.ASCII.GetString(text).TrimEnd('\0', ' ');
        }
        finally
        {
            NativeLibrary.Free(handle);
        }
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void VersionString([Out] byte[] buffer, int length);
}
