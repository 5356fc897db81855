// Errors, arguments and lists.
#include "shim.h"

#include <cstring>
#include <sstream>

namespace {

thread_local std::string last_error;
thread_local std::vector<Handle> last_list;

// libtorch's message without its C++ backtrace.
std::string first_line(const char* message)
{
    const char* end = std::strchr(message, '\n');
    return end == nullptr ? std::string(message) : std::string(message, end);
}

std::string reason() noexcept
{
    try {
        throw;
    } catch (const c10::Error& error) {
        return first_line(error.what_without_backtrace());
    } catch (const std::exception& error) {
        return first_line(error.what());
    } catch (...) {
        return "an unknown C++ exception";
    }
}

} // namespace

void record_failure(const char* op, Operands operands) noexcept
{
    try {
        std::string why = reason();
        std::ostringstream text;
        text << op;
        const char* separator = " of ";
        for (const at::Tensor* operand : operands) {
            if (operand == nullptr) {
                continue;
            }
            text << separator;
            if (operand->defined()) {
                text << operand->scalar_type() << operand->sizes();
            } else {
                text << "undefined";
            }
            separator = ", ";
        }
        text << ": " << why;
        last_error = text.str();
    } catch (...) {
        last_error.clear();
        last_error += op;
    }
}

Number::operator at::Scalar() const
{
    switch (kind) {
    case kInteger:
        return at::Scalar(bits);
    case kBoolean:
        return at::Scalar(bits != 0);
    case kFloating: {
        double value;
        std::memcpy(&value, &bits, sizeof value);
        return at::Scalar(value);
    }
    default:
        throw std::invalid_argument("a number is missing");
    }
}

compat::optional<at::Scalar> maybe(Number value)
{
    return value.kind == kAbsent ? compat::optional<at::Scalar>() : compat::optional<at::Scalar>(static_cast<at::Scalar>(value));
}

at::Device device_of(int32_t type, int32_t index)
{
    return at::Device(static_cast<at::DeviceType>(type), static_cast<at::DeviceIndex>(index));
}

at::TensorOptions options(int32_t dtype, int32_t device_type, int32_t device_index)
{
    at::TensorOptions result;
    if (dtype >= 0) {
        result = result.dtype(static_cast<at::ScalarType>(dtype));
    }
    if (device_type >= 0) {
        result = result.device(device_of(device_type, device_index));
    }
    return result;
}

at::TensorOptions options_like(const at::Tensor& self, int32_t dtype, int32_t device_type, int32_t device_index)
{
    at::TensorOptions result = self.options().requires_grad(compat::none);
    if (dtype >= 0) {
        result = result.dtype(static_cast<at::ScalarType>(dtype));
    }
    if (device_type >= 0) {
        result = result.device(device_of(device_type, device_index));
    }
    return result;
}

std::vector<at::Tensor> tensors(const Handle* handles, int64_t count)
{
    std::vector<at::Tensor> result;
    result.reserve(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
        result.push_back(handles[i] == nullptr ? at::Tensor() : *handles[i]);
    }
    return result;
}

int64_t keep_list(const std::vector<at::Tensor>& values, Handle** results)
{
    last_list.clear();
    last_list.reserve(values.size());
    for (const at::Tensor& value : values) {
        last_list.push_back(handle_of(value));
    }
    *results = last_list.data();
    return static_cast<int64_t>(values.size());
}

// Why the last failed call of this thread failed.
EXPORT(const char*) lt_last_error() { return last_error.c_str(); }
