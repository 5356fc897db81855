using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/products.cpp: matrix products.</summary>
internal static partial class Native
{
    [DllImport(Library, EntryPoint = "lt_matmul")]
    internal static extern nint matmul(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_mm")]
    internal static extern nint mm(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_mv")]
    internal static extern nint mv(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_bmm")]
    internal static extern nint bmm(nint self, nint batch2);

    [DllImport(Library, EntryPoint = "lt_dot")]
    internal static extern nint dot(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_vdot")]
    internal static extern nint vdot(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_outer")]
    internal static extern nint outer(nint self, nint vec2);

    [DllImport(Library, EntryPoint = "lt_inner")]
    internal static extern nint inner(nint self, nint vec2);

    [DllImport(Library, EntryPoint = "lt_kron")]
    internal static extern nint kron(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_baddbmm")]
    internal static extern nint baddbmm(nint self, nint batch1, nint batch2, double beta, double alpha);

    [DllImport(Library, EntryPoint = "lt_addmm")]
    internal static extern nint addmm(nint self, nint mat1, nint mat2, double beta, double alpha);

    [DllImport(Library, EntryPoint = "lt_addmv")]
    internal static extern nint addmv(nint self, nint mat, nint vec, double beta, double alpha);

    [DllImport(Library, EntryPoint = "lt_addr")]
    internal static extern nint addr(nint self, nint vec1, nint vec2, double beta, double alpha);

    [DllImport(Library, EntryPoint = "lt_addbmm")]
    internal static extern nint addbmm(nint self, nint batch1, nint batch2, double beta, double alpha);

    [DllImport(Library, EntryPoint = "lt_addmm_")]
    internal static extern int addmm_(nint self, nint mat1, nint mat2, double beta, double alpha);

    [DllImport(Library, EntryPoint = "lt_addmv_")]
    internal static extern int addmv_(nint self, nint mat, nint vec, double beta, double alpha);

    [DllImport(Library, EntryPoint = "lt_addr_")]
    internal static extern int addr_(nint self, nint vec1, nint vec2, double beta, double alpha);

    [DllImport(Library, EntryPoint = "lt_addbmm_")]
    internal static extern int addbmm_(nint self, nint batch1, nint batch2, double beta, double alpha);

    [DllImport(Library, EntryPoint = "lt_tensordot")]
    internal static extern nint tensordot(nint self, nint b, Ints dims1, Ints dims2);

    [DllImport(Library, EntryPoint = "lt_det")]
    internal static extern nint det(nint self);

    [DllImport(Library, EntryPoint = "lt_logdet")]
    internal static extern nint logdet(nint self);

    [DllImport(Library, EntryPoint = "lt_inverse")]
    internal static extern nint inverse(nint self);

    [DllImport(Library, EntryPoint = "lt_matrix_power")]
    internal static extern nint matrix_power(nint self, long n);
}
