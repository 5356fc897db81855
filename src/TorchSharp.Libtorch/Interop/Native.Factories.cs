using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/factories.cpp: tensors out of nothing, memory and files; lists joined.</summary>
internal static unsafe partial class Native
{
    [DllImport(Library, EntryPoint = "lt_filled")]
    internal static extern nint filled(Ints size, int fill, int dtype, int deviceType, int deviceIndex, bool requiresGrad);

    [DllImport(Library, EntryPoint = "lt_full")]
    internal static extern nint full(Ints size, Number value, int dtype, int deviceType, int deviceIndex, bool requiresGrad);

    [DllImport(Library, EntryPoint = "lt_empty_strided")]
    internal static extern nint empty_strided(Ints size, Ints strides, int dtype, int deviceType, int deviceIndex, bool requiresGrad);

    [DllImport(Library, EntryPoint = "lt_arange")]
    internal static extern nint arange(Number start, Number stop, Number step, int dtype, int deviceType, int deviceIndex, bool requiresGrad);

    [DllImport(Library, EntryPoint = "lt_linspace")]
    internal static extern nint linspace(double start, double end, long steps, int dtype, int deviceType, int deviceIndex, bool requiresGrad);

    [DllImport(Library, EntryPoint = "lt_eye")]
    internal static extern nint eye(long rows, long columns, int dtype, int deviceType, int deviceIndex, bool requiresGrad);

    [DllImport(Library, EntryPoint = "lt_rand")]
    internal static extern nint rand(Ints size, bool normal, nint generator, int dtype, int deviceType, int deviceIndex, bool requiresGrad);

    [DllImport(Library, EntryPoint = "lt_randint")]
    internal static extern nint randint(long low, long high, Ints size, nint generator, int dtype, int deviceType, int deviceIndex, bool requiresGrad);

    [DllImport(Library, EntryPoint = "lt_randperm")]
    internal static extern nint randperm(long n, nint generator, int dtype, int deviceType, int deviceIndex, bool requiresGrad);

    [DllImport(Library, EntryPoint = "lt_normal")]
    internal static extern nint normal(nint mean, nint std, nint generator);

    [DllImport(Library, EntryPoint = "lt_copied")]
    internal static extern nint copied(void* data, Ints size, int dtype);

    [DllImport(Library, EntryPoint = "lt_shared")]
    internal static extern nint shared(nint data, Ints size, int dtype, delegate* unmanaged<nint, void> release, nint context);

    [LibraryImport(Library, EntryPoint = "lt_from_file", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint from_file(string path, int shared, long size, int dtype);

    [DllImport(Library, EntryPoint = "lt_cat")]
    internal static extern nint cat(nint* handles, long count, long dim);

    [DllImport(Library, EntryPoint = "lt_stack")]
    internal static extern nint stack(nint* handles, long count, long dim);

    [LibraryImport(Library, EntryPoint = "lt_einsum", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint einsum(string equation, nint* handles, long count);

    [DllImport(Library, EntryPoint = "lt_block_diag")]
    internal static extern nint block_diag(nint* handles, long count);

    [DllImport(Library, EntryPoint = "lt_broadcast_tensors")]
    internal static extern long broadcast_tensors(nint* handles, long count, nint** results);

    [DllImport(Library, EntryPoint = "lt_meshgrid")]
    internal static extern long meshgrid(nint* handles, long count, bool matrixOrder, nint** results);

    [DllImport(Library, EntryPoint = "lt_where_indices")]
    internal static extern long where_indices(nint condition, nint** results);

    [DllImport(Library, EntryPoint = "lt_searchsorted")]
    internal static extern nint searchsorted(nint sorted, nint values, bool narrow, bool right, nint sorter);

    [DllImport(Library, EntryPoint = "lt_tril_indices")]
    internal static extern nint tril_indices(long rows, long columns, long offset, bool lower, int dtype, int deviceType, int deviceIndex);

    [DllImport(Library, EntryPoint = "lt_cdist")]
    internal static extern nint cdist(nint x1, nint x2, double p, long mode);

    [DllImport(Library, EntryPoint = "lt_number")]
    internal static extern nint number(Number value, int dtype);

    [DllImport(Library, EntryPoint = "lt_sub_reversed")]
    internal static extern nint sub_reversed(nint self, Number value);

    [DllImport(Library, EntryPoint = "lt_div_reversed")]
    internal static extern nint div_reversed(nint self, Number value);
}
