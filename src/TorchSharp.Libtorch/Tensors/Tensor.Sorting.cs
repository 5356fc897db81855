using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Sorting, searching and counting.
    public partial class Tensor
    {
        /// <summary>The sorted elements along a dimension, and their indices.</summary>
        public unsafe (Tensor values, Tensor indexes) sort(long dim = -1, bool descending = false, bool stable = false)
        {
            nint* results = stackalloc nint[2];
            Check(Native.sort(Handle, dim, descending, stable, results));
            KeepAlive(this);
            return (Create(results[0]), Create(results[1]));
        }

        /// <summary>The indices that sort a dimension.</summary>
        public Tensor argsort(long dim = -1, bool descending = false) => Create(Native.argsort(Handle, dim, descending), this);

        /// <summary>The k largest (or smallest) elements along a dimension, and their indices.</summary>
        public unsafe (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true)
        {
            nint* results = stackalloc nint[2];
            Check(Native.topk(Handle, k, dim, largest, sorted, results));
            KeepAlive(this);
            return (Create(results[0]), Create(results[1]));
        }

        /// <summary>The k-th smallest elements along a dimension (the last one where it is null), and their indices.</summary>
        public unsafe (Tensor values, Tensor indexes) kthvalue(long k, long? dim, bool keepdim = false)
        {
            nint* results = stackalloc nint[2];
            Check(Native.kthvalue(Handle, k, dim ?? Absent.Integer, keepdim, results));
            KeepAlive(this);
            return (Create(results[0]), Create(results[1]));
        }

        /// <summary>The elements sorted along the first dimension.</summary>
        public Tensor msort() => Create(Native.msort(Handle), this);

        /// <summary>The distinct elements; where asked for, the index of each element among them and their counts.</summary>
        public unsafe (Tensor output, Tensor inverse_indices, Tensor counts) unique(bool sorted = true, bool return_inverse = false, bool return_counts = false, int? dim = null)
        {
            nint* results = stackalloc nint[3];
            Check(Native.unique(Handle, sorted, return_inverse, return_counts, dim ?? Absent.Integer, results));
            KeepAlive(this);
            return (Create(results[0]), Create(results[1]), Create(results[2]));
        }

        /// <summary>How often each non-negative integer occurs, or the sum of its weights.</summary>
        public Tensor bincount(Tensor? weights, long minlength = 0) => Create(Native.bincount(Handle, HandleOf(weights), minlength), this, weights);

        /// <summary>The index of the bucket that each element falls into.</summary>
        public Tensor bucketize(Tensor boundaries, bool outInt32 = false, bool right = false) =>
            Create(Native.bucketize(Handle, boundaries.Handle, outInt32, right), this, boundaries);

        /// <summary>The indices of the non-zero elements: [n, dim].</summary>
        public Tensor nonzero() => Create(Native.nonzero(Handle), this);

        /// <summary>The indices of the non-zero elements: [n, dim].</summary>
        public Tensor argwhere() => Create(Native.argwhere(Handle), this);
    }
}
