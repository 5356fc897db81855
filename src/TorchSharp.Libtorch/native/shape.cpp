// Shape, views and pieces.
#include "shim.h"

EXPORT(Handle) lt_reshape(Handle self, Ints shape)
{
    return tensor("reshape", {self}, [&] { return self->reshape(shape); });
}

EXPORT(Handle) lt_view(Handle self, Ints shape)
{
    return tensor("view", {self}, [&] { return self->view(at::IntArrayRef(shape)); });
}

EXPORT(Handle) lt_view_as(Handle self, Handle other)
{
    return tensor("view_as", {self, other}, [&] { return self->view_as(*other); });
}

EXPORT(Handle) lt_flatten(Handle self, int64_t start_dim, int64_t end_dim)
{
    return tensor("flatten", {self}, [&] { return self->flatten(start_dim, end_dim); });
}

EXPORT(Handle) lt_unflatten(Handle self, int64_t dim, Ints sizes)
{
    return tensor("unflatten", {self}, [&] { return self->unflatten(dim, at::IntArrayRef(sizes)); });
}

EXPORT(Handle) lt_squeeze(Handle self, int64_t dim)
{
    return tensor("squeeze", {self}, [&] { return maybe(dim) ? self->squeeze(*maybe(dim)) : self->squeeze(); });
}

EXPORT(int32_t) lt_squeeze_(Handle self, int64_t dim)
{
    return done("squeeze_", {self}, [&] { return maybe(dim) ? self->squeeze_(*maybe(dim)) : self->squeeze_(); });
}

EXPORT(Handle) lt_unsqueeze(Handle self, int64_t dim)
{
    return tensor("unsqueeze", {self}, [&] { return self->unsqueeze(dim); });
}

EXPORT(int32_t) lt_unsqueeze_(Handle self, int64_t dim)
{
    return done("unsqueeze_", {self}, [&] { return self->unsqueeze_(dim); });
}

UNARY(t)

EXPORT(Handle) lt_transpose(Handle self, int64_t dim0, int64_t dim1)
{
    return tensor("transpose", {self}, [&] { return self->transpose(dim0, dim1); });
}

EXPORT(int32_t) lt_transpose_(Handle self, int64_t dim0, int64_t dim1)
{
    return done("transpose_", {self}, [&] { return self->transpose_(dim0, dim1); });
}

EXPORT(Handle) lt_permute(Handle self, Ints permutation)
{
    return tensor("permute", {self}, [&] { return self->permute(permutation); });
}

EXPORT(Handle) lt_movedim(Handle self, Ints source, Ints destination)
{
    return tensor("movedim", {self}, [&] {
        return self->movedim(at::IntArrayRef(source), at::IntArrayRef(destination));
    });
}

EXPORT(Handle) lt_expand(Handle self, Ints sizes, bool isImplicit)
{
    return tensor("expand", {self}, [&] { return self->expand(sizes, isImplicit); });
}

EXPORT(Handle) lt_expand_as(Handle self, Handle other)
{
    return tensor("expand_as", {self, other}, [&] { return self->expand_as(*other); });
}

EXPORT(Handle) lt_broadcast_to(Handle self, Ints shape)
{
    return tensor("broadcast_to", {self}, [&] { return self->broadcast_to(shape); });
}

EXPORT(Handle) lt_repeat(Handle self, Ints sizes)
{
    return tensor("repeat", {self}, [&] { return self->repeat(sizes); });
}

EXPORT(Handle) lt_tile(Handle self, Ints reps)
{
    return tensor("tile", {self}, [&] { return self->tile(reps); });
}

EXPORT(Handle) lt_repeat_interleave(Handle self, Handle repeats, int64_t dim, int64_t output_size)
{
    return tensor("repeat_interleave", {self, repeats}, [&] {
        return self->repeat_interleave(*repeats, maybe(dim), maybe(output_size));
    });
}

EXPORT(Handle) lt_repeat_interleave_int(Handle self, int64_t repeats, int64_t dim, int64_t output_size)
{
    return tensor("repeat_interleave", {self}, [&] {
        return self->repeat_interleave(repeats, maybe(dim), maybe(output_size));
    });
}

EXPORT(Handle) lt_narrow(Handle self, int64_t dim, int64_t start, int64_t length)
{
    return tensor("narrow", {self}, [&] { return self->narrow(dim, start, length); });
}

