// Gradients and the modes that switch them.
#include "shim.h"

#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

EXPORT(bool) lt_grad_enabled()
{
    return value_or(true, [] { return c10::GradMode::is_enabled(); });
}

EXPORT(int32_t) lt_set_grad_enabled(bool value)
{
    return done("set_grad_enabled", {}, [&] { c10::GradMode::set_enabled(value); });
}

EXPORT(bool) lt_inference_enabled()
{
    return value_or(false, [] { return c10::InferenceMode::is_enabled(); });
}

// Enters or leaves inference mode; the guard is to be handed to lt_inference_leave on the same thread.
EXPORT(void*) lt_inference_enter(bool value)
{
    return value_or<void*>(nullptr, [&] { return new c10::InferenceMode(value); });
}

EXPORT(void) lt_inference_leave(void* guard)
{
    value_or(0, [&] { delete static_cast<c10::InferenceMode*>(guard); return 0; });
}

EXPORT(int32_t) lt_grad(Handle self, Handle* result)
{
    return done("grad", {self}, [&] { *result = handle_of(self->grad()); });
}

EXPORT(int32_t) lt_set_grad(Handle self, Handle value)
{
    return done("grad", {self, value}, [&] { self->mutable_grad() = value == nullptr ? at::Tensor() : *value; });
}

EXPORT(int32_t) lt_retain_grad(Handle self)
{
    return done("retain_grad", {self}, [&] { self->retain_grad(); });
}

EXPORT(int64_t) lt_autograd_grad(
    const Handle* outputs, int64_t output_count,
    const Handle* inputs, int64_t input_count,
    const Handle* gradients, int64_t gradient_count,
    bool retain_graph, bool create_graph, bool allow_unused, Handle** results)
{
    return list("autograd.grad", {output_count > 0 ? outputs[0] : nullptr}, results, [&] {
        return torch::autograd::grad(
            tensors(outputs, output_count), tensors(inputs, input_count), tensors(gradients, gradient_count),
            retain_graph, create_graph, allow_unused);
    });
}

EXPORT(int32_t) lt_autograd_backward(
    const Handle* roots, int64_t root_count,
    const Handle* gradients, int64_t gradient_count,
    bool retain_graph, bool create_graph,
    const Handle* inputs, int64_t input_count)
{
    return done("backward", {root_count > 0 ? roots[0] : nullptr}, [&] {
        torch::autograd::backward(
            tensors(roots, root_count), tensors(gradients, gradient_count),
            retain_graph, create_graph, tensors(inputs, input_count));
    });
}
