using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Reductions and scans.
    public partial class Tensor
    {
        /// <summary>The sum of all elements. Mind that sum(0) is this overload, since 0 converts to any enumeration: write sum(dim: 0).</summary>
        public Tensor sum(ScalarType? type = null) => Create(Native.sum(Handle, Absent.TypeCode(type)), this);

        /// <summary>The sum over several dimensions.</summary>
        public unsafe Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null)
        {
            fixed (long* dimPointer = dim)
            {
                return Create(Native.sum_dims(Handle, new Ints(dimPointer, dim.Length), keepdim, Absent.TypeCode(type)), this);
            }
        }

        /// <summary>The sum over several dimensions.</summary>
        public unsafe Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null)
        {
            fixed (long* dimPointer = dim)
            {
                return Create(Native.sum_dims(Handle, new Ints(dimPointer, dim.Length), keepdim, Absent.TypeCode(type)), this);
            }
        }

        /// <summary>The sum over a dimension.</summary>
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) =>
            Create(Native.sum_dim(Handle, dim, keepdim, Absent.TypeCode(type)), this);

        /// <summary>The sum over two dimensions.</summary>
        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => sum([dim0, dim1], keepdim, type);

        /// <summary>The sum over three dimensions.</summary>
        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null) => sum([dim0, dim1, dim2], keepdim, type);

        /// <summary>The mean of all elements.</summary>
        public Tensor mean() => Create(Native.mean(Handle), this);

        /// <summary>The mean over several dimensions.</summary>
        public unsafe Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null)
        {
            fixed (long* dimensionsPointer = dimensions)
            {
                return Create(Native.mean_dims(Handle, new Ints(dimensionsPointer, dimensions.Length), keepdim, Absent.TypeCode(type)), this);
            }
        }

        /// <summary>The product of all elements. Mind that prod(0) is this overload, since 0 converts to any enumeration: write prod(dim: 0).</summary>
        public Tensor prod(ScalarType? type = null) => Create(Native.prod(Handle, Absent.TypeCode(type)), this);

        /// <summary>The product over a dimension.</summary>
        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) =>
            Create(Native.prod_dim(Handle, dim, keepdim, Absent.TypeCode(type)), this);

        /// <summary>The standard deviation of all elements, with n - 1 in the denominator where unbiased.</summary>
        public Tensor std(bool unbiased = true) => Create(Native.std(Handle, unbiased), this);

        /// <summary>The standard deviation over several dimensions.</summary>
        public unsafe Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
        {
            fixed (long* dimensionsPointer = dimensions)
            {
                return Create(Native.std_dims(Handle, new Ints(dimensionsPointer, dimensions.Length), unbiased, keepdim, Absent.TypeCode(type)), this);
            }
        }

        /// <summary>The standard deviation over several dimensions.</summary>
        public unsafe Tensor std(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
        {
            fixed (long* dimensionsPointer = dimensions)
            {
                return Create(Native.std_dims(Handle, new Ints(dimensionsPointer, dimensions.Length), unbiased, keepdim, Absent.TypeCode(type)), this);
            }
        }

        /// <summary>The standard deviation over a dimension.</summary>
        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Create(Native.std_dim(Handle, dim, unbiased, keepdim, Absent.TypeCode(type)), this);

        /// <summary>The variance of all elements, with n - 1 in the denominator where unbiased.</summary>
        public Tensor var(bool unbiased = true) => Create(Native.var(Handle, unbiased), this);

        /// <summary>The variance over several dimensions.</summary>
        public unsafe Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
        {
            fixed (long* dimensionsPointer = dimensions)
            {
                return Create(Native.var_dims(Handle, new Ints(dimensionsPointer, dimensions.Length), unbiased, keepdim, Absent.TypeCode(type)), this);
            }
        }

        /// <summary>The variance over several dimensions.</summary>
        public unsafe Tensor var(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null)
        {
            fixed (long* dimensionsPointer = dimensions)
            {
                return Create(Native.var_dims(Handle, new Ints(dimensionsPointer, dimensions.Length), unbiased, keepdim, Absent.TypeCode(type)), this);
            }
        }

        /// <summary>The variance over a dimension.</summary>
        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Create(Native.var_dim(Handle, dim, unbiased, keepdim, Absent.TypeCode(type)), this);

        /// <summary>The p-norm of all elements.</summary>
        public Tensor norm(float p = 2) => Create(Native.norm(Handle, p), this);

        /// <summary>The p-norm along a dimension.</summary>
        public Tensor norm(int dim, bool keepdim = false, float p = 2) => Create(Native.norm_dim(Handle, dim, keepdim, p), this);

        /// <summary>The p-norm of the difference.</summary>
        public Tensor dist(Tensor other, float p = 2) => Create(Native.dist(Handle, other.Handle, p), this, other);

        /// <summary>The maximum over several dimensions.</summary>
        public unsafe Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null)
        {
            fixed (long* dimsPointer = dims)
            {
                return Create(Native.amax(Handle, new Ints(dimsPointer, dims.Length), keepdim, HandleOf(@out)), this, @out);
            }
        }

        /// <summary>The maximum over several dimensions.</summary>
        public unsafe Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null)
        {
            fixed (long* dimsPointer = dims)
            {
                return Create(Native.amax(Handle, new Ints(dimsPointer, dims.Length), keepdim, HandleOf(@out)), this, @out);
            }
        }

        /// <summary>The maximum over several dimensions.</summary>
        public Tensor amax(params long[] dims) => amax(dims, false);

        /// <summary>The minimum over several dimensions.</summary>
        public unsafe Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null)
        {
            fixed (long* dimsPointer = dims)
            {
                return Create(Native.amin(Handle, new Ints(dimsPointer, dims.Length), keepdim, HandleOf(@out)), this, @out);
            }
        }

        /// <summary>The minimum over several dimensions.</summary>
        public unsafe Tensor amin(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null)
        {
            fixed (long* dimsPointer = dims)
            {
                return Create(Native.amin(Handle, new Ints(dimsPointer, dims.Length), keepdim, HandleOf(@out)), this, @out);
            }
        }

        /// <summary>The minimum over several dimensions.</summary>
        public Tensor amin(params long[] dims) => amin(dims, false);

        /// <summary>The largest element.</summary>
        public Tensor max() => Create(Native.max(Handle), this);

        /// <summary>The largest elements along a dimension, and their indices.</summary>
        public unsafe (Tensor values, Tensor indexes) max(long dim, bool keepdim = false)
        {
            nint* results = stackalloc nint[2];
            Check(Native.max_dim(Handle, dim, keepdim, results));
            KeepAlive(this);
            return (Create(results[0]), Create(results[1]));
        }

        /// <summary>The elementwise maximum.</summary>
        public Tensor max(Tensor other) => maximum(other);

        /// <summary>The smallest element.</summary>
        public Tensor min() => Create(Native.min(Handle), this);

        /// <summary>The smallest elements along a dimension, and their indices.</summary>
        public unsafe (Tensor values, Tensor indexes) min(long dim, bool keepdim = false)
        {
            nint* results = stackalloc nint[2];
            Check(Native.min_dim(Handle, dim, keepdim, results));
            KeepAlive(this);
            return (Create(results[0]), Create(results[1]));
        }

        /// <summary>The elementwise minimum.</summary>
        public Tensor min(Tensor other) => minimum(other);

        /// <summary>The index of the maximum in the flattened tensor.</summary>
        public Tensor argmax() => Create(Native.argmax(Handle), this);

        /// <summary>The indices of the maxima along a dimension.</summary>
        public Tensor argmax(long dim, bool keepdim = false) => Create(Native.argmax_dim(Handle, dim, keepdim), this);

        /// <summary>The index of the minimum in the flattened tensor.</summary>
        public Tensor argmin() => Create(Native.argmin(Handle), this);

        /// <summary>The indices of the minima along a dimension.</summary>
        public Tensor argmin(long dim, bool keepdim = false) => Create(Native.argmin_dim(Handle, dim, keepdim), this);

        /// <summary>Whether all elements are non-zero.</summary>
        public Tensor all() => Create(Native.all(Handle), this);

        /// <summary>Whether all elements are non-zero along a dimension.</summary>
        public Tensor all(long dim, bool keepdim = false) => Create(Native.all_dim(Handle, dim, keepdim), this);

        /// <summary>Whether any element is non-zero.</summary>
        public Tensor any() => Create(Native.any(Handle), this);

        /// <summary>Whether any element is non-zero along a dimension.</summary>
        public Tensor any(long dim, bool keepdim = false) => Create(Native.any_dim(Handle, dim, keepdim), this);

        /// <summary>log(sum(exp(x))) along a dimension, without overflow.</summary>
        public Tensor logsumexp(long dim, bool keepdim = false) => Create(Native.logsumexp(Handle, dim, keepdim), this);

        /// <summary>The median of all elements, the lower one of two.</summary>
        public Tensor median() => Create(Native.median(Handle), this);

        /// <summary>The most frequent elements along a dimension, and their indices.</summary>
        public unsafe (Tensor values, Tensor indexes) mode(long dim = -1, bool keepdim = false)
        {
            nint* results = stackalloc nint[2];
            Check(Native.mode(Handle, dim, keepdim, results));
            KeepAlive(this);
            return (Create(results[0]), Create(results[1]));
        }

        /// <summary>The sum of the elements that are numbers.</summary>
        public Tensor nansum() => Create(Native.nansum(Handle), this);

        /// <summary>The q-quantiles along a dimension, with linear interpolation.</summary>
        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) => Create(Native.quantile(Handle, q.Handle, dim, keepdim), this, q);

        /// <summary>The number of non-zero elements, over all or over some dimensions.</summary>
        public unsafe Tensor count_nonzero(long[]? dims = null)
        {
            fixed (long* dimsPointer = dims)
            {
                return Create(Native.count_nonzero(Handle, new Ints(dimsPointer, dims?.Length ?? 0)), this);
            }
        }

        /// <summary>The cumulative sum along a dimension.</summary>
        public Tensor cumsum(long dim, ScalarType? type = null) => Create(Native.cumsum(Handle, dim, Absent.TypeCode(type)), this);

        /// <summary>The cumulative product along a dimension.</summary>
        public Tensor cumprod(long dim, ScalarType? type = null) => Create(Native.cumprod(Handle, dim, Absent.TypeCode(type)), this);

        /// <summary>The logarithm of the cumulative sum of exponentials along a dimension.</summary>
        public Tensor logcumsumexp(long dim) => Create(Native.logcumsumexp(Handle, dim), this);

        /// <summary>The standard deviation and the mean of all elements.</summary>
        public unsafe (Tensor std, Tensor mean) std_mean(bool unbiased = true)
        {
            nint* results = stackalloc nint[2];
            Check(Native.std_mean(Handle, unbiased, results));
            KeepAlive(this);
            return (Create(results[0]), Create(results[1]));
        }

        /// <summary>The variance and the mean of all elements.</summary>
        public unsafe (Tensor var, Tensor mean) var_mean(bool unbiased = true)
        {
            nint* results = stackalloc nint[2];
            Check(Native.var_mean(Handle, unbiased, results));
            KeepAlive(this);
            return (Create(results[0]), Create(results[1]));
        }

        /// <summary>The sum of the diagonal of a matrix.</summary>
        public Tensor trace() => Create(Native.trace(Handle), this);

        /// <summary>The n-th forward difference along a dimension.</summary>
        public Tensor diff(long n = 1, long dim = -1, Tensor? prepend = null, Tensor? append = null) =>
            Create(Native.diff(Handle, n, dim, HandleOf(prepend), HandleOf(append)), this, prepend, append);
    }
}
