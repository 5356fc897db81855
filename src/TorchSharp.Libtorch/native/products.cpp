// Matrix products.
#include "shim.h"

EXPORT(Handle) lt_matmul(Handle self, Handle target)
{
    return tensor("matmul", {self, target}, [&] { return at::matmul(*self, *target); });
}

EXPORT(Handle) lt_mm(Handle self, Handle target)
{
    return tensor("mm", {self, target}, [&] { return self->mm(*target); });
}

EXPORT(Handle) lt_mv(Handle self, Handle target)
{
    return tensor("mv", {self, target}, [&] { return self->mv(*target); });
}

EXPORT(Handle) lt_bmm(Handle self, Handle batch2)
{
    return tensor("bmm", {self, batch2}, [&] { return self->bmm(*batch2); });
}

EXPORT(Handle) lt_dot(Handle self, Handle target)
{
    return tensor("dot", {self, target}, [&] { return self->dot(*target); });
}

EXPORT(Handle) lt_vdot(Handle self, Handle target)
{
    return tensor("vdot", {self, target}, [&] { return self->vdot(*target); });
}

EXPORT(Handle) lt_outer(Handle self, Handle vec2)
{
    return tensor("outer", {self, vec2}, [&] { return self->outer(*vec2); });
}

EXPORT(Handle) lt_inner(Handle self, Handle vec2)
{
    return tensor("inner", {self, vec2}, [&] { return self->inner(*vec2); });
}

EXPORT(Handle) lt_kron(Handle self, Handle other)
{
    return tensor("kron", {self, other}, [&] { return self->kron(*other); });
}

EXPORT(Handle) lt_baddbmm(Handle self, Handle batch1, Handle batch2, double beta, double alpha)
{
    return tensor("baddbmm", {self, batch1, batch2}, [&] { return self->baddbmm(*batch1, *batch2, beta, alpha); });
}

EXPORT(Handle) lt_addmm(Handle self, Handle mat1, Handle mat2, double beta, double alpha)
{
    return tensor("addmm", {self, mat1, mat2}, [&] { return self->addmm(*mat1, *mat2, beta, alpha); });
}

EXPORT(Handle) lt_addmv(Handle self, Handle mat, Handle vec, double beta, double alpha)
{
    return tensor("addmv", {self, mat, vec}, [&] { return self->addmv(*mat, *vec, beta, alpha); });
}

EXPORT(Handle) lt_addr(Handle self, Handle vec1, Handle vec2, double beta, double alpha)
{
    return tensor("addr", {self, vec1, vec2}, [&] { return self->addr(*vec1, *vec2, beta, alpha); });
}

EXPORT(Handle) lt_addbmm(Handle self, Handle batch1, Handle batch2, double beta, double alpha)
{
    return tensor("addbmm", {self, batch1, batch2}, [&] { return self->addbmm(*batch1, *batch2, beta, alpha); });
}

EXPORT(int32_t) lt_addmm_(Handle self, Handle mat1, Handle mat2, double beta, double alpha)
{
    return done("addmm_", {self, mat1, mat2}, [&] { return self->addmm_(*mat1, *mat2, beta, alpha); });
}

EXPORT(int32_t) lt_addmv_(Handle self, Handle mat, Handle vec, double beta, double alpha)
{
    return done("addmv_", {self, mat, vec}, [&] { return self->addmv_(*mat, *vec, beta, alpha); });
}

EXPORT(int32_t) lt_addr_(Handle self, Handle vec1, Handle vec2, double beta, double alpha)
{
    return done("addr_", {self, vec1, vec2}, [&] { return self->addr_(*vec1, *vec2, beta, alpha); });
}

EXPORT(int32_t) lt_addbmm_(Handle self, Handle batch1, Handle batch2, double beta, double alpha)
{
    return done("addbmm_", {self, batch1, batch2}, [&] { return self->addbmm_(*batch1, *batch2, beta, alpha); });
}

EXPORT(Handle) lt_tensordot(Handle self, Handle b, Ints dims1, Ints dims2)
{
    return tensor("tensordot", {self, b}, [&] { return at::tensordot(*self, *b, dims1, dims2); });
}

UNARY(det)
UNARY(logdet)
UNARY(inverse)

EXPORT(Handle) lt_matrix_power(Handle self, int64_t n)
{
    return tensor("matrix_power", {self}, [&] { return self->matrix_power(n); });
}
