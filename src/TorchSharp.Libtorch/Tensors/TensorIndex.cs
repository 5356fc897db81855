using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>One entry of an index: a position, a slice, a new dimension, the ellipsis, a boolean or a tensor.</summary>
    public readonly struct TensorIndex
    {
        private readonly long _kind;
        private readonly long _start;
        private readonly long _stop;
        private readonly long _step;
        private readonly Tensor? _tensor;

        private TensorIndex(long kind, long start = 0, long stop = 0, long step = 0, Tensor? tensor = null)
        {
            _kind = kind;
            _start = start;
            _stop = stop;
            _step = step;
            _tensor = tensor;
        }

        /// <summary>All dimensions that no other entry names.</summary>
        public static readonly TensorIndex Ellipsis = new(IndexEntry.Rest);

        /// <summary>A new dimension of size one.</summary>
        public static readonly TensorIndex None = new(IndexEntry.NewDimension);

        /// <summary>A new dimension of size one.</summary>
        public static readonly TensorIndex Null = new(IndexEntry.NewDimension);

        /// <summary>A whole dimension.</summary>
        public static readonly TensorIndex Colon = Slice();

        /// <summary>Every step-th position of [start, stop); null for the ends of the dimension.</summary>
        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new(IndexEntry.Range, start ?? Absent.Integer, stop ?? Absent.Integer, step ?? Absent.Integer);

        /// <summary>The positions from the first number to the second, exclusive.</summary>
        public static TensorIndex Slice((int? start, int? end) range) => Slice(range.start, range.end);

        /// <summary>The positions of a range.</summary>
        public static TensorIndex Slice(Range range)
        {
            long? start = range.Start.IsFromEnd ? -1L * range.Start.Value : range.Start.Value;
            long? stop = range.End.IsFromEnd ? (range.End.Value == 0 ? null : -1L * range.End.Value) : range.End.Value;
            return Slice(start, stop);
        }

        /// <summary>A boolean: a new dimension of size one or zero.</summary>
        public static TensorIndex Bool(bool value) => new(IndexEntry.Condition, value ? 1 : 0);

        /// <summary>A position; null for a new dimension.</summary>
        public static TensorIndex Single(long? index) => index.HasValue ? new(IndexEntry.Position, index.Value) : None;

        /// <summary>The positions that a tensor holds, or those where it is true.</summary>
        public static TensorIndex Tensor(Tensor tensor) => new(IndexEntry.Chosen, tensor: tensor);

        /// <summary>A position.</summary>
        public static implicit operator TensorIndex(long value) => Single(value);

        /// <summary>The positions from the first number to the second, exclusive.</summary>
        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);

        /// <summary>The positions of a range.</summary>
        public static implicit operator TensorIndex(Range range) => Slice(range);

        /// <summary>A position, possibly from the end.</summary>
        public static implicit operator TensorIndex(Index index) => Single(index.IsFromEnd ? -1L * index.Value : index.Value);

        /// <summary>This entry as the shim takes it.</summary>
        internal IndexEntry Entry => new()
        {
            Kind = _kind,
            Start = _start,
            Stop = _stop,
            Step = _step,
            Tensor = _tensor is null ? 0 : _tensor.Handle,
        };
    }
}
