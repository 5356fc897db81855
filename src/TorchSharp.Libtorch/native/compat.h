// The differences between libtorch 1.13 and 2.11, in one place.
#pragma once

#include <ATen/ATen.h>
#include <torch/version.h>

#include <optional>

#define TORCH_AT_LEAST(major, minor) \
    (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

// Fused attention, and the switches of its kernels, became public in 2.0.
#define HAS_FUSED_ATTENTION TORCH_AT_LEAST(2, 0)

namespace compat {

#if TORCH_AT_LEAST(2, 4)
template <class T>
using optional = std::optional<T>;
constexpr auto none = std::nullopt;
#else
template <class T>
using optional = c10::optional<T>;
constexpr auto none = c10::nullopt;
#endif

} // namespace compat
