using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/linalg.cpp: linear algebra.</summary>
internal static unsafe partial class Native
{
    [DllImport(Library, EntryPoint = "lt_linalg_qr")]
    internal static extern int linalg_qr(nint self, int mode, nint* results);

    [DllImport(Library, EntryPoint = "lt_linalg_svd")]
    internal static extern int linalg_svd(nint self, bool fullMatrices, nint* results);

    [DllImport(Library, EntryPoint = "lt_linalg_svdvals")]
    internal static extern nint linalg_svdvals(nint self);

    [DllImport(Library, EntryPoint = "lt_linalg_eigh")]
    internal static extern int linalg_eigh(nint self, bool upper, nint* results);

    [DllImport(Library, EntryPoint = "lt_linalg_eigvalsh")]
    internal static extern nint linalg_eigvalsh(nint self, bool upper);

    [DllImport(Library, EntryPoint = "lt_linalg_cholesky")]
    internal static extern nint linalg_cholesky(nint self);

    [DllImport(Library, EntryPoint = "lt_linalg_inv")]
    internal static extern nint linalg_inv(nint self);

    [DllImport(Library, EntryPoint = "lt_linalg_det")]
    internal static extern nint linalg_det(nint self);

    [DllImport(Library, EntryPoint = "lt_linalg_slogdet")]
    internal static extern int linalg_slogdet(nint self, nint* results);

    [DllImport(Library, EntryPoint = "lt_linalg_solve")]
    internal static extern nint linalg_solve(nint a, nint b, bool left);

    [DllImport(Library, EntryPoint = "lt_linalg_solve_triangular")]
    internal static extern nint linalg_solve_triangular(nint a, nint b, bool upper, bool left, bool unitriangular);

    [DllImport(Library, EntryPoint = "lt_linalg_lstsq")]
    internal static extern int linalg_lstsq(nint a, nint b, double rcond, nint* results);

    [DllImport(Library, EntryPoint = "lt_linalg_pinv")]
    internal static extern nint linalg_pinv(nint self, double atol, double rtol, bool hermitian);

    [DllImport(Library, EntryPoint = "lt_linalg_matrix_rank")]
    internal static extern nint linalg_matrix_rank(nint self, double atol, double rtol, bool hermitian);

    [DllImport(Library, EntryPoint = "lt_linalg_matrix_exp")]
    internal static extern nint linalg_matrix_exp(nint self);

    [DllImport(Library, EntryPoint = "lt_linalg_multi_dot")]
    internal static extern nint linalg_multi_dot(nint* handles, long count);

    [DllImport(Library, EntryPoint = "lt_linalg_vector_norm")]
    internal static extern nint linalg_vector_norm(nint self, double ord, Ints dims, bool keepdim);

    [DllImport(Library, EntryPoint = "lt_linalg_norm")]
    internal static extern nint linalg_norm(nint self, double ord, Ints dims, bool keepdim);

    [LibraryImport(Library, EntryPoint = "lt_linalg_norm_named", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint linalg_norm_named(nint self, string ord, Ints dims, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [DllImport(Library, EntryPoint = "lt_linalg_matrix_norm")]
    internal static extern nint linalg_matrix_norm(nint self, double ord, Ints dims, bool keepdim);

    [LibraryImport(Library, EntryPoint = "lt_linalg_matrix_norm_named", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint linalg_matrix_norm_named(nint self, string ord, Ints dims, [MarshalAs(UnmanagedType.U1)] bool keepdim);
}
