using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/reductions.cpp: reductions and scans.</summary>
internal static partial class Native
{
    [DllImport(Library, EntryPoint = "lt_sum")]
    internal static extern nint sum(nint self, int type);

    [DllImport(Library, EntryPoint = "lt_sum_dims")]
    internal static extern nint sum_dims(nint self, Ints dim, bool keepdim, int type);

    [DllImport(Library, EntryPoint = "lt_sum_dim")]
    internal static extern nint sum_dim(nint self, long dim, bool keepdim, int type);

    [DllImport(Library, EntryPoint = "lt_mean")]
    internal static extern nint mean(nint self);

    [DllImport(Library, EntryPoint = "lt_mean_dims")]
    internal static extern nint mean_dims(nint self, Ints dimensions, bool keepdim, int type);

    [DllImport(Library, EntryPoint = "lt_prod")]
    internal static extern nint prod(nint self, int type);

    [DllImport(Library, EntryPoint = "lt_prod_dim")]
    internal static extern nint prod_dim(nint self, long dim, bool keepdim, int type);

    [DllImport(Library, EntryPoint = "lt_std")]
    internal static extern nint std(nint self, bool unbiased);

    [DllImport(Library, EntryPoint = "lt_std_dims")]
    internal static extern nint std_dims(nint self, Ints dimensions, bool unbiased, bool keepdim, int type);

    [DllImport(Library, EntryPoint = "lt_std_dim")]
    internal static extern nint std_dim(nint self, long dim, bool unbiased, bool keepdim, int type);

    [DllImport(Library, EntryPoint = "lt_var")]
    internal static extern nint var(nint self, bool unbiased);

    [DllImport(Library, EntryPoint = "lt_var_dims")]
    internal static extern nint var_dims(nint self, Ints dimensions, bool unbiased, bool keepdim, int type);

    [DllImport(Library, EntryPoint = "lt_var_dim")]
    internal static extern nint var_dim(nint self, long dim, bool unbiased, bool keepdim, int type);

    [DllImport(Library, EntryPoint = "lt_norm")]
    internal static extern nint norm(nint self, double p);

    [DllImport(Library, EntryPoint = "lt_norm_dim")]
    internal static extern nint norm_dim(nint self, long dim, bool keepdim, double p);

    [DllImport(Library, EntryPoint = "lt_dist")]
    internal static extern nint dist(nint self, nint other, double p);

    [DllImport(Library, EntryPoint = "lt_amax")]
    internal static extern nint amax(nint self, Ints dims, bool keepdim, nint @out);

    [DllImport(Library, EntryPoint = "lt_amin")]
    internal static extern nint amin(nint self, Ints dims, bool keepdim, nint @out);

    [DllImport(Library, EntryPoint = "lt_max")]
    internal static extern nint max(nint self);

    [DllImport(Library, EntryPoint = "lt_max_dim")]
    internal static unsafe extern int max_dim(nint self, long dim, bool keepdim, nint* results);

    [DllImport(Library, EntryPoint = "lt_min")]
    internal static extern nint min(nint self);

    [DllImport(Library, EntryPoint = "lt_min_dim")]
    internal static unsafe extern int min_dim(nint self, long dim, bool keepdim, nint* results);

    [DllImport(Library, EntryPoint = "lt_argmax")]
    internal static extern nint argmax(nint self);

    [DllImport(Library, EntryPoint = "lt_argmax_dim")]
    internal static extern nint argmax_dim(nint self, long dim, bool keepdim);

    [DllImport(Library, EntryPoint = "lt_argmin")]
    internal static extern nint argmin(nint self);

    [DllImport(Library, EntryPoint = "lt_argmin_dim")]
    internal static extern nint argmin_dim(nint self, long dim, bool keepdim);

    [DllImport(Library, EntryPoint = "lt_all")]
    internal static extern nint all(nint self);

    [DllImport(Library, EntryPoint = "lt_all_dim")]
    internal static extern nint all_dim(nint self, long dim, bool keepdim);

    [DllImport(Library, EntryPoint = "lt_any")]
    internal static extern nint any(nint self);

    [DllImport(Library, EntryPoint = "lt_any_dim")]
    internal static extern nint any_dim(nint self, long dim, bool keepdim);

    [DllImport(Library, EntryPoint = "lt_logsumexp")]
    internal static extern nint logsumexp(nint self, long dim, bool keepdim);

    [DllImport(Library, EntryPoint = "lt_median")]
    internal static extern nint median(nint self);

    [DllImport(Library, EntryPoint = "lt_mode")]
    internal static unsafe extern int mode(nint self, long dim, bool keepdim, nint* results);

    [DllImport(Library, EntryPoint = "lt_nansum")]
    internal static extern nint nansum(nint self);

    [DllImport(Library, EntryPoint = "lt_quantile")]
    internal static extern nint quantile(nint self, nint q, long dim, bool keepdim);

    [DllImport(Library, EntryPoint = "lt_count_nonzero")]
    internal static extern nint count_nonzero(nint self, Ints dims);

    [DllImport(Library, EntryPoint = "lt_cumsum")]
    internal static extern nint cumsum(nint self, long dim, int type);

    [DllImport(Library, EntryPoint = "lt_cumprod")]
    internal static extern nint cumprod(nint self, long dim, int type);

    [DllImport(Library, EntryPoint = "lt_logcumsumexp")]
    internal static extern nint logcumsumexp(nint self, long dim);

    [DllImport(Library, EntryPoint = "lt_std_mean")]
    internal static unsafe extern int std_mean(nint self, bool unbiased, nint* results);

    [DllImport(Library, EntryPoint = "lt_var_mean")]
    internal static unsafe extern int var_mean(nint self, bool unbiased, nint* results);

    [DllImport(Library, EntryPoint = "lt_trace")]
    internal static extern nint trace(nint self);

    [DllImport(Library, EntryPoint = "lt_diff")]
    internal static extern nint diff(nint self, long n, long dim, nint prepend, nint append);
}
