// The machine: threads, random generators, versions, CUDA, the memory allocator.
#include "shim.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <dlfcn.h>
#include <malloc.h>

#include <cstdlib>
#include <mutex>

EXPORT(const char*) lt_version() { return TORCH_VERSION; }

// Where the matrix product comes from: a path, or an empty string where libtorch carries its own.
EXPORT(const char*) lt_blas_path()
{
    return value_or("", [] {
        static const std::string path = [] {
            void* address = dlsym(RTLD_DEFAULT, "sgemm_");
            Dl_info info{};
            bool found = address != nullptr && dladdr(address, &info) != 0 && info.dli_fname != nullptr;
            return found ? std::string(info.dli_fname) : std::string();
        }();
        return path.c_str();
    });
}

// libtorch's own account of how it was built.
EXPORT(const char*) lt_build_description()
{
    return value_or("", [] {
        static const std::string text = at::show_config();
        return text.c_str();
    });
}

// Freed tensors stay with the allocator, up to half a gigabyte at the end of its heap, instead of being unmapped and
// then mapped and cleared again by the kernel: measured, 6 to 10 times faster for elementwise results of 4 to 64 MB.
EXPORT(void) lt_keep_large_blocks()
{
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
    mallopt(M_TOP_PAD, 64 << 20);
#endif
}

EXPORT(int32_t) lt_get_num_threads()
{
    return value_or(1, [] { return at::get_num_threads(); });
}

EXPORT(int32_t) lt_get_num_interop_threads()
{
    return value_or(1, [] { return at::get_num_interop_threads(); });
}

EXPORT(int32_t) lt_set_num_threads(int32_t count)
{
    return done("set_num_threads", {}, [&] { at::set_num_threads(count); });
}

EXPORT(int32_t) lt_set_num_interop_threads(int32_t count)
{
    return done("set_num_interop_threads", {}, [&] { at::set_num_interop_threads(count); });
}

EXPORT(int32_t) lt_manual_seed(int64_t seed)
{
    return done("manual_seed", {}, [&] { at::manual_seed(static_cast<uint64_t>(seed)); });
}

// A generator of its own, or the default one of a device.
EXPORT(Generator) lt_generator_new(uint64_t seed, int32_t device_type, int32_t device_index)
{
    return value_or<Generator>(nullptr, [&] {
        at::Device device = device_of(device_type, device_index);
        if (device.is_cpu()) {
            return new at::Generator(at::detail::createCPUGenerator(seed));
        }
        auto* generator = new at::Generator(at::globalContext().defaultGenerator(device).clone());
        generator->set_current_seed(seed);
        return generator;
    });
}

EXPORT(Generator) lt_generator_default()
{
    return value_or<Generator>(nullptr, [] { return new at::Generator(at::detail::getDefaultCPUGenerator()); });
}

EXPORT(void) lt_generator_delete(Generator generator)
{
    value_or(0, [&] { delete generator; return 0; });
}

EXPORT(int32_t) lt_generator_seed(Generator generator, int64_t seed)
{
    return done("manual_seed", {}, [&] {
        std::lock_guard<std::mutex> lock(generator->mutex());
        generator->set_current_seed(static_cast<uint64_t>(seed));
    });
}

EXPORT(int64_t) lt_generator_current_seed(Generator generator)
{
    return value_or<int64_t>(0, [&] { return static_cast<int64_t>(generator->current_seed()); });
}

EXPORT(Handle) lt_generator_state(Generator generator)
{
    return tensor("get_state", {}, [&] {
        std::lock_guard<std::mutex> lock(generator->mutex());
        return generator->get_state();
    });
}

EXPORT(int32_t) lt_generator_set_state(Generator generator, Handle state)
{
    return done("set_state", {state}, [&] {
        std::lock_guard<std::mutex> lock(generator->mutex());
        generator->set_state(*state);
    });
}

EXPORT(bool) lt_cuda_available()
{
    return value_or(false, [] { return at::hasCUDA(); });
}

EXPORT(int32_t) lt_cuda_device_count()
{
    return value_or(0, [] { return at::hasCUDA() ? static_cast<int32_t>(c10::impl::VirtualGuardImpl(at::kCUDA).deviceCount()) : 0; });
}

EXPORT(bool) lt_cudnn_available()
{
    return value_or(false, [] { return at::hasCUDA() && at::detail::getCUDAHooks().hasCuDNN(); });
}

EXPORT(int32_t) lt_cuda_manual_seed(int64_t seed, bool all)
{
    return done("cuda.manual_seed", {}, [&] {
        if (!at::hasCUDA()) {
            return;
        }
        c10::impl::VirtualGuardImpl devices(at::kCUDA);
        at::DeviceIndex first = all ? at::DeviceIndex(0) : devices.getDevice().index();
        at::DeviceIndex end = all ? devices.deviceCount() : static_cast<at::DeviceIndex>(first + 1);
        for (at::DeviceIndex index = first; index < end; ++index) {
            at::Generator generator = at::globalContext().defaultGenerator(at::Device(at::kCUDA, index));
            std::lock_guard<std::mutex> lock(generator.mutex());
            generator.set_current_seed(static_cast<uint64_t>(seed));
        }
    });
}

// Waits for everything queued on a device (-1: the current one).
EXPORT(int32_t) lt_cuda_synchronize(int32_t index)
{
    return done("cuda.synchronize", {}, [&] {
        TORCH_CHECK(at::hasCUDA(), "CUDA is not available");
        at::DeviceIndex device = static_cast<at::DeviceIndex>(index);
        at::detail::getCUDAHooks().deviceSynchronize(index < 0 ? c10::impl::VirtualGuardImpl(at::kCUDA).getDevice().index() : device);
    });
}

EXPORT(bool) lt_allow_tf32()
{
    return value_or(false, [] { return at::globalContext().allowTF32CuBLAS(); });
}

EXPORT(int32_t) lt_set_allow_tf32(bool value)
{
    return done("allow_tf32", {}, [&] { at::globalContext().setAllowTF32CuBLAS(value); });
}

#if HAS_FUSED_ATTENTION
EXPORT(bool) lt_flash_enabled()
{
    return value_or(false, [] { return at::globalContext().userEnabledFlashSDP(); });
}

EXPORT(bool) lt_math_enabled()
{
    return value_or(true, [] { return at::globalContext().userEnabledMathSDP(); });
}

EXPORT(int32_t) lt_set_flash(bool value)
{
    return done("enable_flash_sdp", {}, [&] { at::globalContext().setSDPUseFlash(value); });
}

EXPORT(int32_t) lt_set_math(bool value)
{
    return done("enable_math_sdp", {}, [&] { at::globalContext().setSDPUseMath(value); });
}
#else
// Without fused attention there is only the composed one.
EXPORT(bool) lt_flash_enabled() { return false; }
EXPORT(bool) lt_math_enabled() { return true; }
EXPORT(int32_t) lt_set_flash(bool) { return 0; }
EXPORT(int32_t) lt_set_math(bool) { return 0; }
#endif
