using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/indexing.cpp: selection and scattering.</summary>
internal static partial class Native
{
    [DllImport(Library, EntryPoint = "lt_index_select")]
    internal static extern nint index_select(nint self, long dim, nint index);

    [DllImport(Library, EntryPoint = "lt_take")]
    internal static extern nint take(nint self, nint index);

    [DllImport(Library, EntryPoint = "lt_take_along_dim")]
    internal static extern nint take_along_dim(nint self, nint indices);

    [DllImport(Library, EntryPoint = "lt_take_along_dim_dim")]
    internal static extern nint take_along_dim_dim(nint self, nint indices, long dim);

    [DllImport(Library, EntryPoint = "lt_gather")]
    internal static extern nint gather(nint self, long dim, nint index);

    [DllImport(Library, EntryPoint = "lt_scatter")]
    internal static extern nint scatter(nint self, long dim, nint index, nint src);

    [DllImport(Library, EntryPoint = "lt_scatter_add")]
    internal static extern nint scatter_add(nint self, long dim, nint index, nint src);

    [DllImport(Library, EntryPoint = "lt_index_add")]
    internal static extern nint index_add(nint self, long dim, nint index, nint source, Number alpha);

    [DllImport(Library, EntryPoint = "lt_index_copy")]
    internal static extern nint index_copy(nint self, long dim, nint index, nint source);

    [DllImport(Library, EntryPoint = "lt_index_fill")]
    internal static extern nint index_fill(nint self, long dim, nint index, Number value);

    [DllImport(Library, EntryPoint = "lt_masked_fill")]
    internal static extern nint masked_fill(nint self, nint mask, Number value);

    [DllImport(Library, EntryPoint = "lt_masked_scatter")]
    internal static extern nint masked_scatter(nint self, nint mask, nint value);

    [DllImport(Library, EntryPoint = "lt_scatter_")]
    internal static extern int scatter_(nint self, long dim, nint index, nint src);

    [DllImport(Library, EntryPoint = "lt_scatter_add_")]
    internal static extern int scatter_add_(nint self, long dim, nint index, nint src);

    [DllImport(Library, EntryPoint = "lt_index_add_")]
    internal static extern int index_add_(nint self, long dim, nint index, nint source, Number alpha);

    [DllImport(Library, EntryPoint = "lt_index_copy_")]
    internal static extern int index_copy_(nint self, long dim, nint index, nint source);

    [DllImport(Library, EntryPoint = "lt_index_fill_")]
    internal static extern int index_fill_(nint self, long dim, nint index, Number value);

    [DllImport(Library, EntryPoint = "lt_masked_fill_")]
    internal static extern int masked_fill_(nint self, nint mask, Number value);

    [DllImport(Library, EntryPoint = "lt_masked_scatter_")]
    internal static extern int masked_scatter_(nint self, nint mask, nint value);

    [DllImport(Library, EntryPoint = "lt_masked_select")]
    internal static extern nint masked_select(nint self, nint mask);

    [DllImport(Library, EntryPoint = "lt_where")]
    internal static extern nint where(nint self, nint condition, nint y);

    [DllImport(Library, EntryPoint = "lt_select_scatter")]
    internal static extern nint select_scatter(nint self, nint src, long dim, long index);

    [DllImport(Library, EntryPoint = "lt_slice_scatter")]
    internal static extern nint slice_scatter(nint self, nint src, long dim, long start, long end, long step);

    [DllImport(Library, EntryPoint = "lt_diagonal_scatter")]
    internal static extern nint diagonal_scatter(nint self, nint src, long offset, long dim1, long dim2);
}
