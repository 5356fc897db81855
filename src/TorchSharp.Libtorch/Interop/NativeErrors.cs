using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Turns what a failed call left behind into an exception.</summary>
internal static class NativeErrors
{
    /// <summary>Throws the message of the last failed call of this thread: operator, operands' types and shapes, reason.</summary>
    [DoesNotReturn]
    public static void Throw()
    {
        string message = Marshal.PtrToStringUTF8(Native.last_error()) ?? "libtorch failed without a message.";
        throw new ExternalException(message);
    }

    /// <summary>Throws where a status is not zero.</summary>
    public static void Check(int status)
    {
        if (status != 0)
        {
            Throw();
        }
    }
}
