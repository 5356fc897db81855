using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Other element types and other devices.
    public partial class Tensor
    {
        /// <summary>This tensor on another kind of device; itself (a second handle) where it is there and no copy is asked for.</summary>
        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            InitializeDeviceType(deviceType);
            return To(Absent.Code, (int)deviceType, deviceIndex, copy, disposeAfter, non_blocking);
        }

        /// <summary>This tensor with another element type on another device.</summary>
        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            device = InitializeDevice(device);
            return To((int)type, (int)device.type, device.index, copy, disposeAfter, non_blocking);
        }

        /// <summary>This tensor with another element type.</summary>
        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to_type(type, copy, disposeAfter, non_blocking);

        /// <summary>This tensor on the described device.</summary>
        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(new Device(device), copy, disposeAfter, non_blocking);

        /// <summary>This tensor on another device.</summary>
        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(device.type, device.index, copy, disposeAfter, non_blocking);

        /// <summary>This tensor with the element type and on the device of another one.</summary>
        public Tensor to(Tensor other, bool non_blocking = false) => to(other.dtype, other.device, non_blocking: non_blocking);

        /// <summary>This tensor with another element type.</summary>
        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            To((int)type, Absent.Code, -1, copy, disposeAfter, non_blocking);

        /// <summary>This tensor with the element type of another one.</summary>
        public Tensor type_as(Tensor tensor) => to_type(tensor.dtype);

        /// <summary>This tensor with another element type.</summary>
        public Tensor type(ScalarType dtype) => to_type(dtype);

        /// <summary>The result of a conversion function.</summary>
        public Tensor type(Func<Tensor, Tensor> typeFunc) => typeFunc(this);

        /// <summary>This tensor on a CUDA device, the current one for null.</summary>
        public Tensor cuda(Device? device = null, bool non_blocking = false) =>
            device is null || device.type == DeviceType.CUDA
                ? to(DeviceType.CUDA, device?.index ?? -1, non_blocking: non_blocking)
                : throw new ArgumentException($"'{device}' is not a CUDA device.", nameof(device));

        /// <summary>This tensor as booleans.</summary>
        public Tensor @bool() => to_type(ScalarType.Bool);

        /// <summary>This tensor as unsigned bytes.</summary>
        public Tensor @byte() => to_type(ScalarType.Byte);

        /// <summary>This tensor as 16-bit integers.</summary>
        public Tensor @short() => to_type(ScalarType.Int16);

        /// <summary>This tensor as 32-bit integers.</summary>
        public Tensor @int() => to_type(ScalarType.Int32);

        /// <summary>This tensor as 64-bit integers.</summary>
        public Tensor @long() => to_type(ScalarType.Int64);

        /// <summary>This tensor in half precision.</summary>
        public Tensor half() => to_type(ScalarType.Float16);

        /// <summary>This tensor as bfloat16.</summary>
        public Tensor bfloat16() => to_type(ScalarType.BFloat16);

        /// <summary>This tensor in single precision.</summary>
        public Tensor @float() => to_type(ScalarType.Float32);

        /// <summary>This tensor in double precision.</summary>
        public Tensor @double() => to_type(ScalarType.Float64);

        private Tensor To(int type, int deviceType, int deviceIndex, bool copy, bool disposeAfter, bool nonBlocking)
        {
            Tensor result = Create(Native.to(Handle, type, deviceType, deviceIndex, nonBlocking, copy), this);
            if (disposeAfter)
            {
                Dispose();
            }

            return result;
        }
    }
}
