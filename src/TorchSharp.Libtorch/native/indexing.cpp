// Selection and scattering.
#include "shim.h"

EXPORT(Handle) lt_index_select(Handle self, int64_t dim, Handle index)
{
    return tensor("index_select", {self, index}, [&] { return self->index_select(dim, *index); });
}

EXPORT(Handle) lt_take(Handle self, Handle index)
{
    return tensor("take", {self, index}, [&] { return self->take(*index); });
}

EXPORT(Handle) lt_take_along_dim(Handle self, Handle indices)
{
    return tensor("take_along_dim", {self, indices}, [&] { return self->take_along_dim(*indices); });
}

EXPORT(Handle) lt_take_along_dim_dim(Handle self, Handle indices, int64_t dim)
{
    return tensor("take_along_dim", {self, indices}, [&] {
        return self->take_along_dim(*indices, compat::optional<int64_t>(dim));
    });
}

EXPORT(Handle) lt_gather(Handle self, int64_t dim, Handle index)
{
    return tensor("gather", {self, index}, [&] { return self->gather(dim, *index); });
}

EXPORT(Handle) lt_scatter(Handle self, int64_t dim, Handle index, Handle src)
{
    return tensor("scatter", {self, index, src}, [&] { return self->scatter(dim, *index, *src); });
}

EXPORT(Handle) lt_scatter_add(Handle self, int64_t dim, Handle index, Handle src)
{
    return tensor("scatter_add", {self, index, src}, [&] { return self->scatter_add(dim, *index, *src); });
}

EXPORT(Handle) lt_index_add(Handle self, int64_t dim, Handle index, Handle source, Number alpha)
{
    return tensor("index_add", {self, index, source}, [&] { return self->index_add(dim, *index, *source, alpha); });
}

EXPORT(Handle) lt_index_copy(Handle self, int64_t dim, Handle index, Handle source)
{
    return tensor("index_copy", {self, index, source}, [&] { return self->index_copy(dim, *index, *source); });
}

EXPORT(Handle) lt_index_fill(Handle self, int64_t dim, Handle index, Number value)
{
    return tensor("index_fill", {self, index}, [&] { return self->index_fill(dim, *index, value); });
}

EXPORT(Handle) lt_masked_fill(Handle self, Handle mask, Number value)
{
    return tensor("masked_fill", {self, mask}, [&] { return self->masked_fill(*mask, value); });
}

EXPORT(Handle) lt_masked_scatter(Handle self, Handle mask, Handle value)
{
    return tensor("masked_scatter", {self, mask, value}, [&] { return self->masked_scatter(*mask, *value); });
}

EXPORT(int32_t) lt_scatter_(Handle self, int64_t dim, Handle index, Handle src)
{
    return done("scatter_", {self, index, src}, [&] { return self->scatter_(dim, *index, *src); });
}

EXPORT(int32_t) lt_scatter_add_(Handle self, int64_t dim, Handle index, Handle src)
{
    return done("scatter_add_", {self, index, src}, [&] { return self->scatter_add_(dim, *index, *src); });
}

EXPORT(int32_t) lt_index_add_(Handle self, int64_t dim, Handle index, Handle source, Number alpha)
{
    return done("index_add_", {self, index, source}, [&] { return self->index_add_(dim, *index, *source, alpha); });
}

EXPORT(int32_t) lt_index_copy_(Handle self, int64_t dim, Handle index, Handle source)
{
    return done("index_copy_", {self, index, source}, [&] { return self->index_copy_(dim, *index, *source); });
}

EXPORT(int32_t) lt_index_fill_(Handle self, int64_t dim, Handle index, Number value)
{
    return done("index_fill_", {self, index}, [&] { return self->index_fill_(dim, *index, value); });
}

EXPORT(int32_t) lt_masked_fill_(Handle self, Handle mask, Number value)
{
    return done("masked_fill_", {self, mask}, [&] { return self->masked_fill_(*mask, value); });
}

EXPORT(int32_t) lt_masked_scatter_(Handle self, Handle mask, Handle value)
{
    return done("masked_scatter_", {self, mask, value}, [&] { return self->masked_scatter_(*mask, *value); });
}

EXPORT(Handle) lt_masked_select(Handle self, Handle mask)
{
    return tensor("masked_select", {self, mask}, [&] { return self->masked_select(*mask); });
}

EXPORT(Handle) lt_where(Handle self, Handle condition, Handle y)
{
    return tensor("where", {self, condition, y}, [&] { return at::where(*condition, *self, *y); });
}

EXPORT(Handle) lt_select_scatter(Handle self, Handle src, int64_t dim, int64_t index)
{
    return tensor("select_scatter", {self, src}, [&] { return at::select_scatter(*self, *src, dim, index); });
}

EXPORT(Handle) lt_slice_scatter(Handle self, Handle src, int64_t dim, int64_t start, int64_t end, int64_t step)
{
    return tensor("slice_scatter", {self, src}, [&] {
        return at::slice_scatter(*self, *src, dim, maybe(start), maybe(end), step);
    });
}

EXPORT(Handle) lt_diagonal_scatter(Handle self, Handle src, int64_t offset, int64_t dim1, int64_t dim2)
{
    return tensor("diagonal_scatter", {self, src}, [&] { return at::diagonal_scatter(*self, *src, offset, dim1, dim2); });
}
