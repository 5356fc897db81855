using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LoraUnlearn.Torch;

/// <summary>
/// How libtorch's OpenMP threads wait between parallel regions. GNU's spin by default, and on a machine that does anything else they
/// take the cores from the threads they wait for: scoring 400 short rows took five times as long. They sleep instead, unless the
/// user's environment says otherwise.
/// </summary>
internal static class OpenMpWaiting
{
    private const string Policy = "OMP_WAIT_POLICY";

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "libgomp reads its environment once, when libtorch is loaded, which any first use of TorchSharp may do.")]
    internal static void Sleep()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable(Policy) is not null)
        {
            return;
        }

        // .NET's own SetEnvironmentVariable does not reach native code on Unix.
        _ = SetNative(Policy, "passive", 0);
    }

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetNative(string name, string value, int overwrite);
}
