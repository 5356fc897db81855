using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class linalg
    {
        /// <summary>The norm of vectors over some dimensions, all for null.</summary>
        public static unsafe Tensor vector_norm(Tensor input, double ord = 2, long[]? dims = null, bool keepdim = false)
        {
            fixed (long* pointer = dims)
            {
                return Tensor.Create(Native.linalg_vector_norm(input.Handle, ord, new Ints(pointer, dims?.Length ?? 0), keepdim), input);
            }
        }

        /// <summary>A norm of matrices by its order: 1, -1, 2, -2, infinity, minus infinity.</summary>
        public static unsafe Tensor matrix_norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false)
        {
            fixed (long* pointer = dims)
            {
                return Tensor.Create(Native.linalg_matrix_norm(input.Handle, ord, new Ints(pointer, dims?.Length ?? 0), keepdim), input);
            }
        }

        /// <summary>A norm of matrices by its name: "fro" or "nuc".</summary>
        public static unsafe Tensor matrix_norm(Tensor input, string ord = "fro", long[]? dims = null, bool keepdim = false)
        {
            fixed (long* pointer = dims)
            {
                return Tensor.Create(Native.linalg_matrix_norm_named(input.Handle, ord, new Ints(pointer, dims?.Length ?? 0), keepdim), input);
            }
        }

        /// <summary>A norm of vectors (one dimension) or matrices (two) by its name.</summary>
        public static unsafe Tensor norm(Tensor input, string ord, long[]? dims = null, bool keepdim = false)
        {
            fixed (long* pointer = dims)
            {
                return Tensor.Create(Native.linalg_norm_named(input.Handle, ord, new Ints(pointer, dims?.Length ?? 0), keepdim), input);
            }
        }

        /// <summary>A norm of vectors (one dimension) or matrices (two) by its order.</summary>
        public static unsafe Tensor norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false)
        {
            fixed (long* pointer = dims)
            {
                return Tensor.Create(Native.linalg_norm(input.Handle, ord, new Ints(pointer, dims?.Length ?? 0), keepdim), input);
            }
        }

        /// <summary>A norm of vectors (one dimension) or matrices (two) by its order.</summary>
        public static Tensor norm(Tensor input, int ord, long[]? dims = null, bool keepdim = false) => norm(input, (double)ord, dims, keepdim);

        /// <summary>The 2-norm of all elements, or over some dimensions.</summary>
        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false) => norm(input, double.NaN, dims, keepdim);
    }
}
