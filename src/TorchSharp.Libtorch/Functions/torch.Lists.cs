using TorchSharp.Interop;

namespace TorchSharp;

// Operators on lists of tensors, and those without a method form.
public static partial class torch
{
    /// <summary>Tensors joined along a dimension.</summary>
    public static unsafe Tensor cat(IList<Tensor> tensors, long dim = 0)
    {
        nint[] handles = Tensor.HandlesOf(tensors);
        fixed (nint* pointer = handles)
        {
            return Tensor.Create(Native.cat(pointer, handles.Length, dim), tensors);
        }
    }

    /// <summary>Tensors joined along a dimension.</summary>
    public static Tensor cat(Tensor[] tensors, long dim = 0) => cat((IList<Tensor>)tensors, dim);

    /// <summary>Tensors joined along a dimension.</summary>
    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat((IList<Tensor>)tensors.ToArray(), dim);

    /// <summary>The same as cat.</summary>
    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);

    /// <summary>Tensors of one shape joined along a new dimension.</summary>
    public static unsafe Tensor stack(IEnumerable<Tensor> tensors, long dim = 0)
    {
        IList<Tensor> list = tensors as IList<Tensor> ?? [.. tensors];
        nint[] handles = Tensor.HandlesOf(list);
        fixed (nint* pointer = handles)
        {
            return Tensor.Create(Native.stack(pointer, handles.Length, dim), list);
        }
    }

    /// <summary>Tensors joined along the second dimension; along the first where there is only one.</summary>
    public static Tensor hstack(params Tensor[] tensors) => cat(tensors, tensors[0].dim() < 2 ? 0 : 1);

    /// <summary>Tensors joined along the second dimension; along the first where there is only one.</summary>
    public static Tensor hstack(IList<Tensor> tensors) => hstack([.. tensors]);

    /// <summary>Tensors, at least rows of a matrix, joined along the first dimension.</summary>
    public static Tensor vstack(IList<Tensor> tensors)
    {
        using DisposeScope scope = NewDisposeScope();
        return cat([.. tensors.Select(t => t.atleast_2d())], 0).MoveToOuterDisposeScope();
    }

    /// <summary>The sum over products that an equation in Einstein's notation describes.</summary>
    public static unsafe Tensor einsum(string equation, params Tensor[] tensors)
    {
        nint[] handles = Tensor.HandlesOf(tensors);
        fixed (nint* pointer = handles)
        {
            return Tensor.Create(Native.einsum(equation, pointer, handles.Length), tensors);
        }
    }

    /// <summary>A matrix with the given ones as blocks on its diagonal.</summary>
    public static unsafe Tensor block_diag(params Tensor[] tensors)
    {
        nint[] handles = Tensor.HandlesOf(tensors);
        fixed (nint* pointer = handles)
        {
            return Tensor.Create(Native.block_diag(pointer, handles.Length), tensors);
        }
    }

    /// <summary>Views of tensors broadcast to a common shape.</summary>
    public static unsafe IList<Tensor> broadcast_tensors(params Tensor[] tensors)
    {
        nint[] handles = Tensor.HandlesOf(tensors);
        nint* results;
        fixed (nint* pointer = handles)
        {
            long count = Native.broadcast_tensors(pointer, handles.Length, &results);
            return Tensor.CreateList(count, results, tensors);
        }
    }

    /// <summary>Grids of coordinates from vectors; "ij" for matrix order, "xy" for Cartesian order.</summary>
    public static unsafe Tensor[] meshgrid(IEnumerable<Tensor> tensors, string indexing = "ij")
    {
        Tensor[] list = [.. tensors];
        nint[] handles = Tensor.HandlesOf(list);
        nint* results;
        fixed (nint* pointer = handles)
        {
            long count = Native.meshgrid(pointer, handles.Length, indexing != "xy", &results);
            return Tensor.CreateList(count, results, list);
        }
    }

    /// <summary>The elements of x where the condition holds, else those of y.</summary>
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => x.where(condition, y);

    /// <summary>The indices of the non-zero elements, a vector for each dimension.</summary>
    public static unsafe Tensor[] where(Tensor condition)
    {
        nint* results;
        long count = Native.where_indices(condition.Handle, &results);
        return Tensor.CreateList(count, results, condition);
    }

    /// <summary>Where values would be inserted into sorted sequences.</summary>
    public static Tensor searchsorted(Tensor sorted_sequence, Tensor values, bool out_int32 = false, bool right = false, Tensor? sorter = null) =>
        Tensor.Create(
            Native.searchsorted(sorted_sequence.Handle, values.Handle, out_int32, right, Tensor.HandleOf(sorter)), sorted_sequence, values, sorter);

    /// <summary>The p-norms of the differences of all pairs of rows.</summary>
    public static Tensor cdist(Tensor x1, Tensor x2, double p = 2, compute_mode compute_mode = compute_mode.use_mm_for_euclid_dist_if_necessary) =>
        Tensor.Create(Native.cdist(x1.Handle, x2.Handle, p, (long)compute_mode), x1, x2);

    /// <summary>The norm of all elements.</summary>
    public static Tensor norm(Tensor input) => input.norm();
}
