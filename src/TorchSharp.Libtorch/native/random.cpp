// Random and filled tensors of the same shape.
#include "shim.h"

EXPORT(Handle) lt_bernoulli(Handle self, Generator generator)
{
    return tensor("bernoulli", {self}, [&] { return self->bernoulli(generator_of(generator)); });
}

EXPORT(Handle) lt_multinomial(Handle self, int64_t num_samples, bool replacement, Generator generator)
{
    return tensor("multinomial", {self}, [&] {
        return self->multinomial(num_samples, replacement, generator_of(generator));
    });
}

EXPORT(int32_t) lt_bernoulli_(Handle self, double p, Generator generator)
{
    return done("bernoulli_", {self}, [&] { return self->bernoulli_(p, generator_of(generator)); });
}

EXPORT(int32_t) lt_bernoulli_tensor_(Handle self, Handle p, Generator generator)
{
    return done("bernoulli_", {self, p}, [&] { return self->bernoulli_(*p, generator_of(generator)); });
}

EXPORT(int32_t) lt_exponential_(Handle self, double lambda, Generator generator)
{
    return done("exponential_", {self}, [&] { return self->exponential_(lambda, generator_of(generator)); });
}

EXPORT(int32_t) lt_normal_(Handle self, double mean, double std, Generator generator)
{
    return done("normal_", {self}, [&] { return self->normal_(mean, std, generator_of(generator)); });
}

EXPORT(int32_t) lt_random_(Handle self, double from, double to, Generator generator)
{
    return done("random_", {self}, [&] { return self->random_((int64_t)from, (int64_t)to, generator_of(generator)); });
}

EXPORT(int32_t) lt_uniform_(Handle self, double from, double to, Generator generator)
{
    return done("uniform_", {self}, [&] { return self->uniform_(from, to, generator_of(generator)); });
}

EXPORT(Handle) lt_rand_like(Handle self, int32_t dtype, int32_t device_type, int32_t device_index, bool requires_grad)
{
    return tensor("rand_like", {self}, [&] {
        return at::rand_like(*self, options_like(*self, dtype, device_type, device_index)).set_requires_grad(requires_grad);
    });
}

EXPORT(Handle) lt_randn_like(Handle self, int32_t dtype, int32_t device_type, int32_t device_index, bool requires_grad)
{
    return tensor("randn_like", {self}, [&] {
        return at::randn_like(*self, options_like(*self, dtype, device_type, device_index)).set_requires_grad(requires_grad);
    });
}

EXPORT(Handle) lt_zeros_like(Handle self, int32_t dtype, int32_t device_type, int32_t device_index, bool requires_grad)
{
    return tensor("zeros_like", {self}, [&] {
        return at::zeros_like(*self, options_like(*self, dtype, device_type, device_index)).set_requires_grad(requires_grad);
    });
}

EXPORT(Handle) lt_ones_like(Handle self, int32_t dtype, int32_t device_type, int32_t device_index, bool requires_grad)
{
    return tensor("ones_like", {self}, [&] {
        return at::ones_like(*self, options_like(*self, dtype, device_type, device_index)).set_requires_grad(requires_grad);
    });
}

EXPORT(Handle) lt_empty_like(Handle self, int32_t dtype, int32_t device_type, int32_t device_index, bool requires_grad)
{
    return tensor("empty_like", {self}, [&] {
        return at::empty_like(*self, options_like(*self, dtype, device_type, device_index)).set_requires_grad(requires_grad);
    });
}

EXPORT(Handle) lt_full_like(Handle self, Number value, int32_t dtype, int32_t device_type, int32_t device_index, bool requires_grad)
{
    return tensor("full_like", {self}, [&] {
        return at::full_like(*self, value, options_like(*self, dtype, device_type, device_index)).set_requires_grad(requires_grad);
    });
}

EXPORT(Handle) lt_randint_like(Handle self, int64_t low, int64_t high, int32_t dtype, int32_t device_type, int32_t device_index, bool requires_grad)
{
    return tensor("randint_like", {self}, [&] {
        return at::randint_like(*self, low, high, options_like(*self, dtype, device_type, device_index)).set_requires_grad(requires_grad);
    });
}
