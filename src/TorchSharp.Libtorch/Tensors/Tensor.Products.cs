using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Matrix products.
    public partial class Tensor
    {
        /// <summary>The matrix product, batched and broadcast.</summary>
        public Tensor matmul(Tensor target) => Create(Native.matmul(Handle, target.Handle), this, target);

        /// <summary>The product of two matrices.</summary>
        public Tensor mm(Tensor target) => Create(Native.mm(Handle, target.Handle), this, target);

        /// <summary>The product of a matrix and a vector.</summary>
        public Tensor mv(Tensor target) => Create(Native.mv(Handle, target.Handle), this, target);

        /// <summary>The products of two batches of matrices.</summary>
        public Tensor bmm(Tensor batch2) => Create(Native.bmm(Handle, batch2.Handle), this, batch2);

        /// <summary>The inner product of two vectors.</summary>
        public Tensor dot(Tensor target) => Create(Native.dot(Handle, target.Handle), this, target);

        /// <summary>The inner product of two vectors, the first one conjugated.</summary>
        public Tensor vdot(Tensor target) => Create(Native.vdot(Handle, target.Handle), this, target);

        /// <summary>The outer product of two vectors.</summary>
        public Tensor outer(Tensor vec2) => Create(Native.outer(Handle, vec2.Handle), this, vec2);

        /// <summary>The same as outer.</summary>
        public Tensor ger(Tensor vec2) => outer(vec2);

        /// <summary>The inner products over the last dimension.</summary>
        public Tensor inner(Tensor vec2) => Create(Native.inner(Handle, vec2.Handle), this, vec2);

        /// <summary>The Kronecker product.</summary>
        public Tensor kron(Tensor other) => Create(Native.kron(Handle, other.Handle), this, other);

        /// <summary>beta · self + alpha · batch1 · batch2, for batches of matrices.</summary>
        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Create(Native.baddbmm(Handle, batch1.Handle, batch2.Handle, beta, alpha), this, batch1, batch2);

        /// <summary>beta · self + alpha · mat1 · mat2.</summary>
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            Create(Native.addmm(Handle, mat1.Handle, mat2.Handle, beta, alpha), this, mat1, mat2);

        /// <summary>beta · self + alpha · mat · vec.</summary>
        public Tensor addmv(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) =>
            Create(Native.addmv(Handle, mat.Handle, vec.Handle, beta, alpha), this, mat, vec);

        /// <summary>beta · self + alpha · the outer product of vec1 and vec2.</summary>
        public Tensor addr(Tensor vec1, Tensor vec2, float beta = 1, float alpha = 1) =>
            Create(Native.addr(Handle, vec1.Handle, vec2.Handle, beta, alpha), this, vec1, vec2);

        /// <summary>beta · self + alpha · the sum of the products of two batches of matrices.</summary>
        public Tensor addbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Create(Native.addbmm(Handle, batch1.Handle, batch2.Handle, beta, alpha), this, batch1, batch2);

        /// <summary>beta · self + alpha · mat1 · mat2, in place.</summary>
        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            InPlace(Native.addmm_(Handle, mat1.Handle, mat2.Handle, beta, alpha), mat1, mat2);

        /// <summary>beta · self + alpha · mat · vec, in place.</summary>
        public Tensor addmv_(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) =>
            InPlace(Native.addmv_(Handle, mat.Handle, vec.Handle, beta, alpha), mat, vec);

        /// <summary>beta · self + alpha · the outer product of vec1 and vec2, in place.</summary>
        public Tensor addr_(Tensor vec1, Tensor vec2, float beta = 1, float alpha = 1) =>
            InPlace(Native.addr_(Handle, vec1.Handle, vec2.Handle, beta, alpha), vec1, vec2);

        /// <summary>beta · self + alpha · the sum of the products of two batches of matrices, in place.</summary>
        public Tensor addbmm_(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            InPlace(Native.addbmm_(Handle, batch1.Handle, batch2.Handle, beta, alpha), batch1, batch2);

        /// <summary>The contraction over pairs of dimensions.</summary>
        public unsafe Tensor tensordot(Tensor b, long[] dims1, long[] dims2)
        {
            fixed (long* dims1Pointer = dims1)
            fixed (long* dims2Pointer = dims2)
            {
                return Create(Native.tensordot(Handle, b.Handle, new Ints(dims1Pointer, dims1.Length), new Ints(dims2Pointer, dims2.Length)), this, b);
            }
        }

        /// <summary>The determinant of square matrices.</summary>
        public Tensor det() => Create(Native.det(Handle), this);

        /// <summary>The logarithm of the determinant of square matrices.</summary>
        public Tensor logdet() => Create(Native.logdet(Handle), this);

        /// <summary>The inverse of square matrices.</summary>
        public Tensor inverse() => Create(Native.inverse(Handle), this);

        /// <summary>A power of square matrices.</summary>
        public Tensor matrix_power(int n) => Create(Native.matrix_power(Handle, n), this);
    }
}
