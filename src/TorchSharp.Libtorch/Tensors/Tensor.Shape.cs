using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Shape, views and pieces.
    public partial class Tensor
    {
        /// <summary>The same elements in another shape; a copy only where a view is impossible. One size may be -1.</summary>
        public unsafe Tensor reshape(params long[] shape)
        {
            fixed (long* shapePointer = shape)
            {
                return Create(Native.reshape(Handle, new Ints(shapePointer, shape.Length)), this);
            }
        }

        /// <summary>A view of the same elements in another shape. One size may be -1.</summary>
        public unsafe Tensor view(params long[] shape)
        {
            fixed (long* shapePointer = shape)
            {
                return Create(Native.view(Handle, new Ints(shapePointer, shape.Length)), this);
            }
        }

        /// <summary>A view in the shape of another tensor.</summary>
        public Tensor view_as(Tensor other) => Create(Native.view_as(Handle, other.Handle), this, other);

        /// <summary>A range of dimensions merged into one.</summary>
        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Create(Native.flatten(Handle, start_dim, end_dim), this);

        /// <summary>A dimension split into several.</summary>
        public unsafe Tensor unflatten(long dim, params long[] sizes)
        {
            fixed (long* sizesPointer = sizes)
            {
                return Create(Native.unflatten(Handle, dim, new Ints(sizesPointer, sizes.Length)), this);
            }
        }

        /// <summary>A view without a dimension of size one, or without all of them.</summary>
        public Tensor squeeze(long? dim = null) => Create(Native.squeeze(Handle, dim ?? Absent.Integer), this);

        /// <summary>Removes a dimension of size one, or all of them, in place.</summary>
        public Tensor squeeze_(long? dim = null) => InPlace(Native.squeeze_(Handle, dim ?? Absent.Integer));

        /// <summary>A view with a new dimension of size one.</summary>
        public Tensor unsqueeze(long dim) => Create(Native.unsqueeze(Handle, dim), this);

        /// <summary>Inserts a dimension of size one, in place.</summary>
        public Tensor unsqueeze_(long dim) => InPlace(Native.unsqueeze_(Handle, dim));

        /// <summary>The transpose of a matrix, as a view.</summary>
        public Tensor t() => Create(Native.t(Handle), this);

        /// <summary>A view with two dimensions exchanged.</summary>
        public Tensor transpose(long dim0, long dim1) => Create(Native.transpose(Handle, dim0, dim1), this);

        /// <summary>Exchanges two dimensions, in place.</summary>
        public Tensor transpose_(long dim0, long dim1) => InPlace(Native.transpose_(Handle, dim0, dim1));

        /// <summary>The same as transpose.</summary>
        public Tensor swapdims(long dim0, long dim1) => transpose(dim0, dim1);

        /// <summary>The same as transpose.</summary>
        public Tensor swapaxes(long dim0, long dim1) => transpose(dim0, dim1);

        /// <summary>A view with the dimensions in another order.</summary>
        public unsafe Tensor permute(params long[] permutation)
        {
            fixed (long* permutationPointer = permutation)
            {
                return Create(Native.permute(Handle, new Ints(permutationPointer, permutation.Length)), this);
            }
        }

        /// <summary>A view with some dimensions moved.</summary>
        public unsafe Tensor movedim(long[] source, long[] destination)
        {
            fixed (long* sourcePointer = source)
            fixed (long* destinationPointer = destination)
            {
                return Create(Native.movedim(Handle, new Ints(sourcePointer, source.Length), new Ints(destinationPointer, destination.Length)), this);
            }
        }

        /// <summary>A view with dimensions of size one repeated without copying; -1 keeps a size.</summary>
        public unsafe Tensor expand(long[] sizes, bool isImplicit = false)
        {
            fixed (long* sizesPointer = sizes)
            {
                return Create(Native.expand(Handle, new Ints(sizesPointer, sizes.Length), isImplicit), this);
            }
        }

        /// <summary>A view with dimensions of size one repeated without copying; -1 keeps a size.</summary>
        public unsafe Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false)
        {
            fixed (long* sizesPointer = sizes)
            {
                return Create(Native.expand(Handle, new Ints(sizesPointer, sizes.Length), isImplicit), this);
            }
        }

        /// <summary>A view with dimensions of size one repeated without copying; -1 keeps a size.</summary>
        public Tensor expand(params long[] sizes) => expand(sizes, false);

        /// <summary>A view expanded to the shape of another tensor.</summary>
        public Tensor expand_as(Tensor other) => Create(Native.expand_as(Handle, other.Handle), this, other);

        /// <summary>A view broadcast to a shape.</summary>
        public unsafe Tensor broadcast_to(params long[] shape)
        {
            fixed (long* shapePointer = shape)
            {
                return Create(Native.broadcast_to(Handle, new Ints(shapePointer, shape.Length)), this);
            }
        }

        /// <summary>The tensor repeated along its dimensions, copied.</summary>
        public unsafe Tensor repeat(params long[] sizes)
        {
            fixed (long* sizesPointer = sizes)
            {
                return Create(Native.repeat(Handle, new Ints(sizesPointer, sizes.Length)), this);
            }
        }

        /// <summary>The tensor repeated along its dimensions, copied; missing repetitions count as one.</summary>
        public unsafe Tensor tile(long[] reps)
        {
            fixed (long* repsPointer = reps)
            {
                return Create(Native.tile(Handle, new Ints(repsPointer, reps.Length)), this);
            }
        }

        /// <summary>Each element or slice repeated its own number of times.</summary>
        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) =>
            Create(Native.repeat_interleave(Handle, repeats.Handle, dim ?? Absent.Integer, output_size ?? Absent.Integer), this, repeats);

        /// <summary>Each element or slice repeated.</summary>
        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) =>
            Create(Native.repeat_interleave_int(Handle, repeats, dim ?? Absent.Integer, output_size ?? Absent.Integer), this);

        /// <summary>A view of a range of a dimension.</summary>
        public Tensor narrow(long dim, long start, long length) => Create(Native.narrow(Handle, dim, start, length), this);

        /// <summary>A view of one position of a dimension, which disappears.</summary>
        public Tensor select(long dim, long index) => Create(Native.select(Handle, dim, index), this);

        /// <summary>A view of every step-th position of [start, finish) of a dimension.</summary>
        public Tensor slice(long dim, long start, long finish, long step) => Create(Native.slice(Handle, dim, start, finish, step), this);

        /// <summary>A view of the windows of a dimension.</summary>
        public Tensor unfold(long dimension, long size, long step) => Create(Native.unfold(Handle, dimension, size, step), this);

        /// <summary>Views of equal pieces of a dimension; the last may be shorter.</summary>
        public unsafe Tensor[] split(long size, int dim = 0)
        {
            nint* results;
            long count = Native.split(Handle, size, dim, &results);
            return CreateList(count, results, this);
        }

        /// <summary>Views of pieces of given sizes of a dimension.</summary>
        public unsafe Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0)
        {
            fixed (long* sizesPointer = sizes)
            {
                nint* results;
                long count = Native.split_sizes(Handle, new Ints(sizesPointer, sizes.Length), dim, &results);
                return CreateList(count, results, this);
            }
        }

        /// <summary>Views of pieces of given sizes of a dimension.</summary>
        public unsafe Tensor[] split(long[] sizes, long dim = 0)
        {
            fixed (long* sizesPointer = sizes)
            {
                nint* results;
                long count = Native.split_sizes(Handle, new Ints(sizesPointer, sizes.Length), dim, &results);
                return CreateList(count, results, this);
            }
        }

        /// <summary>Views of pieces of given sizes of the first dimension.</summary>
        public Tensor[] split(params long[] sizes) => split(sizes, 0L);

        /// <summary>Views of a number of nearly equal pieces of a dimension.</summary>
        public unsafe Tensor[] tensor_split(long size, long dim = 0)
        {
            nint* results;
            long count = Native.tensor_split(Handle, size, dim, &results);
            return CreateList(count, results, this);
        }

        /// <summary>Views of at most a number of equal pieces of a dimension.</summary>
        public unsafe Tensor[] chunk(long chunks, long dim = 0)
        {
            nint* results;
            long count = Native.chunk(Handle, chunks, dim, &results);
            return CreateList(count, results, this);
        }

        /// <summary>Views of every position of a dimension.</summary>
        public unsafe Tensor[] unbind(long dimension = 0)
        {
            nint* results;
            long count = Native.unbind(Handle, dimension, &results);
            return CreateList(count, results, this);
        }

        /// <summary>The elements rotated along a dimension, or in flattened order.</summary>
        public Tensor roll(long shifts, long? dims = null) => Create(Native.roll(Handle, shifts, dims ?? Absent.Integer), this);

        /// <summary>The elements rotated along several dimensions.</summary>
        public unsafe Tensor roll(long[] shifts, long[] dims)
        {
            fixed (long* shiftsPointer = shifts)
            fixed (long* dimsPointer = dims)
            {
                return Create(Native.roll_dims(Handle, new Ints(shiftsPointer, shifts.Length), new Ints(dimsPointer, dims.Length)), this);
            }
        }

        /// <summary>The elements in reverse order along some dimensions, copied.</summary>
        public unsafe Tensor flip(params long[] dims)
        {
            fixed (long* dimsPointer = dims)
            {
                return Create(Native.flip(Handle, new Ints(dimsPointer, dims.Length)), this);
            }
        }

        /// <summary>The lower triangle; zero above the diagonal.</summary>
        public Tensor tril(long diagonal = 0) => Create(Native.tril(Handle, diagonal), this);

        /// <summary>Zeroes what is above the diagonal, in place.</summary>
        public Tensor tril_(long diagonal = 0) => InPlace(Native.tril_(Handle, diagonal));

        /// <summary>The upper triangle; zero below the diagonal.</summary>
        public Tensor triu(long diagonal = 0) => Create(Native.triu(Handle, diagonal), this);

        /// <summary>Zeroes what is below the diagonal, in place.</summary>
        public Tensor triu_(long diagonal = 0) => InPlace(Native.triu_(Handle, diagonal));

        /// <summary>A diagonal matrix of a vector, or the diagonal of a matrix.</summary>
        public Tensor diag(long diagonal = 0) => Create(Native.diag(Handle, diagonal), this);

        /// <summary>A view of a diagonal.</summary>
        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) => Create(Native.diagonal(Handle, offset, dim1, dim2), this);

        /// <summary>Matrices with the last dimension on their diagonals.</summary>
        public Tensor diag_embed(long offset = 0, long dim1 = -2, long dim2 = -1) => Create(Native.diag_embed(Handle, offset, dim1, dim2), this);

        /// <summary>A view with explicit sizes and strides, in elements.</summary>
        public unsafe Tensor as_strided(long[] size, long[] strides, long storageOffset = 0)
        {
            fixed (long* sizePointer = size)
            fixed (long* stridesPointer = strides)
            {
                return Create(Native.as_strided(Handle, new Ints(sizePointer, size.Length), new Ints(stridesPointer, strides.Length), storageOffset), this);
            }
        }

        /// <summary>Another handle on the same tensor data.</summary>
        public Tensor alias() => Create(Native.alias(Handle), this);

        /// <summary>The elements in one dimension; a copy only where a view is impossible.</summary>
        public Tensor ravel() => Create(Native.ravel(Handle), this);

        /// <summary>A view with at least 1 dimension(s).</summary>
        public Tensor atleast_1d() => Create(Native.atleast_1d(Handle), this);

        /// <summary>A view with at least 2 dimension(s).</summary>
        public Tensor atleast_2d() => Create(Native.atleast_2d(Handle), this);

        /// <summary>A view with at least 3 dimension(s).</summary>
        public Tensor atleast_3d() => Create(Native.atleast_3d(Handle), this);
    }
}
