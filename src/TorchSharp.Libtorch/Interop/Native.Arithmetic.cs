using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/arithmetic.cpp: elementwise arithmetic.</summary>
internal static partial class Native
{
    [DllImport(Library, EntryPoint = "lt_add")]
    internal static extern nint add(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_add_alpha")]
    internal static extern nint add_alpha(nint self, nint target, Number alpha);

    [DllImport(Library, EntryPoint = "lt_add_scalar")]
    internal static extern nint add_scalar(nint self, Number scalar);

    [DllImport(Library, EntryPoint = "lt_add_scalar_alpha")]
    internal static extern nint add_scalar_alpha(nint self, Number scalar, Number alpha);

    [DllImport(Library, EntryPoint = "lt_sub")]
    internal static extern nint sub(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_sub_scalar")]
    internal static extern nint sub_scalar(nint self, Number target);

    [DllImport(Library, EntryPoint = "lt_mul")]
    internal static extern nint mul(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_mul_scalar")]
    internal static extern nint mul_scalar(nint self, Number target);

    [DllImport(Library, EntryPoint = "lt_fmod")]
    internal static extern nint fmod(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_fmod_scalar")]
    internal static extern nint fmod_scalar(nint self, Number scalar);

    [DllImport(Library, EntryPoint = "lt_remainder")]
    internal static extern nint remainder(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_remainder_scalar")]
    internal static extern nint remainder_scalar(nint self, Number scalar);

    [DllImport(Library, EntryPoint = "lt_pow")]
    internal static extern nint pow(nint self, nint exponent);

    [DllImport(Library, EntryPoint = "lt_pow_scalar")]
    internal static extern nint pow_scalar(nint self, Number exponent);

    [DllImport(Library, EntryPoint = "lt_floor_divide")]
    internal static extern nint floor_divide(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_floor_divide_scalar")]
    internal static extern nint floor_divide_scalar(nint self, Number other);

    [DllImport(Library, EntryPoint = "lt_addcmul")]
    internal static extern nint addcmul(nint self, nint tensor1, nint tensor2, Number value);

    [DllImport(Library, EntryPoint = "lt_addcdiv")]
    internal static extern nint addcdiv(nint self, nint tensor1, nint tensor2, Number value);

    [DllImport(Library, EntryPoint = "lt_lerp")]
    internal static extern nint lerp(nint self, nint end, nint weight);

    [DllImport(Library, EntryPoint = "lt_xlogy")]
    internal static extern nint xlogy(nint self, nint y);

    [DllImport(Library, EntryPoint = "lt_atan2")]
    internal static extern nint atan2(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_div")]
    internal static extern nint div(nint self, nint target, int rounding_mode);

    [DllImport(Library, EntryPoint = "lt_div_scalar")]
    internal static extern nint div_scalar(nint self, Number target, int rounding_mode);

    [DllImport(Library, EntryPoint = "lt_add_")]
    internal static extern int add_(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_add_alpha_")]
    internal static extern int add_alpha_(nint self, nint target, Number alpha);

    [DllImport(Library, EntryPoint = "lt_add_scalar_")]
    internal static extern int add_scalar_(nint self, Number scalar);

    [DllImport(Library, EntryPoint = "lt_add_scalar_alpha_")]
    internal static extern int add_scalar_alpha_(nint self, Number scalar, Number alpha);

    [DllImport(Library, EntryPoint = "lt_sub_")]
    internal static extern int sub_(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_sub_scalar_")]
    internal static extern int sub_scalar_(nint self, Number target);

    [DllImport(Library, EntryPoint = "lt_mul_")]
    internal static extern int mul_(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_mul_scalar_")]
    internal static extern int mul_scalar_(nint self, Number target);

    [DllImport(Library, EntryPoint = "lt_fmod_")]
    internal static extern int fmod_(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_fmod_scalar_")]
    internal static extern int fmod_scalar_(nint self, Number scalar);

    [DllImport(Library, EntryPoint = "lt_remainder_")]
    internal static extern int remainder_(nint self, nint target);

    [DllImport(Library, EntryPoint = "lt_remainder_scalar_")]
    internal static extern int remainder_scalar_(nint self, Number scalar);

    [DllImport(Library, EntryPoint = "lt_pow_")]
    internal static extern int pow_(nint self, nint exponent);

    [DllImport(Library, EntryPoint = "lt_pow_scalar_")]
    internal static extern int pow_scalar_(nint self, Number exponent);

    [DllImport(Library, EntryPoint = "lt_floor_divide_")]
    internal static extern int floor_divide_(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_floor_divide_scalar_")]
    internal static extern int floor_divide_scalar_(nint self, Number other);

    [DllImport(Library, EntryPoint = "lt_addcmul_")]
    internal static extern int addcmul_(nint self, nint tensor1, nint tensor2, Number value);

    [DllImport(Library, EntryPoint = "lt_addcdiv_")]
    internal static extern int addcdiv_(nint self, nint tensor1, nint tensor2, Number value);

    [DllImport(Library, EntryPoint = "lt_lerp_")]
    internal static extern int lerp_(nint self, nint end, nint weight);

    [DllImport(Library, EntryPoint = "lt_xlogy_")]
    internal static extern int xlogy_(nint self, nint y);

    [DllImport(Library, EntryPoint = "lt_atan2_")]
    internal static extern int atan2_(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_div_")]
    internal static extern int div_(nint self, nint target, int rounding_mode);

    [DllImport(Library, EntryPoint = "lt_div_scalar_")]
    internal static extern int div_scalar_(nint self, Number target, int rounding_mode);

    [DllImport(Library, EntryPoint = "lt_hypot")]
    internal static extern nint hypot(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_logaddexp")]
    internal static extern nint logaddexp(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_maximum")]
    internal static extern nint maximum(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_minimum")]
    internal static extern nint minimum(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_fmax")]
    internal static extern nint fmax(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_fmin")]
    internal static extern nint fmin(nint self, nint other);
}
