// Sorting, searching and counting.
#include "shim.h"

EXPORT(int32_t) lt_sort(Handle self, int64_t dim, bool descending, bool stable, Handle* results)
{
    return several("sort", {self}, results, [&] { return self->sort(compat::optional<bool>(stable), dim, descending); });
}

EXPORT(Handle) lt_argsort(Handle self, int64_t dim, bool descending)
{
    return tensor("argsort", {self}, [&] { return self->argsort(dim, descending); });
}

EXPORT(int32_t) lt_topk(Handle self, int64_t k, int64_t dim, bool largest, bool sorted, Handle* results)
{
    return several("topk", {self}, results, [&] { return self->topk(k, dim, largest, sorted); });
}

EXPORT(int32_t) lt_kthvalue(Handle self, int64_t k, int64_t dim, bool keepdim, Handle* results)
{
    return several("kthvalue", {self}, results, [&] { return self->kthvalue(k, maybe(dim).value_or(-1), keepdim); });
}

UNARY(msort)

EXPORT(int32_t) lt_unique(Handle self, bool sorted, bool return_inverse, bool return_counts, int64_t dim, Handle* results)
{
    return several("unique", {self}, results, [&] {
        return maybe(dim) ? at::unique_dim(*self, *maybe(dim), sorted, return_inverse, return_counts) : at::_unique2(*self, sorted, return_inverse, return_counts);
    });
}

EXPORT(Handle) lt_bincount(Handle self, Handle weights, int64_t minlength)
{
    return tensor("bincount", {self, weights}, [&] { return self->bincount(maybe(weights), minlength); });
}

EXPORT(Handle) lt_bucketize(Handle self, Handle boundaries, bool outInt32, bool right)
{
    return tensor("bucketize", {self, boundaries}, [&] { return at::bucketize(*self, *boundaries, outInt32, right); });
}

UNARY(nonzero)
UNARY(argwhere)
