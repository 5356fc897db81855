using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/sorting.cpp: sorting, searching and counting.</summary>
internal static partial class Native
{
    [DllImport(Library, EntryPoint = "lt_sort")]
    internal static unsafe extern int sort(nint self, long dim, bool descending, bool stable, nint* results);

    [DllImport(Library, EntryPoint = "lt_argsort")]
    internal static extern nint argsort(nint self, long dim, bool descending);

    [DllImport(Library, EntryPoint = "lt_topk")]
    internal static unsafe extern int topk(nint self, long k, long dim, bool largest, bool sorted, nint* results);

    [DllImport(Library, EntryPoint = "lt_kthvalue")]
    internal static unsafe extern int kthvalue(nint self, long k, long dim, bool keepdim, nint* results);

    [DllImport(Library, EntryPoint = "lt_msort")]
    internal static extern nint msort(nint self);

    [DllImport(Library, EntryPoint = "lt_unique")]
    internal static unsafe extern int unique(nint self, bool sorted, bool return_inverse, bool return_counts, long dim, nint* results);

    [DllImport(Library, EntryPoint = "lt_bincount")]
    internal static extern nint bincount(nint self, nint weights, long minlength);

    [DllImport(Library, EntryPoint = "lt_bucketize")]
    internal static extern nint bucketize(nint self, nint boundaries, bool outInt32, bool right);

    [DllImport(Library, EntryPoint = "lt_nonzero")]
    internal static extern nint nonzero(nint self);

    [DllImport(Library, EntryPoint = "lt_argwhere")]
    internal static extern nint argwhere(nint self);
}
