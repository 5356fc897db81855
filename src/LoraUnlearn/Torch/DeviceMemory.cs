using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Torch;

/// <summary>How much memory a device has left. TorchSharp does not ask; CUDA's driver does.</summary>
internal static class DeviceMemory
{
    private static readonly string Driver = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    /// <summary>Free bytes of an accelerator, or null where nobody can say. What libtorch keeps for reuse counts as taken.</summary>
    /// <param name="device">The device; it must have been used on this thread, so that its context is the current one.</param>
    public static long? Free(Device device) => device.type == DeviceType.CUDA ? Ask(Driver) : null;

    /// <summary>Asks a driver library by name; null where there is none or it refuses.</summary>
    internal static long? Ask(string driver)
    {
        if (!NativeLibrary.TryLoad(driver, out nint handle))
        {
            return null;
        }

        try
        {
            return NativeLibrary.TryGetExport(handle, "cuMemGetInfo_v2", out nint address)
                && Marshal.GetDelegateForFunctionPointer<MemoryInfo>(address)(out nuint free, out _) == 0
                    ? (long)free
                    : null;
        }
        finally
        {
            NativeLibrary.Free(handle);
        }
    }

    [UnmanagedFunctionPointer(CallingConvention.Winapi)]
    private delegate int MemoryInfo(out nuint free, out nuint total);
}
