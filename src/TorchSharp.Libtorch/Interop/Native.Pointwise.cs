using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/pointwise.cpp: elementwise functions.</summary>
internal static partial class Native
{
    [DllImport(Library, EntryPoint = "lt_abs")]
    internal static extern nint abs(nint self);

    [DllImport(Library, EntryPoint = "lt_abs_")]
    internal static extern int abs_(nint self);

    [DllImport(Library, EntryPoint = "lt_ceil")]
    internal static extern nint ceil(nint self);

    [DllImport(Library, EntryPoint = "lt_ceil_")]
    internal static extern int ceil_(nint self);

    [DllImport(Library, EntryPoint = "lt_floor")]
    internal static extern nint floor(nint self);

    [DllImport(Library, EntryPoint = "lt_floor_")]
    internal static extern int floor_(nint self);

    [DllImport(Library, EntryPoint = "lt_trunc")]
    internal static extern nint trunc(nint self);

    [DllImport(Library, EntryPoint = "lt_trunc_")]
    internal static extern int trunc_(nint self);

    [DllImport(Library, EntryPoint = "lt_frac")]
    internal static extern nint frac(nint self);

    [DllImport(Library, EntryPoint = "lt_frac_")]
    internal static extern int frac_(nint self);

    [DllImport(Library, EntryPoint = "lt_exp")]
    internal static extern nint exp(nint self);

    [DllImport(Library, EntryPoint = "lt_exp_")]
    internal static extern int exp_(nint self);

    [DllImport(Library, EntryPoint = "lt_exp2")]
    internal static extern nint exp2(nint self);

    [DllImport(Library, EntryPoint = "lt_exp2_")]
    internal static extern int exp2_(nint self);

    [DllImport(Library, EntryPoint = "lt_expm1")]
    internal static extern nint expm1(nint self);

    [DllImport(Library, EntryPoint = "lt_expm1_")]
    internal static extern int expm1_(nint self);

    [DllImport(Library, EntryPoint = "lt_log")]
    internal static extern nint log(nint self);

    [DllImport(Library, EntryPoint = "lt_log_")]
    internal static extern int log_(nint self);

    [DllImport(Library, EntryPoint = "lt_log2")]
    internal static extern nint log2(nint self);

    [DllImport(Library, EntryPoint = "lt_log2_")]
    internal static extern int log2_(nint self);

    [DllImport(Library, EntryPoint = "lt_log10")]
    internal static extern nint log10(nint self);

    [DllImport(Library, EntryPoint = "lt_log10_")]
    internal static extern int log10_(nint self);

    [DllImport(Library, EntryPoint = "lt_log1p")]
    internal static extern nint log1p(nint self);

    [DllImport(Library, EntryPoint = "lt_log1p_")]
    internal static extern int log1p_(nint self);

    [DllImport(Library, EntryPoint = "lt_sqrt")]
    internal static extern nint sqrt(nint self);

    [DllImport(Library, EntryPoint = "lt_sqrt_")]
    internal static extern int sqrt_(nint self);

    [DllImport(Library, EntryPoint = "lt_rsqrt")]
    internal static extern nint rsqrt(nint self);

    [DllImport(Library, EntryPoint = "lt_rsqrt_")]
    internal static extern int rsqrt_(nint self);

    [DllImport(Library, EntryPoint = "lt_reciprocal")]
    internal static extern nint reciprocal(nint self);

    [DllImport(Library, EntryPoint = "lt_reciprocal_")]
    internal static extern int reciprocal_(nint self);

    [DllImport(Library, EntryPoint = "lt_neg")]
    internal static extern nint neg(nint self);

    [DllImport(Library, EntryPoint = "lt_neg_")]
    internal static extern int neg_(nint self);

    [DllImport(Library, EntryPoint = "lt_sign")]
    internal static extern nint sign(nint self);

    [DllImport(Library, EntryPoint = "lt_sign_")]
    internal static extern int sign_(nint self);

    [DllImport(Library, EntryPoint = "lt_sin")]
    internal static extern nint sin(nint self);

    [DllImport(Library, EntryPoint = "lt_sin_")]
    internal static extern int sin_(nint self);

    [DllImport(Library, EntryPoint = "lt_cos")]
    internal static extern nint cos(nint self);

    [DllImport(Library, EntryPoint = "lt_cos_")]
    internal static extern int cos_(nint self);

    [DllImport(Library, EntryPoint = "lt_tan")]
    internal static extern nint tan(nint self);

    [DllImport(Library, EntryPoint = "lt_tan_")]
    internal static extern int tan_(nint self);

    [DllImport(Library, EntryPoint = "lt_asin")]
    internal static extern nint asin(nint self);

    [DllImport(Library, EntryPoint = "lt_asin_")]
    internal static extern int asin_(nint self);

    [DllImport(Library, EntryPoint = "lt_acos")]
    internal static extern nint acos(nint self);

    [DllImport(Library, EntryPoint = "lt_acos_")]
    internal static extern int acos_(nint self);

    [DllImport(Library, EntryPoint = "lt_atan")]
    internal static extern nint atan(nint self);

