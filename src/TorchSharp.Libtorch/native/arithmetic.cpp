// Elementwise arithmetic.
#include "shim.h"

EXPORT(Handle) lt_add(Handle self, Handle target)
{
    return tensor("add", {self, target}, [&] { return self->add(*target); });
}

EXPORT(Handle) lt_add_alpha(Handle self, Handle target, Number alpha)
{
    return tensor("add", {self, target}, [&] { return self->add(*target, alpha); });
}

EXPORT(Handle) lt_add_scalar(Handle self, Number scalar)
{
    return tensor("add", {self}, [&] { return self->add(scalar); });
}

EXPORT(Handle) lt_add_scalar_alpha(Handle self, Number scalar, Number alpha)
{
    return tensor("add", {self}, [&] { return self->add(scalar, alpha); });
}

EXPORT(Handle) lt_sub(Handle self, Handle target)
{
    return tensor("sub", {self, target}, [&] { return self->sub(*target); });
}

EXPORT(Handle) lt_sub_scalar(Handle self, Number target)
{
    return tensor("sub", {self}, [&] { return self->sub(target); });
}

EXPORT(Handle) lt_mul(Handle self, Handle target)
{
    return tensor("mul", {self, target}, [&] { return self->mul(*target); });
}

EXPORT(Handle) lt_mul_scalar(Handle self, Number target)
{
    return tensor("mul", {self}, [&] { return self->mul(target); });
}

EXPORT(Handle) lt_fmod(Handle self, Handle target)
{
    return tensor("fmod", {self, target}, [&] { return self->fmod(*target); });
}

EXPORT(Handle) lt_fmod_scalar(Handle self, Number scalar)
{
    return tensor("fmod", {self}, [&] { return self->fmod(scalar); });
}

EXPORT(Handle) lt_remainder(Handle self, Handle target)
{
    return tensor("remainder", {self, target}, [&] { return self->remainder(*target); });
}

EXPORT(Handle) lt_remainder_scalar(Handle self, Number scalar)
{
    return tensor("remainder", {self}, [&] { return self->remainder(scalar); });
}

EXPORT(Handle) lt_pow(Handle self, Handle exponent)
{
    return tensor("pow", {self, exponent}, [&] { return self->pow(*exponent); });
}

EXPORT(Handle) lt_pow_scalar(Handle self, Number exponent)
{
    return tensor("pow", {self}, [&] { return self->pow(exponent); });
}

EXPORT(Handle) lt_floor_divide(Handle self, Handle other)
{
    return tensor("floor_divide", {self, other}, [&] { return self->floor_divide(*other); });
}

EXPORT(Handle) lt_floor_divide_scalar(Handle self, Number other)
{
    return tensor("floor_divide", {self}, [&] { return self->floor_divide(other); });
}

EXPORT(Handle) lt_addcmul(Handle self, Handle tensor1, Handle tensor2, Number value)
{
    return tensor("addcmul", {self, tensor1, tensor2}, [&] { return self->addcmul(*tensor1, *tensor2, value); });
}

EXPORT(Handle) lt_addcdiv(Handle self, Handle tensor1, Handle tensor2, Number value)
{
    return tensor("addcdiv", {self, tensor1, tensor2}, [&] { return self->addcdiv(*tensor1, *tensor2, value); });
}

EXPORT(Handle) lt_lerp(Handle self, Handle end, Handle weight)
{
    return tensor("lerp", {self, end, weight}, [&] { return self->lerp(*end, *weight); });
}

EXPORT(Handle) lt_xlogy(Handle self, Handle y)
{
    return tensor("xlogy", {self, y}, [&] { return self->xlogy(*y); });
}

EXPORT(Handle) lt_atan2(Handle self, Handle other)
{
    return tensor("atan2", {self, other}, [&] { return self->atan2(*other); });
}

EXPORT(Handle) lt_div(Handle self, Handle target, int32_t rounding_mode)
{
    return tensor("div", {self, target}, [&] {
        return rounding_mode == 0 ? self->div(*target) : self->div(*target, rounding(rounding_mode));
    });
}

EXPORT(Handle) lt_div_scalar(Handle self, Number target, int32_t rounding_mode)
{
    return tensor("div", {self}, [&] {
        return rounding_mode == 0 ? self->div(target) : self->div(target, rounding(rounding_mode));
    });
}

EXPORT(int32_t) lt_add_(Handle self, Handle target)
{
    return done("add_", {self, target}, [&] { return self->add_(*target); });
}

EXPORT(int32_t) lt_add_alpha_(Handle self, Handle target, Number alpha)
{
    return done("add_", {self, target}, [&] { return self->add_(*target, alpha); });
}

EXPORT(int32_t) lt_add_scalar_(Handle self, Number scalar)
{
    return done("add_", {self}, [&] { return self->add_(scalar); });
}

