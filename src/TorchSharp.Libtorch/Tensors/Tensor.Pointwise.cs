using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Elementwise functions.
    public partial class Tensor
    {
        /// <summary>The absolute value of each element.</summary>
        public Tensor abs() => Create(Native.abs(Handle), this);

        /// <summary>The absolute value of each element, in place.</summary>
        public Tensor abs_() => InPlace(Native.abs_(Handle));

        /// <summary>Each element rounded up.</summary>
        public Tensor ceil() => Create(Native.ceil(Handle), this);

        /// <summary>Each element rounded up, in place.</summary>
        public Tensor ceil_() => InPlace(Native.ceil_(Handle));

        /// <summary>Each element rounded down.</summary>
        public Tensor floor() => Create(Native.floor(Handle), this);

        /// <summary>Each element rounded down, in place.</summary>
        public Tensor floor_() => InPlace(Native.floor_(Handle));

        /// <summary>Each element rounded towards zero.</summary>
        public Tensor trunc() => Create(Native.trunc(Handle), this);

        /// <summary>Each element rounded towards zero, in place.</summary>
        public Tensor trunc_() => InPlace(Native.trunc_(Handle));

        /// <summary>The fractional part of each element.</summary>
        public Tensor frac() => Create(Native.frac(Handle), this);

        /// <summary>The fractional part of each element, in place.</summary>
        public Tensor frac_() => InPlace(Native.frac_(Handle));

        /// <summary>The exponential of each element.</summary>
        public Tensor exp() => Create(Native.exp(Handle), this);

        /// <summary>The exponential of each element, in place.</summary>
        public Tensor exp_() => InPlace(Native.exp_(Handle));

        /// <summary>Two to the power of each element.</summary>
        public Tensor exp2() => Create(Native.exp2(Handle), this);

        /// <summary>Two to the power of each element, in place.</summary>
        public Tensor exp2_() => InPlace(Native.exp2_(Handle));

        /// <summary>exp(x) - 1 of each element, exact near zero.</summary>
        public Tensor expm1() => Create(Native.expm1(Handle), this);

        /// <summary>exp(x) - 1 of each element, exact near zero, in place.</summary>
        public Tensor expm1_() => InPlace(Native.expm1_(Handle));

        /// <summary>The natural logarithm of each element.</summary>
        public Tensor log() => Create(Native.log(Handle), this);

        /// <summary>The natural logarithm of each element, in place.</summary>
        public Tensor log_() => InPlace(Native.log_(Handle));

        /// <summary>The base-2 logarithm of each element.</summary>
        public Tensor log2() => Create(Native.log2(Handle), this);

        /// <summary>The base-2 logarithm of each element, in place.</summary>
        public Tensor log2_() => InPlace(Native.log2_(Handle));

        /// <summary>The base-10 logarithm of each element.</summary>
        public Tensor log10() => Create(Native.log10(Handle), this);

        /// <summary>The base-10 logarithm of each element, in place.</summary>
        public Tensor log10_() => InPlace(Native.log10_(Handle));

        /// <summary>log(1 + x) of each element, exact near zero.</summary>
        public Tensor log1p() => Create(Native.log1p(Handle), this);

        /// <summary>log(1 + x) of each element, exact near zero, in place.</summary>
        public Tensor log1p_() => InPlace(Native.log1p_(Handle));

        /// <summary>The square root of each element.</summary>
        public Tensor sqrt() => Create(Native.sqrt(Handle), this);

        /// <summary>The square root of each element, in place.</summary>
        public Tensor sqrt_() => InPlace(Native.sqrt_(Handle));

        /// <summary>The reciprocal of the square root of each element.</summary>
        public Tensor rsqrt() => Create(Native.rsqrt(Handle), this);

        /// <summary>The reciprocal of the square root of each element, in place.</summary>
        public Tensor rsqrt_() => InPlace(Native.rsqrt_(Handle));

        /// <summary>The reciprocal of each element.</summary>
        public Tensor reciprocal() => Create(Native.reciprocal(Handle), this);

        /// <summary>The reciprocal of each element, in place.</summary>
        public Tensor reciprocal_() => InPlace(Native.reciprocal_(Handle));

        /// <summary>The negative of each element.</summary>
        public Tensor neg() => Create(Native.neg(Handle), this);

        /// <summary>The negative of each element, in place.</summary>
        public Tensor neg_() => InPlace(Native.neg_(Handle));

        /// <summary>The sign of each element: -1, 0 or 1.</summary>
        public Tensor sign() => Create(Native.sign(Handle), this);

        /// <summary>The sign of each element: -1, 0 or 1, in place.</summary>
        public Tensor sign_() => InPlace(Native.sign_(Handle));

        /// <summary>The sine of each element.</summary>
        public Tensor sin() => Create(Native.sin(Handle), this);

        /// <summary>The sine of each element, in place.</summary>
        public Tensor sin_() => InPlace(Native.sin_(Handle));

        /// <summary>The cosine of each element.</summary>
        public Tensor cos() => Create(Native.cos(Handle), this);

        /// <summary>The cosine of each element, in place.</summary>
        public Tensor cos_() => InPlace(Native.cos_(Handle));

        /// <summary>The tangent of each element.</summary>
        public Tensor tan() => Create(Native.tan(Handle), this);

        /// <summary>The tangent of each element, in place.</summary>
        public Tensor tan_() => InPlace(Native.tan_(Handle));

        /// <summary>The inverse sine of each element.</summary>
        public Tensor asin() => Create(Native.asin(Handle), this);

        /// <summary>The inverse sine of each element, in place.</summary>
        public Tensor asin_() => InPlace(Native.asin_(Handle));

        /// <summary>The inverse cosine of each element.</summary>
        public Tensor acos() => Create(Native.acos(Handle), this);

        /// <summary>The inverse cosine of each element, in place.</summary>
        public Tensor acos_() => InPlace(Native.acos_(Handle));

        /// <summary>The inverse tangent of each element.</summary>
        public Tensor atan() => Create(Native.atan(Handle), this);

        /// <summary>The inverse tangent of each element, in place.</summary>
        public Tensor atan_() => InPlace(Native.atan_(Handle));

        /// <summary>The hyperbolic sine of each element.</summary>
        public Tensor sinh() => Create(Native.sinh(Handle), this);

        /// <summary>The hyperbolic sine of each element, in place.</summary>
        public Tensor sinh_() => InPlace(Native.sinh_(Handle));

        /// <summary>The hyperbolic cosine of each element.</summary>
        public Tensor cosh() => Create(Native.cosh(Handle), this);

        /// <summary>The hyperbolic cosine of each element, in place.</summary>
        public Tensor cosh_() => InPlace(Native.cosh_(Handle));

        /// <summary>The hyperbolic tangent of each element.</summary>
        public Tensor tanh() => Create(Native.tanh(Handle), this);

        /// <summary>The hyperbolic tangent of each element, in place.</summary>
        public Tensor tanh_() => InPlace(Native.tanh_(Handle));

        /// <summary>The error function of each element.</summary>
        public Tensor erf() => Create(Native.erf(Handle), this);

        /// <summary>The error function of each element, in place.</summary>
        public Tensor erf_() => InPlace(Native.erf_(Handle));

        /// <summary>The complementary error function of each element.</summary>
        public Tensor erfc() => Create(Native.erfc(Handle), this);

        /// <summary>The complementary error function of each element, in place.</summary>
        public Tensor erfc_() => InPlace(Native.erfc_(Handle));

        /// <summary>The inverse error function of each element.</summary>
        public Tensor erfinv() => Create(Native.erfinv(Handle), this);

        /// <summary>The inverse error function of each element, in place.</summary>
        public Tensor erfinv_() => InPlace(Native.erfinv_(Handle));

        /// <summary>The logarithm of the gamma function at each element.</summary>
        public Tensor lgamma() => Create(Native.lgamma(Handle), this);

        /// <summary>The logarithm of the gamma function at each element, in place.</summary>
        public Tensor lgamma_() => InPlace(Native.lgamma_(Handle));

        /// <summary>The derivative of lgamma at each element.</summary>
        public Tensor digamma() => Create(Native.digamma(Handle), this);

        /// <summary>The derivative of lgamma at each element, in place.</summary>
        public Tensor digamma_() => InPlace(Native.digamma_(Handle));

        /// <summary>1 / (1 + exp(-x)) of each element.</summary>
        public Tensor sigmoid() => Create(Native.sigmoid(Handle), this);

        /// <summary>1 / (1 + exp(-x)) of each element, in place.</summary>
        public Tensor sigmoid_() => InPlace(Native.sigmoid_(Handle));

        /// <summary>Whether each element is zero.</summary>
        public Tensor logical_not() => Create(Native.logical_not(Handle), this);

        /// <summary>Whether each element is zero, in place.</summary>
        public Tensor logical_not_() => InPlace(Native.logical_not_(Handle));

        /// <summary>The bitwise complement of each element.</summary>
        public Tensor bitwise_not() => Create(Native.bitwise_not(Handle), this);

        /// <summary>The bitwise complement of each element, in place.</summary>
        public Tensor bitwise_not_() => InPlace(Native.bitwise_not_(Handle));

        /// <summary>The square of each element.</summary>
        public Tensor square() => Create(Native.square(Handle), this);

        /// <summary>Each element rounded to a number of decimals, halves to even.</summary>
        public Tensor round(long decimals = 0) => Create(Native.round(Handle, decimals), this);

        /// <summary>Each element rounded to a number of decimals, in place.</summary>
        public Tensor round_(long decimals = 0) => InPlace(Native.round_(Handle, decimals));

        /// <summary>The same as abs.</summary>
        public Tensor absolute() => abs();

        /// <summary>The same as abs_.</summary>
        public Tensor absolute_() => abs_();

        /// <summary>The same as neg.</summary>
        public Tensor negative() => neg();

        /// <summary>The same as trunc.</summary>
        public Tensor fix() => trunc();

        /// <summary>The same as trunc_.</summary>
        public Tensor fix_() => trunc_();

        /// <summary>Whether each element is not a number.</summary>
        public Tensor isnan() => Create(Native.isnan(Handle), this);

        /// <summary>Whether each element is infinite.</summary>
        public Tensor isinf() => Create(Native.isinf(Handle), this);

        /// <summary>Whether each element is finite.</summary>
        public Tensor isfinite() => Create(Native.isfinite(Handle), this);

        /// <summary>Whether each element is plus infinity.</summary>
        public Tensor isposinf() => Create(Native.isposinf(Handle), this);

        /// <summary>Whether each element is minus infinity.</summary>
        public Tensor isneginf() => Create(Native.isneginf(Handle), this);
    }
}
