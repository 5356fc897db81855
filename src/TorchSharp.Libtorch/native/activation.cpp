// Activations and softmax.
#include "shim.h"

EXPORT(Handle) lt_relu(Handle self)
{
    return tensor("relu", {self}, [&] { return at::relu(*self); });
}

EXPORT(int32_t) lt_relu_(Handle self)
{
    return done("relu_", {self}, [&] { return at::relu_(*self); });
}

EXPORT(Handle) lt_silu(Handle self)
{
    return tensor("silu", {self}, [&] { return at::silu(*self); });
}

EXPORT(int32_t) lt_silu_(Handle self)
{
    return done("silu_", {self}, [&] { return at::silu_(*self); });
}

EXPORT(Handle) lt_selu(Handle self)
{
    return tensor("selu", {self}, [&] { return at::selu(*self); });
}

EXPORT(int32_t) lt_selu_(Handle self)
{
    return done("selu_", {self}, [&] { return at::selu_(*self); });
}

EXPORT(Handle) lt_gelu(Handle self)
{
    return tensor("gelu", {self}, [&] { return at::gelu(*self); });
}

EXPORT(Handle) lt_softplus(Handle self, double beta, double threshold)
{
    return tensor("softplus", {self}, [&] { return at::softplus(*self, beta, threshold); });
}

EXPORT(Handle) lt_leaky_relu(Handle self, Number negative_slope)
{
    return tensor("leaky_relu", {self}, [&] { return at::leaky_relu(*self, negative_slope); });
}

EXPORT(Handle) lt_log_sigmoid(Handle self)
{
    return tensor("log_sigmoid", {self}, [&] { return at::log_sigmoid(*self); });
}

EXPORT(Handle) lt_softmax(Handle self, int64_t dim, int32_t dtype)
{
    return tensor("softmax", {self}, [&] { return at::softmax(*self, dim, dtype_of(dtype)); });
}

EXPORT(Handle) lt_log_softmax(Handle self, int64_t dim, int32_t dtype)
{
    return tensor("log_softmax", {self}, [&] { return at::log_softmax(*self, dim, dtype_of(dtype)); });
}