EXPORT(int32_t) lt_add_scalar_alpha_(Handle self, Number scalar, Number alpha)
{
    return done("add_", {self}, [&] { return self->add_(scalar, alpha); });
}

EXPORT(int32_t) lt_sub_(Handle self, Handle target)
{
    return done("sub_", {self, target}, [&] { return self->sub_(*target); });
}

EXPORT(int32_t) lt_sub_scalar_(Handle self, Number target)
{
    return done("sub_", {self}, [&] { return self->sub_(target); });
}

EXPORT(int32_t) lt_mul_(Handle self, Handle target)
{
    return done("mul_", {self, target}, [&] { return self->mul_(*target); });
}

EXPORT(int32_t) lt_mul_scalar_(Handle self, Number target)
{
    return done("mul_", {self}, [&] { return self->mul_(target); });
}

EXPORT(int32_t) lt_fmod_(Handle self, Handle target)
{
    return done("fmod_", {self, target}, [&] { return self->fmod_(*target); });
}

EXPORT(int32_t) lt_fmod_scalar_(Handle self, Number scalar)
{
    return done("fmod_", {self}, [&] { return self->fmod_(scalar); });
}

EXPORT(int32_t) lt_remainder_(Handle self, Handle target)
{
    return done("remainder_", {self, target}, [&] { return self->remainder_(*target); });
}

EXPORT(int32_t) lt_remainder_scalar_(Handle self, Number scalar)
{
    return done("remainder_", {self}, [&] { return self->remainder_(scalar); });
}

EXPORT(int32_t) lt_pow_(Handle self, Handle exponent)
{
    return done("pow_", {self, exponent}, [&] { return self->pow_(*exponent); });
}

EXPORT(int32_t) lt_pow_scalar_(Handle self, Number exponent)
{
    return done("pow_", {self}, [&] { return self->pow_(exponent); });
}

EXPORT(int32_t) lt_floor_divide_(Handle self, Handle other)
{
    return done("floor_divide_", {self, other}, [&] { return self->floor_divide_(*other); });
}

EXPORT(int32_t) lt_floor_divide_scalar_(Handle self, Number other)
{
    return done("floor_divide_", {self}, [&] { return self->floor_divide_(other); });
}

EXPORT(int32_t) lt_addcmul_(Handle self, Handle tensor1, Handle tensor2, Number value)
{
    return done("addcmul_", {self, tensor1, tensor2}, [&] { return self->addcmul_(*tensor1, *tensor2, value); });
}

EXPORT(int32_t) lt_addcdiv_(Handle self, Handle tensor1, Handle tensor2, Number value)
{
    return done("addcdiv_", {self, tensor1, tensor2}, [&] { return self->addcdiv_(*tensor1, *tensor2, value); });
}

EXPORT(int32_t) lt_lerp_(Handle self, Handle end, Handle weight)
{
    return done("lerp_", {self, end, weight}, [&] { return self->lerp_(*end, *weight); });
}

EXPORT(int32_t) lt_xlogy_(Handle self, Handle y)
{
    return done("xlogy_", {self, y}, [&] { return self->xlogy_(*y); });
}

EXPORT(int32_t) lt_atan2_(Handle self, Handle other)
{
    return done("atan2_", {self, other}, [&] { return self->atan2_(*other); });
}

EXPORT(int32_t) lt_div_(Handle self, Handle target, int32_t rounding_mode)
{
    return done("div_", {self, target}, [&] {
        return rounding_mode == 0 ? self->div_(*target) : self->div_(*target, rounding(rounding_mode));
    });
}

EXPORT(int32_t) lt_div_scalar_(Handle self, Number target, int32_t rounding_mode)
{
    return done("div_", {self}, [&] {
        return rounding_mode == 0 ? self->div_(target) : self->div_(target, rounding(rounding_mode));
    });
}

EXPORT(Handle) lt_hypot(Handle self, Handle other)
{
    return tensor("hypot", {self, other}, [&] { return self->hypot(*other); });
}

EXPORT(Handle) lt_logaddexp(Handle self, Handle other)
{
    return tensor("logaddexp", {self, other}, [&] { return at::logaddexp(*self, *other); });
}

EXPORT(Handle) lt_maximum(Handle self, Handle other)
{
    return tensor("maximum", {self, other}, [&] { return at::maximum(*self, *other); });
}

EXPORT(Handle) lt_minimum(Handle self, Handle other)
{
    return tensor("minimum", {self, other}, [&] { return at::minimum(*self, *other); });
}

EXPORT(Handle) lt_fmax(Handle self, Handle other)
{
    return tensor("fmax", {self, other}, [&] { return at::fmax(*self, *other); });
}

EXPORT(Handle) lt_fmin(Handle self, Handle other)
{
    return tensor("fmin", {self, other}, [&] { return at::fmin(*self, *other); });
}