EXPORT(Handle) lt_select(Handle self, int64_t dim, int64_t index)
{
    return tensor("select", {self}, [&] { return self->select(dim, index); });
}

EXPORT(Handle) lt_slice(Handle self, int64_t dim, int64_t start, int64_t finish, int64_t step)
{
    return tensor("slice", {self}, [&] { return at::slice(*self, dim, start, finish, step); });
}

EXPORT(Handle) lt_unfold(Handle self, int64_t dimension, int64_t size, int64_t step)
{
    return tensor("unfold", {self}, [&] { return self->unfold(dimension, size, step); });
}

EXPORT(int64_t) lt_split(Handle self, int64_t size, int64_t dim, Handle** results)
{
    return list("split", {self}, results, [&] { return self->split(size, dim); });
}

EXPORT(int64_t) lt_split_sizes(Handle self, Ints sizes, int64_t dim, Handle** results)
{
    return list("split", {self}, results, [&] { return self->split_with_sizes(at::IntArrayRef(sizes), dim); });
}

EXPORT(int64_t) lt_tensor_split(Handle self, int64_t size, int64_t dim, Handle** results)
{
    return list("tensor_split", {self}, results, [&] { return self->tensor_split(size, dim); });
}

EXPORT(int64_t) lt_chunk(Handle self, int64_t chunks, int64_t dim, Handle** results)
{
    return list("chunk", {self}, results, [&] { return self->chunk(chunks, dim); });
}

EXPORT(int64_t) lt_unbind(Handle self, int64_t dimension, Handle** results)
{
    return list("unbind", {self}, results, [&] { return self->unbind(dimension); });
}

EXPORT(Handle) lt_roll(Handle self, int64_t shifts, int64_t dims)
{
    return tensor("roll", {self}, [&] { return maybe(dims) ? self->roll(shifts, *maybe(dims)) : self->roll(shifts); });
}

EXPORT(Handle) lt_roll_dims(Handle self, Ints shifts, Ints dims)
{
    return tensor("roll", {self}, [&] { return self->roll(at::IntArrayRef(shifts), at::IntArrayRef(dims)); });
}

EXPORT(Handle) lt_flip(Handle self, Ints dims)
{
    return tensor("flip", {self}, [&] { return self->flip(dims); });
}

EXPORT(Handle) lt_tril(Handle self, int64_t diagonal)
{
    return tensor("tril", {self}, [&] { return self->tril(diagonal); });
}

EXPORT(int32_t) lt_tril_(Handle self, int64_t diagonal)
{
    return done("tril_", {self}, [&] { return self->tril_(diagonal); });
}

EXPORT(Handle) lt_triu(Handle self, int64_t diagonal)
{
    return tensor("triu", {self}, [&] { return self->triu(diagonal); });
}

EXPORT(int32_t) lt_triu_(Handle self, int64_t diagonal)
{
    return done("triu_", {self}, [&] { return self->triu_(diagonal); });
}

EXPORT(Handle) lt_diag(Handle self, int64_t diagonal)
{
    return tensor("diag", {self}, [&] { return self->diag(diagonal); });
}

EXPORT(Handle) lt_diagonal(Handle self, int64_t offset, int64_t dim1, int64_t dim2)
{
    return tensor("diagonal", {self}, [&] { return self->diagonal(offset, dim1, dim2); });
}

EXPORT(Handle) lt_diag_embed(Handle self, int64_t offset, int64_t dim1, int64_t dim2)
{
    return tensor("diag_embed", {self}, [&] { return self->diag_embed(offset, dim1, dim2); });
}

EXPORT(Handle) lt_as_strided(Handle self, Ints size, Ints strides, int64_t storageOffset)
{
    return tensor("as_strided", {self}, [&] {
        return self->as_strided(at::IntArrayRef(size), at::IntArrayRef(strides), storageOffset);
    });
}

UNARY(alias)
UNARY(ravel)

EXPORT(Handle) lt_atleast_1d(Handle self)
{
    return tensor("atleast_1d", {self}, [&] { return at::atleast_1d(*self); });
}

EXPORT(Handle) lt_atleast_2d(Handle self)
{
    return tensor("atleast_2d", {self}, [&] { return at::atleast_2d(*self); });
}

EXPORT(Handle) lt_atleast_3d(Handle self)
{
    return tensor("atleast_3d", {self}, [&] { return at::atleast_3d(*self); });
}
