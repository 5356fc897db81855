using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/comparison.cpp: comparisons and logic.</summary>
internal static partial class Native
{
    [DllImport(Library, EntryPoint = "lt_eq")]
    internal static extern nint eq(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_eq_scalar")]
    internal static extern nint eq_scalar(nint self, Number target);

    [DllImport(Library, EntryPoint = "lt_eq_")]
    internal static extern int eq_(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_eq_scalar_")]
    internal static extern int eq_scalar_(nint self, Number target);

    [DllImport(Library, EntryPoint = "lt_ne")]
    internal static extern nint ne(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_ne_scalar")]
    internal static extern nint ne_scalar(nint self, Number target);

    [DllImport(Library, EntryPoint = "lt_ne_")]
    internal static extern int ne_(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_ne_scalar_")]
    internal static extern int ne_scalar_(nint self, Number target);

    [DllImport(Library, EntryPoint = "lt_lt")]
    internal static extern nint lt(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_lt_scalar")]
    internal static extern nint lt_scalar(nint self, Number target);

    [DllImport(Library, EntryPoint = "lt_lt_")]
    internal static extern int lt_(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_lt_scalar_")]
    internal static extern int lt_scalar_(nint self, Number target);

    [DllImport(Library, EntryPoint = "lt_le")]
    internal static extern nint le(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_le_scalar")]
    internal static extern nint le_scalar(nint self, Number target);

    [DllImport(Library, EntryPoint = "lt_le_")]
    internal static extern int le_(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_le_scalar_")]
    internal static extern int le_scalar_(nint self, Number target);

    [DllImport(Library, EntryPoint = "lt_gt")]
    internal static extern nint gt(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_gt_scalar")]
    internal static extern nint gt_scalar(nint self, Number target);

    [DllImport(Library, EntryPoint = "lt_gt_")]
    internal static extern int gt_(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_gt_scalar_")]
    internal static extern int gt_scalar_(nint self, Number target);

    [DllImport(Library, EntryPoint = "lt_ge")]
    internal static extern nint ge(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_ge_scalar")]
    internal static extern nint ge_scalar(nint self, Number target);

    [DllImport(Library, EntryPoint = "lt_ge_")]
    internal static extern int ge_(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_ge_scalar_")]
    internal static extern int ge_scalar_(nint self, Number target);

    [DllImport(Library, EntryPoint = "lt_isclose")]
    internal static extern nint isclose(nint self, nint other, double rtol, double atol, bool nanEqual);

    [DllImport(Library, EntryPoint = "lt_allclose")]
    internal static extern int allclose(nint self, nint target, double rtol, double atol, bool equal_nan);

    [DllImport(Library, EntryPoint = "lt_isin")]
    internal static extern nint isin(nint self, nint test_elements, bool assumeUnique, bool invert);

    [DllImport(Library, EntryPoint = "lt_logical_and")]
    internal static extern nint logical_and(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_bitwise_and")]
    internal static extern nint bitwise_and(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_logical_and_")]
    internal static extern int logical_and_(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_bitwise_and_")]
    internal static extern int bitwise_and_(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_logical_or")]
    internal static extern nint logical_or(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_bitwise_or")]
    internal static extern nint bitwise_or(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_logical_or_")]
    internal static extern int logical_or_(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_bitwise_or_")]
    internal static extern int bitwise_or_(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_logical_xor")]
    internal static extern nint logical_xor(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_bitwise_xor")]
    internal static extern nint bitwise_xor(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_logical_xor_")]
    internal static extern int logical_xor_(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_bitwise_xor_")]
    internal static extern int bitwise_xor_(nint self, nint other);
}
