// Elementwise functions.
#include "shim.h"

UNARY(abs)
IN_PLACE(abs_)
UNARY(ceil)
IN_PLACE(ceil_)
UNARY(floor)
IN_PLACE(floor_)
UNARY(trunc)
IN_PLACE(trunc_)
UNARY(frac)
IN_PLACE(frac_)
UNARY(exp)
IN_PLACE(exp_)
UNARY(exp2)
IN_PLACE(exp2_)
UNARY(expm1)
IN_PLACE(expm1_)
UNARY(log)
IN_PLACE(log_)
UNARY(log2)
IN_PLACE(log2_)
UNARY(log10)
IN_PLACE(log10_)
UNARY(log1p)
IN_PLACE(log1p_)
UNARY(sqrt)
IN_PLACE(sqrt_)
UNARY(rsqrt)
IN_PLACE(rsqrt_)
UNARY(reciprocal)
IN_PLACE(reciprocal_)
UNARY(neg)
IN_PLACE(neg_)
UNARY(sign)
IN_PLACE(sign_)
UNARY(sin)
IN_PLACE(sin_)
UNARY(cos)
IN_PLACE(cos_)
UNARY(tan)
IN_PLACE(tan_)
UNARY(asin)
IN_PLACE(asin_)
UNARY(acos)
IN_PLACE(acos_)
UNARY(atan)
IN_PLACE(atan_)
UNARY(sinh)
IN_PLACE(sinh_)
UNARY(cosh)
IN_PLACE(cosh_)
UNARY(tanh)
IN_PLACE(tanh_)
UNARY(erf)
IN_PLACE(erf_)
UNARY(erfc)
IN_PLACE(erfc_)
UNARY(erfinv)
IN_PLACE(erfinv_)
UNARY(lgamma)
IN_PLACE(lgamma_)
UNARY(digamma)
IN_PLACE(digamma_)
UNARY(sigmoid)
IN_PLACE(sigmoid_)
UNARY(logical_not)
IN_PLACE(logical_not_)
UNARY(bitwise_not)
IN_PLACE(bitwise_not_)
UNARY(square)

EXPORT(Handle) lt_round(Handle self, int64_t decimals)
{
    return tensor("round", {self}, [&] { return self->round(decimals); });
}

EXPORT(int32_t) lt_round_(Handle self, int64_t decimals)
{
    return done("round_", {self}, [&] { return self->round_(decimals); });
}

UNARY(isnan)
UNARY(isinf)
UNARY(isfinite)
UNARY(isposinf)
UNARY(isneginf)

EXPORT(Handle) lt_nan_to_num(Handle self, double nan, double posinf, double neginf)
{
    return tensor("nan_to_num", {self}, [&] { return self->nan_to_num(nan, maybe(posinf), maybe(neginf)); });
}

EXPORT(int32_t) lt_nan_to_num_(Handle self, double nan, double posinf, double neginf)
{
    return done("nan_to_num_", {self}, [&] { return self->nan_to_num_(nan, maybe(posinf), maybe(neginf)); });
}

EXPORT(Handle) lt_logit(Handle self, double eps)
{
    return tensor("logit", {self}, [&] { return self->logit(maybe(eps)); });
}

EXPORT(int32_t) lt_logit_(Handle self, double eps)
{
    return done("logit_", {self}, [&] { return self->logit_(maybe(eps)); });
}

EXPORT(Handle) lt_clamp(Handle self, Number min, Number max)
{
    return tensor("clamp", {self}, [&] { return self->clamp(maybe(min), maybe(max)); });
}

EXPORT(Handle) lt_clamp_tensor(Handle self, Handle min, Handle max)
{
    return tensor("clamp", {self, min, max}, [&] { return self->clamp(maybe(min), maybe(max)); });
}

EXPORT(Handle) lt_clamp_min(Handle self, Number min)
{
    return tensor("clamp_min", {self}, [&] { return self->clamp_min(min); });
}

EXPORT(Handle) lt_clamp_max(Handle self, Number max)
{
    return tensor("clamp_max", {self}, [&] { return self->clamp_max(max); });
}

EXPORT(int32_t) lt_clamp_(Handle self, Number min, Number max)
{
    return done("clamp_", {self}, [&] { return self->clamp_(maybe(min), maybe(max)); });
}

EXPORT(int32_t) lt_clamp_tensor_(Handle self, Handle min, Handle max)
{
    return done("clamp_", {self, min, max}, [&] { return self->clamp_(maybe(min), maybe(max)); });
}

EXPORT(int32_t) lt_clamp_min_(Handle self, Number min)
{
    return done("clamp_min_", {self}, [&] { return self->clamp_min_(min); });
}

EXPORT(int32_t) lt_clamp_max_(Handle self, Number max)
{
    return done("clamp_max_", {self}, [&] { return self->clamp_max_(max); });
}
