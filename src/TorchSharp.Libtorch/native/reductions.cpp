// Reductions and scans.
#include "shim.h"

EXPORT(Handle) lt_sum(Handle self, int32_t type)
{
    return tensor("sum", {self}, [&] { return self->sum(dtype_of(type)); });
}

EXPORT(Handle) lt_sum_dims(Handle self, Ints dim, bool keepdim, int32_t type)
{
    return tensor("sum", {self}, [&] { return self->sum(dim, keepdim, dtype_of(type)); });
}

EXPORT(Handle) lt_sum_dim(Handle self, int64_t dim, bool keepdim, int32_t type)
{
    return tensor("sum", {self}, [&] { return self->sum(dim, keepdim, dtype_of(type)); });
}

UNARY(mean)

EXPORT(Handle) lt_mean_dims(Handle self, Ints dimensions, bool keepdim, int32_t type)
{
    return tensor("mean", {self}, [&] { return self->mean(dimensions, keepdim, dtype_of(type)); });
}

EXPORT(Handle) lt_prod(Handle self, int32_t type)
{
    return tensor("prod", {self}, [&] { return self->prod(dtype_of(type)); });
}

EXPORT(Handle) lt_prod_dim(Handle self, int64_t dim, bool keepdim, int32_t type)
{
    return tensor("prod", {self}, [&] { return self->prod(dim, keepdim, dtype_of(type)); });
}

EXPORT(Handle) lt_std(Handle self, bool unbiased)
{
    return tensor("std", {self}, [&] { return self->std(unbiased); });
}

EXPORT(Handle) lt_std_dims(Handle self, Ints dimensions, bool unbiased, bool keepdim, int32_t type)
{
    return tensor("std", {self}, [&] { return cast(self->std(at::IntArrayRef(dimensions), unbiased, keepdim), type); });
}

EXPORT(Handle) lt_std_dim(Handle self, int64_t dim, bool unbiased, bool keepdim, int32_t type)
{
    return tensor("std", {self}, [&] { return cast(self->std(at::IntArrayRef({dim}), unbiased, keepdim), type); });
}

EXPORT(Handle) lt_var(Handle self, bool unbiased)
{
    return tensor("var", {self}, [&] { return self->var(unbiased); });
}

EXPORT(Handle) lt_var_dims(Handle self, Ints dimensions, bool unbiased, bool keepdim, int32_t type)
{
    return tensor("var", {self}, [&] { return cast(self->var(at::IntArrayRef(dimensions), unbiased, keepdim), type); });
}

EXPORT(Handle) lt_var_dim(Handle self, int64_t dim, bool unbiased, bool keepdim, int32_t type)
{
    return tensor("var", {self}, [&] { return cast(self->var(at::IntArrayRef({dim}), unbiased, keepdim), type); });
}

EXPORT(Handle) lt_norm(Handle self, double p)
{
    return tensor("norm", {self}, [&] { return self->norm(p); });
}

EXPORT(Handle) lt_norm_dim(Handle self, int64_t dim, bool keepdim, double p)
{
    return tensor("norm", {self}, [&] { return self->norm(at::Scalar(p), dim, keepdim); });
}

EXPORT(Handle) lt_dist(Handle self, Handle other, double p)
{
    return tensor("dist", {self, other}, [&] { return self->dist(*other, p); });
}

EXPORT(Handle) lt_amax(Handle self, Ints dims, bool keepdim, Handle out)
{
    return tensor("amax", {self, out}, [&] {
        return out == nullptr ? at::amax(*self, dims, keepdim) : at::amax_out(*out, *self, dims, keepdim);
    });
}

EXPORT(Handle) lt_amin(Handle self, Ints dims, bool keepdim, Handle out)
{
    return tensor("amin", {self, out}, [&] {
        return out == nullptr ? at::amin(*self, dims, keepdim) : at::amin_out(*out, *self, dims, keepdim);
    });
}

UNARY(max)

EXPORT(int32_t) lt_max_dim(Handle self, int64_t dim, bool keepdim, Handle* results)
{
    return several("max", {self}, results, [&] { return self->max(dim, keepdim); });
}

UNARY(min)

EXPORT(int32_t) lt_min_dim(Handle self, int64_t dim, bool keepdim, Handle* results)
{
    return several("min", {self}, results, [&] { return self->min(dim, keepdim); });
}

UNARY(argmax)

EXPORT(Handle) lt_argmax_dim(Handle self, int64_t dim, bool keepdim)
{
    return tensor("argmax", {self}, [&] { return self->argmax(dim, keepdim); });
}

UNARY(argmin)

EXPORT(Handle) lt_argmin_dim(Handle self, int64_t dim, bool keepdim)
{
    return tensor("argmin", {self}, [&] { return self->argmin(dim, keepdim); });
}

UNARY(all)

EXPORT(Handle) lt_all_dim(Handle self, int64_t dim, bool keepdim)
{
    return tensor("all", {self}, [&] { return self->all(dim, keepdim); });
}

UNARY(any)

EXPORT(Handle) lt_any_dim(Handle self, int64_t dim, bool keepdim)
{
    return tensor("any", {self}, [&] { return self->any(dim, keepdim); });
}

EXPORT(Handle) lt_logsumexp(Handle self, int64_t dim, bool keepdim)
{
    return tensor("logsumexp", {self}, [&] { return self->logsumexp(dim, keepdim); });
}

UNARY(median)

EXPORT(int32_t) lt_mode(Handle self, int64_t dim, bool keepdim, Handle* results)
{
    return several("mode", {self}, results, [&] { return self->mode(dim, keepdim); });
}

UNARY(nansum)

EXPORT(Handle) lt_quantile(Handle self, Handle q, int64_t dim, bool keepdim)
{
    return tensor("quantile", {self, q}, [&] { return self->quantile(*q, dim, keepdim); });
}

EXPORT(Handle) lt_count_nonzero(Handle self, Ints dims)
{
    return tensor("count_nonzero", {self}, [&] {
        return dims.data == nullptr ? self->count_nonzero() : self->count_nonzero(dims);
    });
}

EXPORT(Handle) lt_cumsum(Handle self, int64_t dim, int32_t type)
{
    return tensor("cumsum", {self}, [&] { return self->cumsum(dim, dtype_of(type)); });
}

EXPORT(Handle) lt_cumprod(Handle self, int64_t dim, int32_t type)
{
    return tensor("cumprod", {self}, [&] { return self->cumprod(dim, dtype_of(type)); });
}

EXPORT(Handle) lt_logcumsumexp(Handle self, int64_t dim)
{
    return tensor("logcumsumexp", {self}, [&] { return self->logcumsumexp(dim); });
}

EXPORT(int32_t) lt_std_mean(Handle self, bool unbiased, Handle* results)
{
    return several("std_mean", {self}, results, [&] { return at::std_mean(*self, unbiased); });
}

EXPORT(int32_t) lt_var_mean(Handle self, bool unbiased, Handle* results)
{
    return several("var_mean", {self}, results, [&] { return at::var_mean(*self, unbiased); });
}

UNARY(trace)

EXPORT(Handle) lt_diff(Handle self, int64_t n, int64_t dim, Handle prepend, Handle append)
{
    return tensor("diff", {self, prepend, append}, [&] {
        return at::diff(*self, n, dim, maybe(prepend), maybe(append));
    });
}
