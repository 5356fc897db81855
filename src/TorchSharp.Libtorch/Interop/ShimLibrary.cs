using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace TorchSharp.Interop;

/// <summary>Finds and loads the shim, with the processor's settings made before it.</summary>
internal static partial class ShimLibrary
{
    /// <summary>The environment variable that holds the path of the shim, or of its folder.</summary>
    public const string PathVariable = "LORA_UNLEARN_TORCH_SHIM";

    /// <summary>The environment variable that chooses OpenBLAS's kernels whatever OPENBLAS_CORETYPE says.</summary>
    public const string KernelVariable = "LORA_UNLEARN_BLAS_KERNELS";

    private const string FileName = "lib" + Native.Library + ".so";

    private static readonly Lock Gate = new();
    private static nint _loaded;

    /// <summary>Makes P/Invoke ask here for the shim.</summary>
#pragma warning disable CA2255 // The resolver must be there before the first call of this assembly.
    [ModuleInitializer]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(ShimLibrary).Assembly, Resolve);
#pragma warning restore CA2255

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != Native.Library)
        {
            return 0;
        }

        lock (Gate)
        {
            if (_loaded == 0)
            {
                PrepareProcessor();
                _loaded = Load();
                ProcessorSetup.AfterLoading(_loaded);
            }

            return _loaded;
        }
    }

    private static nint Load()
    {
        List<string> failures = [];
        foreach (string path in Candidates())
        {
            if (!File.Exists(path))
            {
                failures.Add($"{path}: there is no such file");
                continue;
            }

            try
            {
                return NativeLibrary.Load(path);
            }
            catch (DllNotFoundException exception)
            {
                failures.Add($"{path}: {exception.Message.Split('\n')[0]}");
            }
        }

        throw new DllNotFoundException(
            $"The tensor backend {FileName} cannot be loaded. Build the project TorchSharp.Libtorch, or compile it with native/build.sh "
            + $"and set {PathVariable} to it; it needs the libtorch that it was built with (Debian and Ubuntu: libtorch-dev). Tried:\n  "
            + string.Join("\n  ", failures));
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } path)
        {
            yield return Directory.Exists(path) ? Path.Combine(path, FileName) : path;
            yield break;
        }

        yield return Path.Combine(AppContext.BaseDirectory, FileName);
        if (Path.GetDirectoryName(typeof(ShimLibrary).Assembly.Location) is { Length: > 0 } folder
            && Path.GetFullPath(folder) != Path.GetFullPath(AppContext.BaseDirectory).TrimEnd('/'))
        {
            yield return Path.Combine(folder, FileName);
        }
    }

    // Both libraries read these when they are loaded, from the native environment, which Environment.SetEnvironmentVariable
    // does not change. What the user has set stays.
    //
    // OpenBLAS up to 0.3.21 knows no Zen 4 and falls back to kernels without AVX-512, at half the speed. libtorch stays with
    // AVX2 unless told otherwise, because the first processors with AVX-512 slow down in it; those with its byte
    // permutations (Ice Lake, Zen 4 and later) do not, and exp, softmax and SiLU are up to twice as fast.
    private static void PrepareProcessor()
    {
        if (Environment.GetEnvironmentVariable(KernelVariable) is { Length: > 0 } kernels)
        {
            _ = SetEnvironment("OPENBLAS_CORETYPE", kernels, overwrite: 1);
        }

        if (!Avx512F.IsSupported || !Avx512BW.IsSupported || !Avx512DQ.IsSupported || !Avx512F.VL.IsSupported)
        {
            return;
        }

        _ = SetEnvironment("OPENBLAS_CORETYPE", "SkylakeX", overwrite: 0);
        if (Avx512Vbmi.IsSupported)
        {
            _ = SetEnvironment("ATEN_CPU_CAPABILITY", "avx512", overwrite: 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
