// torch.linalg.
#include "shim.h"

namespace {

at::OptionalIntArrayRef dims_of(Ints dims)
{
    return dims.data == nullptr ? at::OptionalIntArrayRef() : at::OptionalIntArrayRef(at::IntArrayRef(dims));
}

std::vector<int64_t> matrix_dims(Ints dims)
{
    return dims.data == nullptr ? std::vector<int64_t>{-2, -1} : at::IntArrayRef(dims).vec();
}

} // namespace

EXPORT(int32_t) lt_linalg_qr(Handle self, int32_t mode, Handle* results)
{
    static const char* const modes[] = {"reduced", "complete", "r"};
    return several("linalg.qr", {self}, results, [&] { return at::linalg_qr(*self, modes[mode]); });
}

EXPORT(int32_t) lt_linalg_svd(Handle self, bool full_matrices, Handle* results)
{
    return several("linalg.svd", {self}, results, [&] { return at::linalg_svd(*self, full_matrices); });
}

EXPORT(Handle) lt_linalg_svdvals(Handle self)
{
    return tensor("linalg.svdvals", {self}, [&] { return at::linalg_svdvals(*self); });
}

EXPORT(int32_t) lt_linalg_eigh(Handle self, bool upper, Handle* results)
{
    return several("linalg.eigh", {self}, results, [&] { return at::linalg_eigh(*self, upper ? "U" : "L"); });
}

EXPORT(Handle) lt_linalg_eigvalsh(Handle self, bool upper)
{
    return tensor("linalg.eigvalsh", {self}, [&] { return at::linalg_eigvalsh(*self, upper ? "U" : "L"); });
}

EXPORT(Handle) lt_linalg_cholesky(Handle self)
{
    return tensor("linalg.cholesky", {self}, [&] { return at::linalg_cholesky(*self); });
}

EXPORT(Handle) lt_linalg_inv(Handle self)
{
    return tensor("linalg.inv", {self}, [&] { return at::linalg_inv(*self); });
}

EXPORT(Handle) lt_linalg_det(Handle self)
{
    return tensor("linalg.det", {self}, [&] { return at::linalg_det(*self); });
}

EXPORT(int32_t) lt_linalg_slogdet(Handle self, Handle* results)
{
    return several("linalg.slogdet", {self}, results, [&] { return at::linalg_slogdet(*self); });
}

EXPORT(Handle) lt_linalg_solve(Handle a, Handle b, bool left)
{
    return tensor("linalg.solve", {a, b}, [&] { return at::linalg_solve(*a, *b, left); });
}

EXPORT(Handle) lt_linalg_solve_triangular(Handle a, Handle b, bool upper, bool left, bool unitriangular)
{
    return tensor("linalg.solve_triangular", {a, b}, [&] {
        return at::linalg_solve_triangular(*a, *b, upper, left, unitriangular);
    });
}

EXPORT(int32_t) lt_linalg_lstsq(Handle a, Handle b, double rcond, Handle* results)
{
    return several("linalg.lstsq", {a, b}, results, [&] { return at::linalg_lstsq(*a, *b, maybe(rcond), compat::none); });
}

EXPORT(Handle) lt_linalg_pinv(Handle self, double atol, double rtol, bool hermitian)
{
    return tensor("linalg.pinv", {self}, [&] { return at::linalg_pinv(*self, maybe(atol), maybe(rtol), hermitian); });
}

EXPORT(Handle) lt_linalg_matrix_rank(Handle self, double atol, double rtol, bool hermitian)
{
    return tensor("linalg.matrix_rank", {self}, [&] {
        return at::linalg_matrix_rank(*self, maybe(atol), maybe(rtol), hermitian);
    });
}

EXPORT(Handle) lt_linalg_matrix_exp(Handle self)
{
    return tensor("linalg.matrix_exp", {self}, [&] { return at::linalg_matrix_exp(*self); });
}

EXPORT(Handle) lt_linalg_multi_dot(const Handle* handles, int64_t count)
{
    return tensor("linalg.multi_dot", {}, [&] { return at::linalg_multi_dot(tensors(handles, count)); });
}

EXPORT(Handle) lt_linalg_vector_norm(Handle self, double ord, Ints dims, bool keepdim)
{
    return tensor("linalg.vector_norm", {self}, [&] { return at::linalg_vector_norm(*self, ord, dims_of(dims), keepdim); });
}

EXPORT(Handle) lt_linalg_norm(Handle self, double ord, Ints dims, bool keepdim)
{
    return tensor("linalg.norm", {self}, [&] {
        compat::optional<at::Scalar> order;
        if (!std::isnan(ord)) {
            order = at::Scalar(ord);
        }
        return at::linalg_norm(*self, order, dims_of(dims), keepdim);
    });
}

EXPORT(Handle) lt_linalg_norm_named(Handle self, const char* ord, Ints dims, bool keepdim)
{
    return tensor("linalg.norm", {self}, [&] { return at::linalg_norm(*self, ord, dims_of(dims), keepdim); });
}

EXPORT(Handle) lt_linalg_matrix_norm(Handle self, double ord, Ints dims, bool keepdim)
{
    return tensor("linalg.matrix_norm", {self}, [&] {
        return at::linalg_matrix_norm(*self, at::Scalar(ord), matrix_dims(dims), keepdim);
    });
}

EXPORT(Handle) lt_linalg_matrix_norm_named(Handle self, const char* ord, Ints dims, bool keepdim)
{
    return tensor("linalg.matrix_norm", {self}, [&] { return at::linalg_matrix_norm(*self, ord, matrix_dims(dims), keepdim); });
}