    [DllImport(Library, EntryPoint = "lt_atan_")]
    internal static extern int atan_(nint self);

    [DllImport(Library, EntryPoint = "lt_sinh")]
    internal static extern nint sinh(nint self);

    [DllImport(Library, EntryPoint = "lt_sinh_")]
    internal static extern int sinh_(nint self);

    [DllImport(Library, EntryPoint = "lt_cosh")]
    internal static extern nint cosh(nint self);

    [DllImport(Library, EntryPoint = "lt_cosh_")]
    internal static extern int cosh_(nint self);

    [DllImport(Library, EntryPoint = "lt_tanh")]
    internal static extern nint tanh(nint self);

    [DllImport(Library, EntryPoint = "lt_tanh_")]
    internal static extern int tanh_(nint self);

    [DllImport(Library, EntryPoint = "lt_erf")]
    internal static extern nint erf(nint self);

    [DllImport(Library, EntryPoint = "lt_erf_")]
    internal static extern int erf_(nint self);

    [DllImport(Library, EntryPoint = "lt_erfc")]
    internal static extern nint erfc(nint self);

    [DllImport(Library, EntryPoint = "lt_erfc_")]
    internal static extern int erfc_(nint self);

    [DllImport(Library, EntryPoint = "lt_erfinv")]
    internal static extern nint erfinv(nint self);

    [DllImport(Library, EntryPoint = "lt_erfinv_")]
    internal static extern int erfinv_(nint self);

    [DllImport(Library, EntryPoint = "lt_lgamma")]
    internal static extern nint lgamma(nint self);

    [DllImport(Library, EntryPoint = "lt_lgamma_")]
    internal static extern int lgamma_(nint self);

    [DllImport(Library, EntryPoint = "lt_digamma")]
    internal static extern nint digamma(nint self);

    [DllImport(Library, EntryPoint = "lt_digamma_")]
    internal static extern int digamma_(nint self);

    [DllImport(Library, EntryPoint = "lt_sigmoid")]
    internal static extern nint sigmoid(nint self);

    [DllImport(Library, EntryPoint = "lt_sigmoid_")]
    internal static extern int sigmoid_(nint self);

    [DllImport(Library, EntryPoint = "lt_logical_not")]
    internal static extern nint logical_not(nint self);

    [DllImport(Library, EntryPoint = "lt_logical_not_")]
    internal static extern int logical_not_(nint self);

    [DllImport(Library, EntryPoint = "lt_bitwise_not")]
    internal static extern nint bitwise_not(nint self);

    [DllImport(Library, EntryPoint = "lt_bitwise_not_")]
    internal static extern int bitwise_not_(nint self);

    [DllImport(Library, EntryPoint = "lt_square")]
    internal static extern nint square(nint self);

    [DllImport(Library, EntryPoint = "lt_round")]
    internal static extern nint round(nint self, long decimals);

    [DllImport(Library, EntryPoint = "lt_round_")]
    internal static extern int round_(nint self, long decimals);

    [DllImport(Library, EntryPoint = "lt_isnan")]
    internal static extern nint isnan(nint self);

    [DllImport(Library, EntryPoint = "lt_isinf")]
    internal static extern nint isinf(nint self);

    [DllImport(Library, EntryPoint = "lt_isfinite")]
    internal static extern nint isfinite(nint self);

    [DllImport(Library, EntryPoint = "lt_isposinf")]
    internal static extern nint isposinf(nint self);

    [DllImport(Library, EntryPoint = "lt_isneginf")]
    internal static extern nint isneginf(nint self);

    [DllImport(Library, EntryPoint = "lt_nan_to_num")]
    internal static extern nint nan_to_num(nint self, double nan, double posinf, double neginf);

    [DllImport(Library, EntryPoint = "lt_nan_to_num_")]
    internal static extern int nan_to_num_(nint self, double nan, double posinf, double neginf);

    [DllImport(Library, EntryPoint = "lt_logit")]
    internal static extern nint logit(nint self, double eps);

    [DllImport(Library, EntryPoint = "lt_logit_")]
    internal static extern int logit_(nint self, double eps);

    [DllImport(Library, EntryPoint = "lt_clamp")]
    internal static extern nint clamp(nint self, Number min, Number max);

    [DllImport(Library, EntryPoint = "lt_clamp_tensor")]
    internal static extern nint clamp_tensor(nint self, nint min, nint max);

    [DllImport(Library, EntryPoint = "lt_clamp_min")]
    internal static extern nint clamp_min(nint self, Number min);

    [DllImport(Library, EntryPoint = "lt_clamp_max")]
    internal static extern nint clamp_max(nint self, Number max);

    [DllImport(Library, EntryPoint = "lt_clamp_")]
    internal static extern int clamp_(nint self, Number min, Number max);

    [DllImport(Library, EntryPoint = "lt_clamp_tensor_")]
    internal static extern int clamp_tensor_(nint self, nint min, nint max);

    [DllImport(Library, EntryPoint = "lt_clamp_min_")]
    internal static extern int clamp_min_(nint self, Number min);

    [DllImport(Library, EntryPoint = "lt_clamp_max_")]
    internal static extern int clamp_max_(nint self, Number max);
}
