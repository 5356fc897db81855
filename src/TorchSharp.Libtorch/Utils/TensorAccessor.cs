using System.Collections;

namespace TorchSharp.Utils;

/// <summary>The elements of a tensor on the processor, in the order of their indices, whatever its strides.</summary>
/// <typeparam name="T">The managed type of the elements.</typeparam>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T>
    where T : unmanaged
{
    private readonly torch.Tensor _tensor;
    private readonly T* _data;
    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly bool _contiguous;

    internal TensorAccessor(torch.Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU)
        {
            throw new InvalidOperationException("Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
        }

        _tensor = tensor;
        _data = (T*)tensor.DataPointer();
        _shape = tensor.shape;
        _strides = tensor.stride();
        _contiguous = tensor.is_contiguous();
        Count = tensor.numel();
    }

    /// <summary>The number of elements.</summary>
    public long Count { get; }

    /// <summary>False: elements can be set.</summary>
    public bool IsReadOnly => false;

    /// <summary>An element, by its place in index order (one number) or by its indices (one for each dimension).</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such element.</exception>
    public T this[params long[] indices]
    {
        get
        {
            T value = _data[OffsetOf(indices)];
            GC.KeepAlive(_tensor);
            return value;
        }

        set
        {
            _data[OffsetOf(indices)] = value;
            GC.KeepAlive(_tensor);
        }
    }

    /// <summary>Whether two accessors have equal elements.</summary>
    public static bool operator ==(TensorAccessor<T> left, TensorAccessor<T> right) => left.Count == right.Count && left.SequenceEqual(right);

    /// <summary>Whether two accessors have different elements.</summary>
    public static bool operator !=(TensorAccessor<T> left, TensorAccessor<T> right) => !(left == right);

    /// <summary>The elements in a new array.</summary>
    public T[] ToArray()
    {
        T[] result = new T[Count];
        CopyTo(result);
        return result;
    }

    /// <summary>The elements in a new array of the tensor's shape.</summary>
    public Array ToNDArray()
    {
        if (_shape.Length < 2)
        {
            return ToArray();
        }

        Array result = Array.CreateInstance(typeof(T), _shape);
        int[] indices = new int[_shape.Length];
        foreach (T value in this)
        {
            result.SetValue(value, indices);
            for (int d = indices.Length - 1; d >= 0 && ++indices[d] == _shape[d]; d--)
            {
                indices[d] = 0;
            }
        }

        return result;
    }

    /// <summary>Copies elements, from one place in index order on, until the array is full or the tensor ends.</summary>
    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    /// <summary>Copies elements, from one place in index order on, until the span is full or the tensor ends.</summary>
    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        Span<T> target = array[arrayIndex..];
        int count = (int)Math.Min(target.Length, Remaining(tensorIndex));
        if (_contiguous)
        {
            new ReadOnlySpan<T>(_data + tensorIndex, count).CopyTo(target);
        }
        else
        {
            for (int i = 0; i < count; i++)
            {
                target[i] = _data[OffsetOf(tensorIndex + i)];
            }
        }

        GC.KeepAlive(_tensor);
    }

    /// <summary>Sets elements, from one place in index order on, until the array or the tensor ends.</summary>
    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) =>
        CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    /// <summary>Sets elements, from one place in index order on, until the span or the tensor ends.</summary>
    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        ReadOnlySpan<T> source = array[arrayIndex..];
        int count = (int)Math.Min(source.Length, Remaining(tensorIndex));
        if (_contiguous)
        {
            source[..count].CopyTo(new Span<T>(_data + tensorIndex, count));
        }
        else
        {
            for (int i = 0; i < count; i++)
            {
                _data[OffsetOf(tensorIndex + i)] = source[i];
            }
        }

        GC.KeepAlive(_tensor);
    }

    /// <summary>Whether the other object is an accessor with equal elements.</summary>
    public override bool Equals(object? obj) => obj is TensorAccessor<T> other && this == other;

    /// <summary>The hash code of the object, not of its elements.</summary>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    /// <summary>Nothing: the tensor stays as it is.</summary>
    public void Dispose()
    {
    }

    /// <summary>The elements in index order.</summary>
    public IEnumerator<T> GetEnumerator()
    {
        for (long i = 0; i < Count; i++)
        {
            yield return At(i);
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private T At(long index)
    {
        T value = _data[OffsetOf(index)];
        GC.KeepAlive(_tensor);
        return value;
    }

    private long Remaining(long tensorIndex)
    {
        if (tensorIndex < 0 || tensorIndex > Count)
        {
            throw new ArgumentOutOfRangeException(nameof(tensorIndex), tensorIndex, $"The tensor has {Count} elements.");
        }

        return Count - tensorIndex;
    }

    private long OffsetOf(long[] indices)
    {
        if (indices.Length == 1)
        {
            return indices[0] >= 0 && indices[0] < Count ? OffsetOf(indices[0]) : throw OutOfRange(indices);
        }

        if (indices.Length != _shape.Length)
        {
            throw OutOfRange(indices);
        }

        long offset = 0;
        for (int d = 0; d < indices.Length; d++)
        {
            offset += indices[d] >= 0 && indices[d] < _shape[d] ? indices[d] * _strides[d] : throw OutOfRange(indices);
        }

        return offset;
    }

    private long OffsetOf(long index)
    {
        if (_contiguous)
        {
            return index;
        }

        long offset = 0;
        for (int d = _shape.Length - 1; d >= 0; d--)
        {
            (index, long place) = Math.DivRem(index, _shape[d]);
            offset += place * _strides[d];
        }

        return offset;
    }

    private IndexOutOfRangeException OutOfRange(long[] indices) =>
        new($"[{string.Join(", ", indices)}] is outside a tensor of shape [{string.Join(", ", _shape)}].");
}
