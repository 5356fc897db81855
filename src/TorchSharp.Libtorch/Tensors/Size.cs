using System.Collections;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>The sizes of a tensor's dimensions.</summary>
    public readonly struct Size : IEnumerable<long>
    {
        private readonly long[]? _shape;

        /// <summary>Sizes from an array.</summary>
        public Size(long[] shape) => _shape = [.. shape];

        /// <summary>Sizes from a sequence.</summary>
        public Size(IEnumerable<long> shape) => _shape = [.. shape];

        /// <summary>Sizes from an array.</summary>
        public Size(int[] shape) => _shape = [.. shape.Select(size => (long)size)];

        /// <summary>One size.</summary>
        public Size(long size) => _shape = [size];

        /// <summary>One size.</summary>
        public Size(int size) => _shape = [size];

        /// <summary>Two sizes.</summary>
        public Size((long, long) size) => _shape = [size.Item1, size.Item2];

        /// <summary>Three sizes.</summary>
        public Size((long, long, long) size) => _shape = [size.Item1, size.Item2, size.Item3];

        /// <summary>Four sizes.</summary>
        public Size((long, long, long, long) size) => _shape = [size.Item1, size.Item2, size.Item3, size.Item4];

        /// <summary>Whether there are no dimensions.</summary>
        public bool IsEmpty => Shape.Length == 0;

        /// <summary>Whether there are no dimensions.</summary>
        public bool IsScalar => IsEmpty;

        /// <summary>The number of dimensions.</summary>
        public int Length => Shape.Length;

        /// <summary>The sizes.</summary>
        public long[] Shape => _shape ?? [];

        /// <summary>The size of a dimension.</summary>
        public long this[int idx] => Shape[idx < 0 ? Shape.Length + idx : idx];

        /// <summary>The size of a dimension.</summary>
        public long this[long idx] => this[(int)idx];

        /// <summary>One size.</summary>
        public static implicit operator Size(long size) => new(size);

        /// <summary>Two sizes.</summary>
        public static implicit operator Size((long, long) size) => new(size);

        /// <summary>Three sizes.</summary>
        public static implicit operator Size((long, long, long) size) => new(size);

        /// <summary>Four sizes.</summary>
        public static implicit operator Size((long, long, long, long) size) => new(size);

        /// <summary>Sizes from an array.</summary>
        public static implicit operator Size(long[] size) => new(size);

        /// <summary>Whether two lists of sizes are equal.</summary>
        public static bool operator ==(Size left, Size right) => left.Equals(right);

        /// <summary>Whether two lists of sizes differ.</summary>
        public static bool operator !=(Size left, Size right) => !left.Equals(right);

        /// <summary>The number of elements.</summary>
        public long numel() => Shape.TotalSize();

        /// <inheritdoc/>
        public override bool Equals(object? obj) => obj is Size other && Shape.AsSpan().SequenceEqual(other.Shape);

        /// <inheritdoc/>
        public override int GetHashCode()
        {
            HashCode code = default;
            foreach (long size in Shape)
            {
                code.Add(size);
            }

            return code.ToHashCode();
        }

        /// <inheritdoc/>
        public IEnumerator<long> GetEnumerator() => ((IEnumerable<long>)Shape).GetEnumerator();

        /// <inheritdoc/>
        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
