// What every file of the shim shares: the types that cross the border and the guards around each call.
// Nothing throws through C: a failed call leaves its message in a thread-local string and returns a null
// handle, -1 or 1, as its guard says.
#pragma once

#include "compat.h"

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#define EXPORT(type) extern "C" __attribute__((visibility("default"))) type

using Handle = at::Tensor*;
using Generator = at::Generator*;

// A Scalar: the bits of a double, an integer or a boolean, and which of them (-1: absent).
struct Number {
    int64_t bits;
    int64_t kind;

    operator at::Scalar() const;
};

// A list of integers that the caller owns.
struct Ints {
    const int64_t* data;
    int64_t size;

    operator at::IntArrayRef() const { return at::IntArrayRef(data, static_cast<size_t>(size)); }
};

enum NumberKind : int64_t { kAbsent = -1, kInteger = 0, kFloating = 1, kBoolean = 2 };

compat::optional<at::Scalar> maybe(Number value);

inline compat::optional<int64_t> maybe(int64_t value)
{
    return value == std::numeric_limits<int64_t>::min() ? compat::optional<int64_t>() : compat::optional<int64_t>(value);
}

inline compat::optional<double> maybe(double value)
{
    return std::isnan(value) ? compat::optional<double>() : compat::optional<double>(value);
}

inline compat::optional<at::Tensor> maybe(Handle value)
{
    return value == nullptr ? compat::optional<at::Tensor>() : compat::optional<at::Tensor>(*value);
}

inline compat::optional<at::ScalarType> dtype_of(int32_t code)
{
    return code < 0 ? compat::optional<at::ScalarType>() : compat::optional<at::ScalarType>(static_cast<at::ScalarType>(code));
}

inline compat::optional<at::Generator> generator_of(Generator generator)
{
    return generator == nullptr ? compat::optional<at::Generator>() : compat::optional<at::Generator>(*generator);
}

// libtorch's name of a rounding other than none (0).
inline const char* rounding(int32_t mode) { return mode == 1 ? "trunc" : "floor"; }

inline at::Tensor cast(const at::Tensor& value, int32_t type)
{
    return type < 0 ? value : value.to(static_cast<at::ScalarType>(type));
}

at::Device device_of(int32_t type, int32_t index);
at::TensorOptions options(int32_t dtype, int32_t device_type, int32_t device_index);
at::TensorOptions options_like(const at::Tensor& self, int32_t dtype, int32_t device_type, int32_t device_index);
std::vector<at::Tensor> tensors(const Handle* handles, int64_t count);

// The operands of a call, named in its error message.
using Operands = std::initializer_list<const at::Tensor*>;

// Records the exception in flight: the operator's name, the operands' shapes, libtorch's first line.
void record_failure(const char* op, Operands operands) noexcept;

// A handle for a result; null for an undefined tensor.
inline Handle handle_of(at::Tensor&& value) { return value.defined() ? new at::Tensor(std::move(value)) : nullptr; }
inline Handle handle_of(const at::Tensor& value) { return value.defined() ? new at::Tensor(value) : nullptr; }

// A call whose result is a tensor; null where it failed.
template <class F>
Handle tensor(const char* op, Operands operands, F call) noexcept
{
    try {
        return handle_of(call());
    } catch (...) {
        record_failure(op, operands);
        return nullptr;
    }
}

// A call without a result; 1 where it failed.
template <class F>
int32_t done(const char* op, Operands operands, F call) noexcept
{
    try {
        call();
        return 0;
    } catch (...) {
        record_failure(op, operands);
        return 1;
    }
}

// A call whose result is a boolean; -1 where it failed.
template <class F>
int32_t truth(const char* op, Operands operands, F call) noexcept
{
    try {
        return call() ? 1 : 0;
    } catch (...) {
        record_failure(op, operands);
        return -1;
    }
}

// A value read, or another one where that failed.
template <class T, class F>
T value_or(T otherwise, F call) noexcept
{
    try {
        return call();
    } catch (...) {
        record_failure("libtorch", {});
        return otherwise;
    }
}

// A call whose results are a tuple of tensors; 1 where it failed.
template <class F>
int32_t several(const char* op, Operands operands, Handle* results, F call) noexcept
{
    try {
        std::apply([&](auto&&... value) { ((*results++ = handle_of(value)), ...); }, call());
        return 0;
    } catch (...) {
        record_failure(op, operands);
        return 1;
    }
}

// Handles for a list of tensors, in memory of this thread that lasts until its next such call.
int64_t keep_list(const std::vector<at::Tensor>& values, Handle** results);

// A call whose result is a list of tensors; -1 where it failed.
template <class F>
int64_t list(const char* op, Operands operands, Handle** results, F call) noexcept
{
    try {
        return keep_list(call(), results);
    } catch (...) {
        record_failure(op, operands);
        return -1;
    }
}

#define UNARY(op) \
    EXPORT(Handle) lt_##op(Handle self) { return tensor(#op, {self}, [&] { return self->op(); }); }

#define IN_PLACE(op) \
    EXPORT(int32_t) lt_##op(Handle self) { return done(#op, {self}, [&] { self->op(); }); }
