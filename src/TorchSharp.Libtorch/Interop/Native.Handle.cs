using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/shim.cpp and native/handle.cpp: errors, one tensor's life, description and data.</summary>
internal static unsafe partial class Native
{
    /// <summary>The file name of the shim, without prefix and extension.</summary>
    internal const string Library = "LoraUnlearnTorch";

    [DllImport(Library, EntryPoint = "lt_last_error")]
    internal static extern nint last_error();

    [DllImport(Library, EntryPoint = "lt_delete")]
    internal static extern void delete(nint self);

    [DllImport(Library, EntryPoint = "lt_dim")]
    [SuppressGCTransition]
    internal static extern long dim(nint self);

    [DllImport(Library, EntryPoint = "lt_numel")]
    [SuppressGCTransition]
    internal static extern long numel(nint self);

    [DllImport(Library, EntryPoint = "lt_element_size")]
    [SuppressGCTransition]
    internal static extern long element_size(nint self);

    [DllImport(Library, EntryPoint = "lt_dtype")]
    [SuppressGCTransition]
    internal static extern int dtype(nint self);

    [DllImport(Library, EntryPoint = "lt_device_type")]
    [SuppressGCTransition]
    internal static extern int device_type(nint self);

    [DllImport(Library, EntryPoint = "lt_device_index")]
    [SuppressGCTransition]
    internal static extern int device_index(nint self);

    [DllImport(Library, EntryPoint = "lt_is_sparse")]
    internal static extern bool is_sparse(nint self);

    [DllImport(Library, EntryPoint = "lt_requires_grad")]
    [SuppressGCTransition]
    internal static extern bool requires_grad(nint self);

    [DllImport(Library, EntryPoint = "lt_is_contiguous")]
    [SuppressGCTransition]
    internal static extern bool is_contiguous(nint self);

    [DllImport(Library, EntryPoint = "lt_sizes")]
    [SuppressGCTransition]
    internal static extern int sizes(nint self, long* sizes);

    [DllImport(Library, EntryPoint = "lt_strides")]
    [SuppressGCTransition]
    internal static extern int strides(nint self, long* strides);

    [DllImport(Library, EntryPoint = "lt_size")]
    internal static extern int size(nint self, long dim, long* result);

    [DllImport(Library, EntryPoint = "lt_stride")]
    internal static extern int stride(nint self, long dim, long* result);

    [DllImport(Library, EntryPoint = "lt_storage_offset")]
    internal static extern int storage_offset(nint self, long* result);

    [DllImport(Library, EntryPoint = "lt_is_leaf")]
    internal static extern int is_leaf(nint self);

    [DllImport(Library, EntryPoint = "lt_set_requires_grad")]
    internal static extern int set_requires_grad(nint self, bool value);

    [DllImport(Library, EntryPoint = "lt_data")]
    internal static extern void* data(nint self, int* status);

    [DllImport(Library, EntryPoint = "lt_item")]
    internal static extern int item(nint self, Number* result);

    [DllImport(Library, EntryPoint = "lt_to")]
    internal static extern nint to(nint self, int dtype, int deviceType, int deviceIndex, bool nonBlocking, bool copy);

    [DllImport(Library, EntryPoint = "lt_index")]
    internal static extern nint index(nint self, IndexEntry* entries, long count);

    [DllImport(Library, EntryPoint = "lt_index_set")]
    internal static extern int index_set(nint self, IndexEntry* entries, long count, nint value);

    [DllImport(Library, EntryPoint = "lt_index_set_scalar")]
    internal static extern int index_set_scalar(nint self, IndexEntry* entries, long count, Number value);

    [DllImport(Library, EntryPoint = "lt_index_put")]
    internal static extern int index_put(nint self, nint* indices, long count, nint value, bool accumulate);

    [DllImport(Library, EntryPoint = "lt_same")]
    internal static extern int same(nint self, nint other);
}
