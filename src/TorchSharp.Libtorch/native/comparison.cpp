// Comparisons and logic.
#include "shim.h"

EXPORT(Handle) lt_eq(Handle self, Handle target)
{
    return tensor("eq", {self, target}, [&] { return self->eq(*target); });
}

EXPORT(Handle) lt_eq_scalar(Handle self, Number target)
{
    return tensor("eq", {self}, [&] { return self->eq(target); });
}

EXPORT(int32_t) lt_eq_(Handle self, Handle target)
{
    return done("eq_", {self, target}, [&] { return self->eq_(*target); });
}

EXPORT(int32_t) lt_eq_scalar_(Handle self, Number target)
{
    return done("eq_", {self}, [&] { return self->eq_(target); });
}

EXPORT(Handle) lt_ne(Handle self, Handle target)
{
    return tensor("ne", {self, target}, [&] { return self->ne(*target); });
}

EXPORT(Handle) lt_ne_scalar(Handle self, Number target)
{
    return tensor("ne", {self}, [&] { return self->ne(target); });
}

EXPORT(int32_t) lt_ne_(Handle self, Handle target)
{
    return done("ne_", {self, target}, [&] { return self->ne_(*target); });
}

EXPORT(int32_t) lt_ne_scalar_(Handle self, Number target)
{
    return done("ne_", {self}, [&] { return self->ne_(target); });
}

EXPORT(Handle) lt_lt(Handle self, Handle target)
{
    return tensor("lt", {self, target}, [&] { return self->lt(*target); });
}

EXPORT(Handle) lt_lt_scalar(Handle self, Number target)
{
    return tensor("lt", {self}, [&] { return self->lt(target); });
}

EXPORT(int32_t) lt_lt_(Handle self, Handle target)
{
    return done("lt_", {self, target}, [&] { return self->lt_(*target); });
}

EXPORT(int32_t) lt_lt_scalar_(Handle self, Number target)
{
    return done("lt_", {self}, [&] { return self->lt_(target); });
}

EXPORT(Handle) lt_le(Handle self, Handle target)
{
    return tensor("le", {self, target}, [&] { return self->le(*target); });
}

EXPORT(Handle) lt_le_scalar(Handle self, Number target)
{
    return tensor("le", {self}, [&] { return self->le(target); });
}

EXPORT(int32_t) lt_le_(Handle self, Handle target)
{
    return done("le_", {self, target}, [&] { return self->le_(*target); });
}

EXPORT(int32_t) lt_le_scalar_(Handle self, Number target)
{
    return done("le_", {self}, [&] { return self->le_(target); });
}

EXPORT(Handle) lt_gt(Handle self, Handle target)
{
    return tensor("gt", {self, target}, [&] { return self->gt(*target); });
}

EXPORT(Handle) lt_gt_scalar(Handle self, Number target)
{
    return tensor("gt", {self}, [&] { return self->gt(target); });
}

EXPORT(int32_t) lt_gt_(Handle self, Handle target)
{
    return done("gt_", {self, target}, [&] { return self->gt_(*target); });
}

EXPORT(int32_t) lt_gt_scalar_(Handle self, Number target)
{
    return done("gt_", {self}, [&] { return self->gt_(target); });
}

EXPORT(Handle) lt_ge(Handle self, Handle target)
{
    return tensor("ge", {self, target}, [&] { return self->ge(*target); });
}

EXPORT(Handle) lt_ge_scalar(Handle self, Number target)
{
    return tensor("ge", {self}, [&] { return self->ge(target); });
}

EXPORT(int32_t) lt_ge_(Handle self, Handle target)
{
    return done("ge_", {self, target}, [&] { return self->ge_(*target); });
}

EXPORT(int32_t) lt_ge_scalar_(Handle self, Number target)
{
    return done("ge_", {self}, [&] { return self->ge_(target); });
}

EXPORT(Handle) lt_isclose(Handle self, Handle other, double rtol, double atol, bool nanEqual)
{
    return tensor("isclose", {self, other}, [&] { return at::isclose(*self, *other, rtol, atol, nanEqual); });
}

EXPORT(int32_t) lt_allclose(Handle self, Handle target, double rtol, double atol, bool equal_nan)
{
    return truth("allclose", {self, target}, [&] { return at::allclose(*self, *target, rtol, atol, equal_nan); });
}

EXPORT(Handle) lt_isin(Handle self, Handle test_elements, bool assumeUnique, bool invert)
{
    return tensor("isin", {self, test_elements}, [&] { return at::isin(*self, *test_elements, assumeUnique, invert); });
}

EXPORT(Handle) lt_logical_and(Handle self, Handle other)
{
    return tensor("logical_and", {self, other}, [&] { return self->logical_and(*other); });
}

EXPORT(Handle) lt_bitwise_and(Handle self, Handle other)
{
    return tensor("bitwise_and", {self, other}, [&] { return self->bitwise_and(*other); });
}

EXPORT(int32_t) lt_logical_and_(Handle self, Handle other)
{
    return done("logical_and_", {self, other}, [&] { return self->logical_and_(*other); });
}

EXPORT(int32_t) lt_bitwise_and_(Handle self, Handle other)
{
    return done("bitwise_and_", {self, other}, [&] { return self->bitwise_and_(*other); });
}

EXPORT(Handle) lt_logical_or(Handle self, Handle other)
{
    return tensor("logical_or", {self, other}, [&] { return self->logical_or(*other); });
}

EXPORT(Handle) lt_bitwise_or(Handle self, Handle other)
{
    return tensor("bitwise_or", {self, other}, [&] { return self->bitwise_or(*other); });
}

EXPORT(int32_t) lt_logical_or_(Handle self, Handle other)
{
    return done("logical_or_", {self, other}, [&] { return self->logical_or_(*other); });
}

EXPORT(int32_t) lt_bitwise_or_(Handle self, Handle other)
{
    return done("bitwise_or_", {self, other}, [&] { return self->bitwise_or_(*other); });
}

EXPORT(Handle) lt_logical_xor(Handle self, Handle other)
{
    return tensor("logical_xor", {self, other}, [&] { return self->logical_xor(*other); });
}

EXPORT(Handle) lt_bitwise_xor(Handle self, Handle other)
{
    return tensor("bitwise_xor", {self, other}, [&] { return self->bitwise_xor(*other); });
}

EXPORT(int32_t) lt_logical_xor_(Handle self, Handle other)
{
    return done("logical_xor_", {self, other}, [&] { return self->logical_xor_(*other); });
}

EXPORT(int32_t) lt_bitwise_xor_(Handle self, Handle other)
{
    return done("bitwise_xor_", {self, other}, [&] { return self->bitwise_xor_(*other); });
}
