using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // The indexer, reading and writing.
    [SuppressMessage("Performance", "CA1861:Avoid constant arrays as arguments", Justification = "The entries vary.")]
    public partial class Tensor
    {
        /// <summary>The elements that the entries choose: a view for positions and slices, a copy for tensors.</summary>
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => Put(indices, value);
        }

        /// <summary>The elements that the tensors of positions, or the masks, choose; copied.</summary>
        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        /// <summary>A view of one position of the first dimension.</summary>
        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => At([i1]);
            set => Put([i1], value);
        }

        /// <summary>A view of one position of the first two dimensions.</summary>
        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => At([i1, i2]);
            set => Put([i1, i2], value);
        }

        /// <summary>A view of one position of the first three dimensions.</summary>
        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => At([i1, i2, i3]);
            set => Put([i1, i2, i3], value);
        }

        /// <summary>A view of one position of the first four dimensions.</summary>
        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => At([i1, i2, i3, i4]);
            set => Put([i1, i2, i3, i4], value);
        }

        /// <summary>A view of one position of the first five dimensions.</summary>
        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4, long i5]
        {
            get => At([i1, i2, i3, i4, i5]);
            set => Put([i1, i2, i3, i4, i5], value);
        }

        /// <summary>The elements that the entries choose: a view for positions and slices, a copy for tensors.</summary>
        public unsafe Tensor index(params TensorIndex[] indices)
        {
            Span<IndexEntry> entries = Entries(indices, stackalloc IndexEntry[indices.Length]);
            fixed (IndexEntry* pointer = entries)
            {
                return Create(Native.index(Handle, pointer, entries.Length), this, indices);
            }
        }

        /// <summary>The elements that the tensors of positions, or the masks, choose; copied. Null for a whole dimension.</summary>
        public Tensor index(params Tensor[] indices) => index(AsEntries(indices));

        /// <summary>Sets the elements that the entries choose.</summary>
        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            Put(indices, value);
            return this;
        }

        /// <summary>Sets, or adds to, the elements that the tensors of positions choose.</summary>
        public unsafe Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false)
        {
            nint[] handles = HandlesOf(indices);
            fixed (nint* pointer = handles)
            {
                return InPlace(Native.index_put(Handle, pointer, handles.Length, value.Handle, accumulate), value, indices);
            }
        }

        /// <summary>Sets the elements that the tensors of positions choose.</summary>
        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, indices, accumulate: false);

        /// <summary>Sets the elements that the entries choose to a number.</summary>
        public unsafe Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            Span<IndexEntry> entries = Entries(indices, stackalloc IndexEntry[indices.Length]);
            fixed (IndexEntry* pointer = entries)
            {
                return InPlace(Native.index_set_scalar(Handle, pointer, entries.Length, value.Value), indices);
            }
        }

        /// <summary>Sets the elements that the tensors of positions choose to a number.</summary>
        public Tensor index_put_(Scalar value, params Tensor[] indices) => index_put_(value, AsEntries(indices));

        private Tensor At(TensorIndex[] indices) => index(indices);

        private static TensorIndex[] AsEntries(Tensor[] indices) =>
            [.. indices.Select(i => i is null ? TensorIndex.Colon : TensorIndex.Tensor(i))];

        private static Span<IndexEntry> Entries(TensorIndex[] indices, Span<IndexEntry> entries)
        {
            for (int i = 0; i < indices.Length; i++)
            {
                entries[i] = indices[i].Entry;
            }

            return entries;
        }

        private unsafe void Put(TensorIndex[] indices, Tensor value)
        {
            Span<IndexEntry> entries = Entries(indices, stackalloc IndexEntry[indices.Length]);
            fixed (IndexEntry* pointer = entries)
            {
                InPlace(Native.index_set(Handle, pointer, entries.Length, value.Handle), value, indices);
            }
        }
    }
}
