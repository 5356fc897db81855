// The differences between libtorch 1.13 and 2.11, in one place.
#pragma once

#include <ATen/ATen.h>
#include <torch/version.h>

#include <optional>

#define TORCH_AT_LEAST(major, minor) \
    (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

// Fused attention became public in 2.0.
#define HAS_FUSED_ATTENTION TORCH_AT_LEAST(2, 0)
// Its switch for the memory-efficient kernel too.
#define HAS_ATTENTION_SWITCHES TORCH_AT_LEAST(2, 0)
// The accelerator hooks became a common interface, and lost getNumGPUs, in 2.6.
#define HAS_DEVICE_COUNT_HOOK TORCH_AT_LEAST(2, 6)

namespace compat {

#if TORCH_AT_LEAST(2, 4)
template <class T>
using optional = std::optional<T>;
constexpr auto none = std::nullopt;
using string_view_of_mode = std::string_view;
#else
template <class T>
using optional = c10::optional<T>;
constexpr auto none = c10::nullopt;
using string_view_of_mode = c10::string_view;
#endif

} // namespace compat
