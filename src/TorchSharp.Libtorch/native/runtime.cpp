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
    static const std::string path = [] {
        void* address = dlsym(RTLD_DEFAULT, "sgemm_");
        Dl_info info{};
        return address != nullptr && dladdr(address, &info) != 0 && info.dli_fname != nullptr ? std::string(info.dli_fname) : std::string();
    }();
    return path.c_str();
}

// libtorch's own account of how it was built.
EXPORT(const char*) lt_build_description()
{
    static const std::string text = at::show_config();
    return text.c_str();
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

EXPORT(int32_t) lt_get_num_threads() { return at::get_num_threads(); }
EXPORT(int32_t) lt_get_num_interop_threads() { return at::get_num_interop_threads(); }

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
    try {
        at::Device device = device_of(device_type, device_index);
        if (device.is_cpu()) {
            return new at::Generator(at::detail::createCPUGenerator(seed));
        }
        return new at::Generator(at::globalContext().defaultGenerator(device).clone());
    } catch (...) {
        record_failure("Generator", {});
        return nullptr;
    }
}

EXPORT(Generator) lt_generator_default()
{
    try {
        return new at::Generator(at::detail::getDefaultCPUGenerator());
    } catch (...) {
        record_failure("Generator", {});
        return nullptr;
    }
}

EXPORT(void) lt_generator_delete(Generator generator) { delete generator; }

EXPORT(int32_t) lt_generator_seed(Generator generator, int64_t seed)
{
    return done("manual_seed", {}, [&] {
        std::lock_guard<std::mutex> lock(generator->mutex());
        generator->set_current_seed(static_cast<uint64_t>(seed));
    });
}

EXPORT(int64_t) lt_generator_current_seed(Generator generator) { return static_cast<int64_t>(generator->current_seed()); }

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
    try {
        return at::hasCUDA();
    } catch (...) {
        return false;
    }
}

EXPORT(int32_t) lt_cuda_device_count()
{
    try {
        if (!at::hasCUDA()) {
            return 0;
        }
        return static_cast<int32_t>(c10::impl::VirtualGuardImpl(at::kCUDA).deviceCount());
    } catch (...) {
        return 0;
    }
}

EXPORT(bool) lt_cudnn_available()
{
    try {
        return at::hasCUDA() && at::detail::getCUDAHooks().hasCuDNN();
    } catch (...) {
        return false;
    }
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

// Waits for everything queued on a device (-1: the current one). The event of a stream after which nothing runs.
EXPORT(int32_t) lt_cuda_synchronize(int32_t index)
{
    return done("cuda.synchronize", {}, [&] {
        c10::impl::VirtualGuardImpl devices(at::kCUDA);
        at::Device device = index < 0 ? devices.getDevice() : at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index));
#if TORCH_AT_LEAST(2, 5)
        devices.synchronizeDevice(device.index());
#else
        at::empty({1}, at::TensorOptions().device(device).dtype(at::kFloat)).zero_().item();
#endif
    });
}

EXPORT(bool) lt_allow_tf32() { return at::globalContext().allowTF32CuBLAS(); }

EXPORT(int32_t) lt_set_allow_tf32(bool value)
{
    return done("allow_tf32", {}, [&] { at::globalContext().setAllowTF32CuBLAS(value); });
}

#if HAS_ATTENTION_SWITCHES
EXPORT(bool) lt_flash_enabled() { return at::globalContext().userEnabledFlashSDP(); }
EXPORT(bool) lt_math_enabled() { return at::globalContext().userEnabledMathSDP(); }
EXPORT(void) lt_set_flash(bool value) { at::globalContext().setSDPUseFlash(value); }
EXPORT(void) lt_set_math(bool value) { at::globalContext().setSDPUseMath(value); }
#else
// Without fused attention there is only the composed one.
EXPORT(bool) lt_flash_enabled() { return false; }
EXPORT(bool) lt_math_enabled() { return true; }
EXPORT(void) lt_set_flash(bool) {}
EXPORT(void) lt_set_math(bool) {}
#endif
