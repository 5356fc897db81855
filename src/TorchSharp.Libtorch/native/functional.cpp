// torch.nn.functional: losses, normalisation, linear maps, attention.
#include "shim.h"

EXPORT(Handle) lt_gelu_tanh(Handle self)
{
    return tensor("gelu", {self}, [&] { return at::gelu(*self, "tanh"); });
}

EXPORT(Handle) lt_linear(Handle input, Handle weight, Handle bias)
{
    return tensor("linear", {input, weight, bias}, [&] { return at::linear(*input, *weight, maybe(bias)); });
}

EXPORT(Handle) lt_dropout(Handle input, double p, bool training)
{
    return tensor("dropout", {input}, [&] { return at::dropout(*input, p, training); });
}

EXPORT(int32_t) lt_dropout_(Handle input, double p, bool training)
{
    return done("dropout_", {input}, [&] { at::dropout_(*input, p, training); });
}

EXPORT(Handle) lt_one_hot(Handle self, int64_t classes)
{
    return tensor("one_hot", {self}, [&] { return at::one_hot(*self, classes); });
}

EXPORT(Handle) lt_layer_norm(Handle input, Ints shape, Handle weight, Handle bias, double eps)
{
    return tensor("layer_norm", {input, weight, bias}, [&] {
        return at::layer_norm(*input, shape, maybe(weight), maybe(bias), eps);
    });
}

EXPORT(Handle) lt_normalize(Handle input, double p, int64_t dim, double eps)
{
    return tensor("normalize", {input}, [&] {
        at::Tensor length = input->norm(at::Scalar(p), dim, true).clamp_min(eps).expand_as(*input);
        return *input / length;
    });
}

EXPORT(Handle) lt_cosine_similarity(Handle x1, Handle x2, int64_t dim, double eps)
{
    return tensor("cosine_similarity", {x1, x2}, [&] { return at::cosine_similarity(*x1, *x2, dim, eps); });
}

EXPORT(Handle) lt_pad(Handle input, Ints pad, double value)
{
    return tensor("pad", {input}, [&] { return at::constant_pad_nd(*input, pad, at::Scalar(value)); });
}

EXPORT(Handle) lt_cross_entropy(Handle input, Handle target, Handle weight, int64_t ignore_index, int64_t reduction, double smoothing)
{
    return tensor("cross_entropy", {input, target, weight}, [&] {
        return at::cross_entropy_loss(*input, *target, maybe(weight), reduction, ignore_index, smoothing);
    });
}

EXPORT(Handle) lt_nll_loss(Handle input, Handle target, Handle weight, int64_t reduction)
{
    return tensor("nll_loss", {input, target, weight}, [&] {
        return at::nll_loss_nd(*input, *target, maybe(weight), reduction, -100);
    });
}

EXPORT(Handle) lt_kl_div(Handle input, Handle target, int64_t reduction, bool log_target)
{
    return tensor("kl_div", {input, target}, [&] { return at::kl_div(*input, *target, reduction, log_target); });
}

EXPORT(Handle) lt_mse_loss(Handle input, Handle target, int64_t reduction)
{
    return tensor("mse_loss", {input, target}, [&] { return at::mse_loss(*input, *target, reduction); });
}

EXPORT(Handle) lt_l1_loss(Handle input, Handle target, int64_t reduction)
{
    return tensor("l1_loss", {input, target}, [&] { return at::l1_loss(*input, *target, reduction); });
}

EXPORT(Handle) lt_binary_cross_entropy_with_logits(Handle input, Handle target, Handle weight, Handle positive_weight, int64_t reduction)
{
    return tensor("binary_cross_entropy_with_logits", {input, target, weight, positive_weight}, [&] {
        return at::binary_cross_entropy_with_logits(*input, *target, maybe(weight), maybe(positive_weight), reduction);
    });
}

#if !HAS_FUSED_ATTENTION
namespace {

// softmax(query · keyᵀ / √d + mask) · value, as the fused kernel defines it. query [..., l, d], key [..., s, d].
at::Tensor composed_attention(
    const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
    const compat::optional<at::Tensor>& mask, double dropout, bool causal)
{
    TORCH_CHECK(!(causal && mask), "an explicit mask and is_causal exclude each other");
    double scale = 1.0 / std::sqrt(static_cast<double>(query.size(-1)));
    at::Tensor scores = at::matmul(query * scale, key.transpose(-2, -1)); // [..., l, s]
    if (causal) {
        at::Tensor above = at::ones({query.size(-2), key.size(-2)}, query.options().dtype(at::kBool).requires_grad(false)).triu_(1);
        scores = scores.masked_fill(above, -std::numeric_limits<double>::infinity());
    } else if (mask && mask->scalar_type() == at::kBool) {
        scores = scores.masked_fill(mask->logical_not(), -std::numeric_limits<double>::infinity());
    } else if (mask) {
        scores = scores + *mask;
    }
    at::Tensor weights = at::softmax(scores, -1); // [..., l, s]
    if (dropout > 0) {
        weights = at::dropout(weights, dropout, true);
    }
    return at::matmul(weights, value); // [..., l, d]
}

} // namespace
#endif

EXPORT(Handle) lt_attention(Handle query, Handle key, Handle value, Handle mask, double dropout, bool causal)
{
    return tensor("scaled_dot_product_attention", {query, key, value, mask}, [&] {
#if HAS_FUSED_ATTENTION
        return at::scaled_dot_product_attention(*query, *key, *value, maybe(mask), dropout, causal);
#else
        return composed_attention(*query, *key, *value, maybe(mask), dropout, causal);
#endif
    });
}
