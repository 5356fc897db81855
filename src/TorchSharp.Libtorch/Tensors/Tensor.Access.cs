using TorchSharp.Interop;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    // Elements on the managed side.
    public partial class Tensor
    {
        /// <summary>
        /// The memory of a contiguous tensor on the processor, as bytes. Valid while the tensor is: the span keeps nothing alive.
        /// </summary>
        /// <exception cref="InvalidOperationException">Not on the processor or not contiguous.</exception>
        /// <exception cref="OverflowException">2 GiB or more.</exception>
        public unsafe Span<byte> bytes
        {
            get
            {
                if (device_type != DeviceType.CPU)
                {
                    throw new InvalidOperationException("Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
                }

                if (!is_contiguous())
                {
                    throw new InvalidOperationException("The bytes of a non-contiguous tensor cannot be read; call contiguous() first.");
                }

                return new Span<byte>(DataPointer(), checked((int)(numel() * element_size())));
            }

            set
            {
                Span<byte> target = bytes;
                if (target.Length != value.Length)
                {
                    throw new ArgumentException($"{value.Length} bytes do not fit a tensor of {target.Length} bytes.", nameof(value));
                }

                value.CopyTo(target);
            }
        }

        /// <summary>The elements of a tensor on the processor, in the order of their indices.</summary>
        /// <exception cref="InvalidOperationException">Not on the processor.</exception>
        /// <exception cref="ArgumentException">The element type is not <typeparamref name="T"/>.</exception>
        public TensorAccessor<T> data<T>()
            where T : unmanaged
        {
            ValidateType(typeof(T));
            return new TensorAccessor<T>(this);
        }

        /// <summary>The only element of a tensor, on any device.</summary>
        /// <exception cref="ArgumentException">There is not exactly one element, or its type is not <typeparamref name="T"/>.</exception>
        public T item<T>()
            where T : unmanaged
        {
            if (numel() != 1)
            {
                throw new ArgumentException($"Number of elements in the tensor must be 1, but it is {numel()}.");
            }

            ValidateType(typeof(T));
            Number number = OnlyElement();
            return dtype switch
            {
                ScalarType.Byte => Cast<byte, T>((byte)number.AsInteger),
                ScalarType.Int8 => Cast<sbyte, T>((sbyte)number.AsInteger),
                ScalarType.Int16 => Cast<short, T>((short)number.AsInteger),
                ScalarType.Int32 => Cast<int, T>((int)number.AsInteger),
                ScalarType.Int64 => Cast<long, T>(number.AsInteger),
                ScalarType.Float16 => Cast<Half, T>((Half)number.AsDouble),
                ScalarType.BFloat16 => Cast<BFloat16, T>((BFloat16)(float)number.AsDouble),
                ScalarType.Float32 => Cast<float, T>((float)number.AsDouble),
                ScalarType.Float64 => Cast<double, T>(number.AsDouble),
                _ => Cast<bool, T>(number.AsBoolean),
            };
        }

        /// <summary>The only element of a tensor.</summary>
        public Scalar ToScalar()
        {
            Number number = OnlyElement();
            return new Scalar(number, dtype);
        }

        /// <summary>The only element, as the shim hands it over.</summary>
        internal unsafe Number OnlyElement()
        {
            Number result;
            InPlace(Native.item(Handle, &result));
            return result;
        }

        /// <summary>The address of the first element.</summary>
        internal unsafe void* DataPointer()
        {
            int status;
            void* address = Native.data(Handle, &status);
            InPlace(status);
            return address;
        }

        private static unsafe TTo Cast<TFrom, TTo>(TFrom value)
            where TFrom : unmanaged
            where TTo : unmanaged => *(TTo*)&value;

        private void ValidateType(Type expected)
        {
            Type found = ElementTypes.ManagedType(dtype);
            if (found != expected)
            {
                throw new ArgumentException($"{expected.Name} is not compatible with {dtype}");
            }
        }
    }
}
