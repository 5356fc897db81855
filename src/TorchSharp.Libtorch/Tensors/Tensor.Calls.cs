using System.Runtime.CompilerServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // How native calls end: a handle becomes a tensor or an error, and the operands outlive the call.
    public partial class Tensor
    {
        /// <summary>The tensor of a returned handle; throws where it is null. The operands are kept alive until here.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal static Tensor Create(nint handle, object? first = null, object? second = null, object? third = null, object? fourth = null)
        {
            KeepAlive(first, second, third, fourth);
            if (handle == 0)
            {
                NativeErrors.Throw();
            }

            return new Tensor(handle);
        }

        /// <summary>The tensors of returned handles; a null handle becomes an invalid tensor.</summary>
        internal static unsafe Tensor[] CreateList(long count, nint* handles, object? first = null, object? second = null)
        {
            KeepAlive(first, second);
            if (count < 0)
            {
                NativeErrors.Throw();
            }

            Tensor[] result = new Tensor[count];
            for (int i = 0; i < result.Length; i++)
            {
                result[i] = new Tensor(handles[i]);
            }

            return result;
        }

        /// <summary>The boolean of a status; throws where it is -1.</summary>
        internal static bool Truth(int status, object? first = null, object? second = null)
        {
            KeepAlive(first, second);
            if (status < 0)
            {
                NativeErrors.Throw();
            }

            return status != 0;
        }

        /// <summary>Throws where a status is not zero.</summary>
        internal static void Check(int status) => NativeErrors.Check(status);

        /// <summary>The handle of a tensor that may be missing.</summary>
        internal static nint HandleOf(Tensor? tensor) => tensor is null ? 0 : tensor.Handle;

        /// <summary>The handles of a list of tensors; null for a missing list.</summary>
        internal static nint[] HandlesOf(IList<Tensor>? tensors)
        {
            if (tensors is null)
            {
                return [];
            }

            nint[] handles = new nint[tensors.Count];
            for (int i = 0; i < handles.Length; i++)
            {
                handles[i] = HandleOf(tensors[i]);
            }

            return handles;
        }

        /// <summary>Keeps the operands of a native call from being finalised during it.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal static void KeepAlive(object? first, object? second = null, object? third = null, object? fourth = null)
        {
            GC.KeepAlive(first);
            GC.KeepAlive(second);
            GC.KeepAlive(third);
            GC.KeepAlive(fourth);
        }

        // This tensor after a call that changed it; throws where the call failed.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Tensor InPlace(int status, object? first = null, object? second = null, object? third = null)
        {
            KeepAlive(this, first, second, third);
            Check(status);
            return this;
        }
    }
}
