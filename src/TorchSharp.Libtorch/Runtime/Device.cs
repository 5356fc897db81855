using System.Globalization;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Where a tensor lives: a kind of device and its number, -1 for the current one.</summary>
    public class Device
    {
        /// <summary>A device from a description such as "cpu", "cuda" or "cuda:1".</summary>
        /// <exception cref="ArgumentException">The kind of device is unknown or the number is none.</exception>
        public Device(string description)
        {
            string[] parts = description.Split(':');
            if (parts.Length > 2)
            {
                throw new ArgumentException($"'{description}' is not a device: expected 'cpu', 'cuda' or 'cuda:N'.", nameof(description));
            }

            type = ParseType(parts[0]);
            if (parts.Length == 2)
            {
                index = int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                    ? number
                    : throw new ArgumentException($"'{description}' is not a device: '{parts[1]}' is no number.", nameof(description));
            }
        }

        /// <summary>A device from the name of its kind and its number.</summary>
        public Device(string deviceType, int index = -1)
        {
            type = ParseType(deviceType);
            this.index = index;
        }

        /// <summary>A device from its kind and its number.</summary>
        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = index;
        }

        /// <summary>A CUDA device from its number.</summary>
        public Device(int index)
        {
            type = DeviceType.CUDA;
            this.index = index;
        }

        /// <summary>The kind of device.</summary>
        public DeviceType type { get; private set; } = DeviceType.CPU;

        /// <summary>The number of the device; -1 for the current one.</summary>
        public int index { get; private set; } = -1;

        /// <summary>A device from its description.</summary>
        public static implicit operator Device(string description) => new(description);

        /// <summary>"cpu", "cuda" or "cuda:1".</summary>
        public override string ToString()
        {
            string kind = type.ToString().ToLowerInvariant();
            return type == DeviceType.CPU || index == -1 ? kind : $"{kind}:{index}";
        }

        /// <summary>The code of the kind of device; <see cref="Absent.Code"/> for null.</summary>
        internal static int TypeCode(Device? device) => device is null ? Absent.Code : (int)device.type;

        /// <summary>The number of the device; -1 for null.</summary>
        internal static int IndexCode(Device? device) => device is null ? -1 : device.index;

        private static DeviceType ParseType(string name) =>
            Enum.TryParse(name, ignoreCase: true, out DeviceType kind) && !char.IsAsciiDigit(name[0])
                ? kind
                : throw new ArgumentException($"'{name}' is not a kind of device: expected 'cpu' or 'cuda'.", nameof(name));
    }

    /// <summary>The processor.</summary>
    public static readonly Device CPU = new(DeviceType.CPU);

    /// <summary>The device without data.</summary>
    public static readonly Device META = new(DeviceType.META);

    /// <summary>The current CUDA device.</summary>
    /// <exception cref="InvalidOperationException">CUDA is not available.</exception>
    public static Device CUDA => InitializeDevice(new Device(DeviceType.CUDA));

    /// <summary>A device from a description such as "cpu" or "cuda:1".</summary>
    public static Device device(string description) => InitializeDevice(new Device(description));

    /// <summary>A device from the name of its kind and its number.</summary>
    public static Device device(string deviceType, int index = -1) => InitializeDevice(new Device(deviceType, index));

    /// <summary>A device from its kind and its number.</summary>
    public static Device device(DeviceType deviceType, int index = -1) => InitializeDevice(new Device(deviceType, index));

    /// <summary>A CUDA device from its number.</summary>
    public static Device device(int index) => new(DeviceType.CUDA, index);

    /// <summary>Makes sure that a kind of device can be used.</summary>
    /// <exception cref="InvalidOperationException">It cannot.</exception>
    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (!TryInitializeDeviceType(deviceType))
        {
            throw new InvalidOperationException(
                $"The device '{deviceType.ToString().ToLowerInvariant()}' is not available: this libtorch was built without it, or no such device is in the machine.");
        }
    }

    /// <summary>Whether a kind of device can be used.</summary>
    public static bool TryInitializeDeviceType(DeviceType deviceType) => deviceType switch
    {
        DeviceType.CPU or DeviceType.META => true,
        DeviceType.CUDA => Native.cuda_available(),
        _ => false,
    };

    /// <summary>The device, or the default one for null, made sure that it can be used.</summary>
    public static Device InitializeDevice(Device? device)
    {
        device ??= CPU;
        InitializeDeviceType(device.type);
        return device;
    }

    /// <summary>Whether CUDA can be used.</summary>
    public static bool cuda_is_available() => Native.cuda_available();
}
