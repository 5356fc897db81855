// Tensors out of nothing, out of the caller's memory, out of a file; lists of tensors joined.
#include "shim.h"

// fill: 0 whatever the memory holds, 1 zeros, 2 ones.
EXPORT(Handle) lt_filled(Ints size, int32_t fill, int32_t dtype, int32_t device_type, int32_t device_index, bool requires_grad)
{
    static const char* const names[] = {"empty", "zeros", "ones"};
    return tensor(names[fill], {}, [&] {
        at::TensorOptions place = options(dtype, device_type, device_index);
        at::Tensor result = fill == 0 ? at::empty(size, place) : fill == 1 ? at::zeros(size, place) : at::ones(size, place);
        return result.set_requires_grad(requires_grad);
    });
}

EXPORT(Handle) lt_full(Ints size, Number value, int32_t dtype, int32_t device_type, int32_t device_index, bool requires_grad)
{
    return tensor("full", {}, [&] {
        return at::full(size, value, options(dtype, device_type, device_index)).set_requires_grad(requires_grad);
    });
}

EXPORT(Handle) lt_empty_strided(Ints size, Ints strides, int32_t dtype, int32_t device_type, int32_t device_index, bool requires_grad)
{
    return tensor("empty_strided", {}, [&] {
        return at::empty_strided(at::IntArrayRef(size), at::IntArrayRef(strides), options(dtype, device_type, device_index))
            .set_requires_grad(requires_grad);
    });
}

EXPORT(Handle) lt_arange(Number start, Number stop, Number step, int32_t dtype, int32_t device_type, int32_t device_index, bool requires_grad)
{
    return tensor("arange", {}, [&] {
        return at::arange(start, stop, step, options(dtype, device_type, device_index)).set_requires_grad(requires_grad);
    });
}

EXPORT(Handle) lt_linspace(double start, double end, int64_t steps, int32_t dtype, int32_t device_type, int32_t device_index, bool requires_grad)
{
    return tensor("linspace", {}, [&] {
        return at::linspace(at::Scalar(start), at::Scalar(end), steps, options(dtype, device_type, device_index))
            .set_requires_grad(requires_grad);
    });
}

EXPORT(Handle) lt_eye(int64_t rows, int64_t columns, int32_t dtype, int32_t device_type, int32_t device_index, bool requires_grad)
{
    return tensor("eye", {}, [&] {
        return at::eye(rows, columns, options(dtype, device_type, device_index)).set_requires_grad(requires_grad);
    });
}

EXPORT(Handle) lt_rand(Ints size, bool normal, Generator generator, int32_t dtype, int32_t device_type, int32_t device_index, bool requires_grad)
{
    return tensor(normal ? "randn" : "rand", {}, [&] {
        at::TensorOptions place = options(dtype, device_type, device_index);
        at::Tensor result = normal ? at::randn(size, generator_of(generator), place) : at::rand(size, generator_of(generator), place);
        return result.set_requires_grad(requires_grad);
    });
}

EXPORT(Handle) lt_randint(int64_t low, int64_t high, Ints size, Generator generator, int32_t dtype, int32_t device_type, int32_t device_index, bool requires_grad)
{
    return tensor("randint", {}, [&] {
        return at::randint(low, high, at::IntArrayRef(size), generator_of(generator), options(dtype, device_type, device_index))
            .set_requires_grad(requires_grad);
    });
}

EXPORT(Handle) lt_randperm(int64_t n, Generator generator, int32_t dtype, int32_t device_type, int32_t device_index, bool requires_grad)
{
    return tensor("randperm", {}, [&] {
        return at::randperm(n, generator_of(generator), options(dtype, device_type, device_index)).set_requires_grad(requires_grad);
    });
}

EXPORT(Handle) lt_normal(Handle mean, Handle std, Generator generator)
{
    return tensor("normal", {mean, std}, [&] { return at::normal(*mean, *std, generator_of(generator)); });
}

// The caller's memory, copied.
EXPORT(Handle) lt_copied(const void* data, Ints size, int32_t dtype)
{
    return tensor("tensor", {}, [&] {
        at::TensorOptions type = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
        return at::from_blob(const_cast<void*>(data), at::IntArrayRef(size), type).clone();
    });
}

