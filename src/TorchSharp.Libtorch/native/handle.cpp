// One tensor: its life, its description, its data.
#include "shim.h"

#include <ATen/TensorIndexing.h>

#include <cstring>

EXPORT(void) lt_delete(Handle self)
{
    try {
        delete self;
    } catch (...) {
        // A destructor that throws must not take the process with it.
    }
}

EXPORT(int64_t) lt_dim(Handle self)
{
    return value_or<int64_t>(0, [&] { return self->dim(); });
}

EXPORT(int64_t) lt_numel(Handle self)
{
    return value_or<int64_t>(0, [&] { return self->numel(); });
}

EXPORT(int64_t) lt_element_size(Handle self)
{
    return value_or<int64_t>(0, [&] { return static_cast<int64_t>(self->element_size()); });
}

EXPORT(int32_t) lt_dtype(Handle self)
{
    return value_or(-1, [&] { return static_cast<int32_t>(self->scalar_type()); });
}

EXPORT(int32_t) lt_device_type(Handle self)
{
    return value_or(-1, [&] { return static_cast<int32_t>(self->device().type()); });
}

EXPORT(int32_t) lt_device_index(Handle self)
{
    return value_or(-1, [&] { return static_cast<int32_t>(self->device().index()); });
}

EXPORT(bool) lt_is_sparse(Handle self)
{
    return value_or(false, [&] { return self->is_sparse(); });
}

EXPORT(bool) lt_requires_grad(Handle self)
{
    return value_or(false, [&] { return self->requires_grad(); });
}

EXPORT(bool) lt_is_contiguous(Handle self)
{
    return value_or(false, [&] { return self->is_contiguous(); });
}

EXPORT(int32_t) lt_sizes(Handle self, int64_t* sizes)
{
    return done("size", {self}, [&] {
        for (int64_t size : self->sizes()) {
            *sizes++ = size;
        }
    });
}

EXPORT(int32_t) lt_strides(Handle self, int64_t* strides)
{
    return done("stride", {self}, [&] {
        for (int64_t stride : self->strides()) {
            *strides++ = stride;
        }
    });
}

EXPORT(int32_t) lt_size(Handle self, int64_t dim, int64_t* result)
{
    return done("size", {self}, [&] { *result = self->size(dim); });
}

EXPORT(int32_t) lt_stride(Handle self, int64_t dim, int64_t* result)
{
    return done("stride", {self}, [&] { *result = self->stride(dim); });
}

EXPORT(int32_t) lt_storage_offset(Handle self, int64_t* result)
{
    return done("storage_offset", {self}, [&] { *result = self->storage_offset(); });
}

EXPORT(int32_t) lt_is_leaf(Handle self)
{
    return truth("is_leaf", {self}, [&] { return self->is_leaf(); });
}

EXPORT(int32_t) lt_set_requires_grad(Handle self, bool value)
{
    return done("requires_grad", {self}, [&] { self->set_requires_grad(value); });
}

// The address of the first element; null where there is none or the call failed (then status is 1).
EXPORT(void*) lt_data(Handle self, int32_t* status)
{
    void* address = nullptr;
    *status = done("data", {self}, [&] { address = self->data_ptr(); });
    return address;
}

// The only element: kind 0 an integer, 1 a floating-point number, 2 a boolean.
EXPORT(int32_t) lt_item(Handle self, Number* result)
{
    return done("item", {self}, [&] {
        at::Scalar value = self->item();
        if (value.isBoolean()) {
            *result = Number{value.to<bool>() ? 1 : 0, kBoolean};
        } else if (value.isIntegral(false)) {
            *result = Number{value.to<int64_t>(), kInteger};
        } else {
            double number = value.to<double>();
            result->kind = kFloating;
            std::memcpy(&result->bits, &number, sizeof number);
        }
    });
}

EXPORT(Handle) lt_to(Handle self, int32_t dtype, int32_t device_type, int32_t device_index, bool non_blocking, bool copy)
{
    return tensor("to", {self}, [&] {
        at::ScalarType type = dtype < 0 ? self->scalar_type() : static_cast<at::ScalarType>(dtype);
        at::Device device = device_type < 0 ? self->device() : device_of(device_type, device_index);
        return self->to(device, type, non_blocking, copy);
    });
}

// One entry of an index: kind 0 a position, 1 a slice, 2 a new dimension, 3 the ellipsis, 4 a tensor, 5 a boolean.
struct IndexEntry {
    int64_t kind;
    int64_t start;
    int64_t stop;
    int64_t step;
    Handle tensor;
};

namespace {

std::vector<at::indexing::TensorIndex> entries_of(const IndexEntry* entries, int64_t count)
{
    using namespace at::indexing;
    std::vector<TensorIndex> result;
    result.reserve(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
        const IndexEntry& entry = entries[i];
        switch (entry.kind) {
        case 0:
            result.emplace_back(entry.start);
            break;
        case 1:
            result.emplace_back(Slice(maybe(entry.start), maybe(entry.stop), maybe(entry.step)));
            break;
        case 2:
            result.emplace_back(None);
            break;
        case 3:
            result.emplace_back(Ellipsis);
            break;
        case 4:
            result.emplace_back(*entry.tensor);
            break;
        default:
            result.emplace_back(entry.start != 0);
            break;
        }
    }
    return result;
}

} // namespace

EXPORT(Handle) lt_index(Handle self, const IndexEntry* entries, int64_t count)
{
    return tensor("index", {self}, [&] { return self->index(entries_of(entries, count)); });
}

EXPORT(int32_t) lt_index_set(Handle self, const IndexEntry* entries, int64_t count, Handle value)
{
    return done("index_put_", {self, value}, [&] { self->index_put_(entries_of(entries, count), *value); });
}

EXPORT(int32_t) lt_index_set_scalar(Handle self, const IndexEntry* entries, int64_t count, Number value)
{
    return done("index_put_", {self}, [&] { self->index_put_(entries_of(entries, count), static_cast<at::Scalar>(value)); });
}

EXPORT(int32_t) lt_index_put(Handle self, const Handle* indices, int64_t count, Handle value, bool accumulate)
{
    return done("index_put_", {self, value}, [&] {
        c10::List<compat::optional<at::Tensor>> places;
        for (int64_t i = 0; i < count; ++i) {
            places.push_back(maybe(indices[i]));
        }
        self->index_put_(places, *value, accumulate);
    });
}

// Whether two tensors have the same shape and elements.
EXPORT(int32_t) lt_same(Handle self, Handle other)
{
    return truth("equal", {self, other}, [&] { return self->equal(*other); });
}
