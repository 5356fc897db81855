using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

// What the overloads of the factories share.
public static partial class torch
{
    /// <summary>A tensor that shares an array's memory, in the array's shape.</summary>
    public static Tensor from_array(Array rawArray, Device? device = null) =>
        from_array(rawArray, null, device);

    /// <summary>A tensor in an array's shape; it shares the array's memory where type and device allow, and pins it then.</summary>
    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        long[] shape = new long[rawArray.Rank];
        for (int d = 0; d < shape.Length; d++)
        {
            shape[d] = rawArray.GetLongLength(d);
        }

        return Finish(Shared(rawArray, shape, 0), dtype, device, requires_grad);
    }

    /// <summary>A tensor of one dimension that shares part of an array's memory: count elements (-1: all) from offset on.</summary>
    public static Tensor frombuffer(Array rawArray, ScalarType dtype, long count = -1, long offset = 0, bool requires_grad = false)
    {
        long length = rawArray.LongLength;
        if (offset < 0 || offset >= length)
        {
            throw new ArgumentException($"invalid value for 'offset': {offset}", nameof(offset));
        }

        count = count < 0 ? length - offset : count;
        if (count > length - offset)
        {
            throw new ArgumentException($"element count is too large: {count}", nameof(count));
        }

        return Finish(Shared(rawArray, [count], offset), dtype, null, requires_grad);
    }

    // fill: 0 whatever the memory holds, 1 zeros, 2 ones.
    private static unsafe Tensor Filled(int fill, ReadOnlySpan<long> size, ScalarType? dtype, Device? device, bool requiresGrad)
    {
        device = InitializeDevice(device);
        fixed (long* pointer = size)
        {
            return Tensor.Create(Native.filled(
                new Ints(pointer, size.Length), fill, (int)(dtype ?? get_default_dtype()), (int)device.type, device.index, requiresGrad));
        }
    }

    private static unsafe Tensor Full(ReadOnlySpan<long> size, Scalar value, ScalarType? dtype, Device? device, bool requiresGrad)
    {
        device = InitializeDevice(device);
        ScalarType type = dtype ?? (is_integral(value.Type) ? ScalarType.Int64 : get_default_dtype());
        fixed (long* pointer = size)
        {
            return Tensor.Create(Native.full(
                new Ints(pointer, size.Length), value.Value, (int)type, (int)device.type, device.index, requiresGrad));
        }
    }

    private static unsafe Tensor Drawn(bool normal, ReadOnlySpan<long> size, Generator? generator, ScalarType? dtype, Device? device, bool requiresGrad)
    {
        device = InitializeDevice(device);
        fixed (long* pointer = size)
        {
            return Tensor.Create(
                Native.rand(
                    new Ints(pointer, size.Length), normal, Generator.HandleOf(generator), (int)(dtype ?? get_default_dtype()), (int)device.type, device.index, requiresGrad),
                generator);
        }
    }

    private static unsafe Tensor FromScalar<T>(T value, ScalarType? dtype, Device? device, bool requiresGrad)
        where T : unmanaged
    {
        Tensor copied = Tensor.Create(Native.copied(&value, new Ints(null, 0), (int)ElementTypes.Of(typeof(T))));
        return Finish(copied, dtype, device, requiresGrad);
    }

    private static unsafe Tensor FromSpan<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> shape, ScalarType? dtype, Device? device, bool requiresGrad)
        where T : unmanaged
    {
        long count = 1;
        foreach (long size in shape)
        {
            count = checked(count * size);
        }

        if (count > values.Length)
        {
            throw new ArgumentException($"mismatched total size creating a tensor from an array: {count} vs. {values.Length}");
        }

        fixed (T* data = values)
        fixed (long* sizes = shape)
        {
            Tensor copied = Tensor.Create(Native.copied(data, new Ints(sizes, shape.Length), (int)ElementTypes.Of(typeof(T))));
            return Finish(copied, dtype, device, requiresGrad);
        }
    }

    private static ReadOnlySpan<T> AsSpan<T>(IList<T> values) => values switch
    {
        T[] array => array,
        List<T> list => CollectionsMarshal.AsSpan(list),
        _ => values.ToArray(),
    };

    private static unsafe Tensor Shared(Array array, long[] shape, long offset)
    {
        Type element = array.GetType().GetElementType()!;
        ScalarType type = ElementTypes.Of(element);
        GCHandle pin = GCHandle.Alloc(array, GCHandleType.Pinned);
        nint address = pin.AddrOfPinnedObject() + (nint)(offset * type.ElementSize());
        fixed (long* sizes = shape)
        {
            nint handle = Native.shared(address, new Ints(sizes, shape.Length), (int)type, &Unpin, GCHandle.ToIntPtr(pin));
            if (handle == 0)
            {
                pin.Free();
            }

            return Tensor.Create(handle);
        }
    }

    [UnmanagedCallersOnly]
    private static void Unpin(nint pin) => GCHandle.FromIntPtr(pin).Free();

    // Converts, moves and marks a tensor just made.
    private static Tensor Finish(Tensor made, ScalarType? dtype, Device? device, bool requiresGrad)
    {
        if ((dtype is not null && dtype != made.dtype) || (device is not null && device.type != DeviceType.CPU))
        {
            made = made.to(dtype ?? made.dtype, device ?? CPU, disposeAfter: true);
        }

        return requiresGrad ? made.requires_grad_() : made;
    }
}
