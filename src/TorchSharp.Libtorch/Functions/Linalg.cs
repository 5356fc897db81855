using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Linear algebra on the last two dimensions.</summary>
    public static partial class linalg
    {
        /// <summary>How much of a QR decomposition is computed.</summary>
        public enum QRMode
        {
            /// <summary>Q has as many columns as the smaller side.</summary>
            Reduced = 0,

            /// <summary>Q is square.</summary>
            Complete = 1,

            /// <summary>R alone.</summary>
            R = 2,
        }

        /// <summary>Q with orthonormal columns and upper triangular R, whose product is the input.</summary>
        public static unsafe (Tensor Q, Tensor R) qr(Tensor input, QRMode mode = QRMode.Reduced)
        {
            nint* results = stackalloc nint[2];
            Check(Native.linalg_qr(input.Handle, (int)mode, results), input);
            return (Tensor.Create(results[0]), Tensor.Create(results[1]));
        }

        /// <summary>U, the singular values in descending order, and Vᴴ.</summary>
        public static unsafe (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true)
        {
            nint* results = stackalloc nint[3];
            Check(Native.linalg_svd(input.Handle, fullMatrices, results), input);
            return (Tensor.Create(results[0]), Tensor.Create(results[1]), Tensor.Create(results[2]));
        }

        /// <summary>The singular values in descending order.</summary>
        public static Tensor svdvals(Tensor input) => Tensor.Create(Native.linalg_svdvals(input.Handle), input);

        /// <summary>The eigenvalues in ascending order and the eigenvectors of Hermitian matrices, read from one triangle.</summary>
        public static unsafe (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L')
        {
            nint* results = stackalloc nint[2];
            Check(Native.linalg_eigh(input.Handle, UPLO == 'U', results), input);
            return (Tensor.Create(results[0]), Tensor.Create(results[1]));
        }

        /// <summary>The eigenvalues of Hermitian matrices in ascending order.</summary>
        public static Tensor eigvalsh(Tensor input, char UPLO = 'L') => Tensor.Create(Native.linalg_eigvalsh(input.Handle, UPLO == 'U'), input);

        /// <summary>The lower triangular L with L·Lᴴ = input.</summary>
        public static Tensor cholesky(Tensor input) => Tensor.Create(Native.linalg_cholesky(input.Handle), input);

        /// <summary>The determinant.</summary>
        public static Tensor det(Tensor input) => Tensor.Create(Native.linalg_det(input.Handle), input);

        /// <summary>The sign and the logarithm of the absolute value of the determinant.</summary>
        public static unsafe (Tensor, Tensor) slogdet(Tensor input)
        {
            nint* results = stackalloc nint[2];
            Check(Native.linalg_slogdet(input.Handle, results), input);
            return (Tensor.Create(results[0]), Tensor.Create(results[1]));
        }

        /// <summary>The inverse.</summary>
        public static Tensor inv(Tensor input) => Tensor.Create(Native.linalg_inv(input.Handle), input);

        /// <summary>The X with A·X = B, or X·A = B where not left.</summary>
        public static Tensor solve(Tensor A, Tensor B, bool left = true) => Tensor.Create(Native.linalg_solve(A.Handle, B.Handle, left), A, B);

        /// <summary>The X with A·X = B for triangular A, or X·A = B where not left.</summary>
        public static Tensor solve_triangular(Tensor A, Tensor B, bool upper, bool left = true, bool unitriangular = false, Tensor? @out = null)
        {
            Tensor solved = Tensor.Create(Native.linalg_solve_triangular(A.Handle, B.Handle, upper, left, unitriangular), A, B);
            return Into(solved, @out);
        }

        /// <summary>The least-squares solution, the residuals, the rank and the singular values.</summary>
        public static (Tensor Solution, Tensor Residuals, Tensor Rank, Tensor SingularValues) lstsq(Tensor input, Tensor other) =>
            lstsq(input, other, double.NaN);

        /// <summary>The least-squares solution with a cut-off for small singular values.</summary>
        public static unsafe (Tensor Solution, Tensor Residuals, Tensor Rank, Tensor SingularValues) lstsq(Tensor input, Tensor other, double rcond)
        {
            nint* results = stackalloc nint[4];
            Check(Native.linalg_lstsq(input.Handle, other.Handle, rcond, results), input, other);
            return (Tensor.Create(results[0]), Tensor.Create(results[1]), Tensor.Create(results[2]), Tensor.Create(results[3]));
        }

        /// <summary>The Moore–Penrose inverse.</summary>
        public static Tensor pinv(Tensor input, double? atol = null, double? rtol = null, bool hermitian = false) =>
            Tensor.Create(Native.linalg_pinv(input.Handle, atol ?? double.NaN, rtol ?? double.NaN, hermitian), input);

        /// <summary>The numerical rank.</summary>
        public static Tensor matrix_rank(Tensor input, double? atol = null, double? rtol = null, bool hermitian = false) =>
            Tensor.Create(Native.linalg_matrix_rank(input.Handle, atol ?? double.NaN, rtol ?? double.NaN, hermitian), input);

        /// <summary>The exponential of square matrices.</summary>
        public static Tensor matrix_exp(Tensor input) => Tensor.Create(Native.linalg_matrix_exp(input.Handle), input);

        /// <summary>The product of several matrices in the cheapest order.</summary>
        public static unsafe Tensor multi_dot(IList<Tensor> tensors)
        {
            nint[] handles = Tensor.HandlesOf(tensors);
            fixed (nint* pointer = handles)
            {
                return Tensor.Create(Native.linalg_multi_dot(pointer, handles.Length), tensors);
            }
        }

        private static void Check(int status, object? first, object? second = null)
        {
            Tensor.KeepAlive(first, second);
            NativeErrors.Check(status);
        }

        private static Tensor Into(Tensor result, Tensor? target)
        {
            if (target is null)
            {
                return result;
            }

            target.copy_(result);
            result.Dispose();
            return target;
        }
    }
}
