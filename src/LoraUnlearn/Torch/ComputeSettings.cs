using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Torch;

/// <summary>Where to compute, and in which type the frozen model.</summary>
/// <param name="Device">Where weights, adapters and batches lie.</param>
/// <param name="Dtype">Type of activations, and of weights that are not quantised; adapters are float32 always.</param>
public sealed record ComputeSettings(Device Device, ScalarType Dtype)
{
    /// <summary>How the linear maps of the frozen model are held.</summary>
    public BasePrecision Base { get; init; } = BasePrecision.Stored;

    /// <summary>Reads <c>--device</c> and <c>--dtype</c>.</summary>
    /// <param name="device"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</param>
    /// <param name="dtype"><c>auto</c>, <c>float32</c>, <c>bfloat16</c> or <c>float16</c>.</param>
    /// <param name="training">
    /// Whether the work is a gradient's: a Fisher estimate or training, which no digit beyond bfloat16's helps, since adapters, losses
    /// and statistics are float32. Scores are compared digit by digit, so that on a CPU <c>auto</c> leaves them in float32.
    /// </param>
    /// <param name="basePrecision"><c>stored</c>, <c>nf4</c>, <c>int8</c>, <c>bf16</c> or <c>float32</c>; the last two are a type, too.</param>
    /// <exception cref="InputException">An unknown name, a device that is not there, or two types that contradict each other.</exception>
    public static ComputeSettings Parse(string device, string dtype, bool training = false, string basePrecision = "stored")
    {
        if (basePrecision is "bf16" or "float32")
        {
            string type = basePrecision == "bf16" ? "bfloat16" : "float32";
            return dtype == "auto" || dtype == type
                ? Parse(device, type, training) with { Base = BasePrecision.Full }
                : throw new InputException($"--base-precision {basePrecision} holds and computes the model in {type}, and --dtype asks for {dtype}; give one of the two.");
        }

        Device place = ParseDevice(device);
        bool accelerated = place.type != DeviceType.CPU;
        return new ComputeSettings(place, dtype switch
        {
            "auto" => accelerated || (training && Processor.HasBfloat16) ? ScalarType.BFloat16 : ScalarType.Float32,
            "float32" => ScalarType.Float32,
            "bfloat16" => ScalarType.BFloat16,
            "float16" => ScalarType.Float16,
            _ => throw new InputException($"--dtype is '{dtype}'; expected auto, float32, bfloat16 or float16."),
        })
        {
            Base = basePrecision switch
            {
                "stored" => BasePrecision.Stored,
                _ => QuantisedPrecision.Named(basePrecision) ?? throw new InputException($"--base-precision is '{basePrecision}'; expected stored, nf4, int8, bf16 or float32."),
            },
        };
    }

    private static Device ParseDevice(string device)
    {
        if (device == "auto")
        {
            return new Device(cuda.is_available() ? "cuda:0" : "cpu");
        }

        if (device == "cpu")
        {
            return new Device("cpu");
        }

        string number = device == "cuda" ? "0" : device.StartsWith("cuda:", StringComparison.Ordinal) ? device[5..] : string.Empty;
        if (!int.TryParse(number, out int index) || index < 0)
        {
            throw new InputException($"--device is '{device}'; expected auto, cpu, cuda or cuda:N.");
        }

        int count = cuda.is_available() ? cuda.device_count() : 0;
        if (index >= count)
        {
            throw new InputException(count == 0
                ? $"--device is '{device}', but this libtorch sees no CUDA device; use --device cpu, or build against a libtorch with CUDA."
                : $"--device is '{device}', but there are {count} CUDA devices, numbered from 0.");
        }

        return new Device(DeviceType.CUDA, index);
    }
}