// The caller's memory, shared; release(context) is called when the last tensor on it goes.
EXPORT(Handle) lt_shared(void* data, Ints size, int32_t dtype, void (*release)(void*), void* context)
{
    return tensor("frombuffer", {}, [&] {
        at::TensorOptions type = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
        return at::from_blob(data, at::IntArrayRef(size), [release, context](void*) { release(context); }, type);
    });
}

// A file mapped into memory. shared: -1 as libtorch likes, 0 private, 1 written back.
EXPORT(Handle) lt_from_file(const char* path, int32_t shared, int64_t size, int32_t dtype)
{
    return tensor("from_file", {}, [&] {
        compat::optional<bool> written = shared < 0 ? compat::optional<bool>() : compat::optional<bool>(shared == 1);
        return at::from_file(path, written, size, at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)));
    });
}

EXPORT(Handle) lt_cat(const Handle* handles, int64_t count, int64_t dim)
{
    return tensor("cat", {count > 0 ? handles[0] : nullptr, count > 1 ? handles[1] : nullptr}, [&] {
        return at::cat(tensors(handles, count), dim);
    });
}

EXPORT(Handle) lt_stack(const Handle* handles, int64_t count, int64_t dim)
{
    return tensor("stack", {count > 0 ? handles[0] : nullptr, count > 1 ? handles[1] : nullptr}, [&] {
        return at::stack(tensors(handles, count), dim);
    });
}

EXPORT(Handle) lt_einsum(const char* equation, const Handle* handles, int64_t count)
{
    return tensor("einsum", {count > 0 ? handles[0] : nullptr, count > 1 ? handles[1] : nullptr}, [&] {
        return at::einsum(equation, tensors(handles, count));
    });
}

EXPORT(Handle) lt_block_diag(const Handle* handles, int64_t count)
{
    return tensor("block_diag", {}, [&] { return at::block_diag(tensors(handles, count)); });
}

EXPORT(int64_t) lt_broadcast_tensors(const Handle* handles, int64_t count, Handle** results)
{
    return list("broadcast_tensors", {}, results, [&] { return at::broadcast_tensors(tensors(handles, count)); });
}

EXPORT(int64_t) lt_meshgrid(const Handle* handles, int64_t count, bool matrix_order, Handle** results)
{
    return list("meshgrid", {}, results, [&] { return at::meshgrid(tensors(handles, count), matrix_order ? "ij" : "xy"); });
}

EXPORT(int64_t) lt_where_indices(Handle condition, Handle** results)
{
    return list("where", {condition}, results, [&] { return at::where(*condition); });
}

EXPORT(Handle) lt_searchsorted(Handle sorted, Handle values, bool narrow, bool right, Handle sorter)
{
    return tensor("searchsorted", {sorted, values, sorter}, [&] {
        return at::searchsorted(*sorted, *values, narrow, right, compat::none, maybe(sorter));
    });
}

EXPORT(Handle) lt_tril_indices(int64_t rows, int64_t columns, int64_t offset, bool lower, int32_t dtype, int32_t device_type, int32_t device_index)
{
    return tensor(lower ? "tril_indices" : "triu_indices", {}, [&] {
        at::TensorOptions place = options(dtype, device_type, device_index);
        return lower ? at::tril_indices(rows, columns, offset, place) : at::triu_indices(rows, columns, offset, place);
    });
}

EXPORT(Handle) lt_cdist(Handle x1, Handle x2, double p, int64_t mode)
{
    return tensor("cdist", {x1, x2}, [&] { return at::cdist(*x1, *x2, p, compat::optional<int64_t>(mode)); });
}

EXPORT(Handle) lt_number(Number value, int32_t dtype)
{
    return tensor("tensor", {}, [&] { return at::full({}, value, options(dtype, -1, -1)); });
}

// value - self and value / self.
EXPORT(Handle) lt_sub_reversed(Handle self, Number value)
{
    return tensor("rsub", {self}, [&] { return at::rsub(*self, static_cast<at::Scalar>(value)); });
}

EXPORT(Handle) lt_div_reversed(Handle self, Number value)
{
    return tensor("rdiv", {self}, [&] { return self->reciprocal() * static_cast<at::Scalar>(value); });
}
