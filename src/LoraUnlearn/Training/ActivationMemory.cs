using LoraUnlearn.Models;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Training;

/// <summary>Decides whether the activations of all blocks may be kept, or blocks are recomputed in the backward pass.</summary>
public static class ActivationMemory
{
    private const double ShareOfMachine = 0.35;
    private const double ShareOfAccelerator = 0.7; // of what is free; the rest is for the head's logits and the allocator's gaps
    private const long BytesOnAccelerator = 6L << 30; // where the device does not say

    /// <summary>Bytes that one pass keeps without recomputation, counted from the widths.</summary>
    /// <param name="spec">The architecture.</param>
    /// <param name="batch">Sequences.</param>
    /// <param name="length">Positions.</param>
    /// <param name="bytesPerNumber">4 for float32.</param>
    public static long Estimate(DecoderSpec spec, long batch, long length, int bytesPerNumber)
    {
        long perToken = (12 * spec.Width) + (4 * (spec.Heads + spec.KeyValueHeads) * spec.HeadWidth) + (5 * spec.MlpWidth) + (2 * spec.Heads * length);
        return spec.Layers * batch * length * perToken * bytesPerNumber;
    }

    /// <summary>Whether to recompute: under auto where the estimate is over 35 % of the memory, or 70 % of what an accelerator has free.</summary>
    /// <param name="mode">Anything but auto decides alone.</param>
    /// <param name="decoder">The model.</param>
    /// <param name="batch">Sequences of the largest batch.</param>
    /// <param name="length">Its positions.</param>
    public static bool ShouldCheckpoint(CheckpointingMode mode, Decoder decoder, long batch, long length) =>
        ShouldCheckpoint(mode, decoder.Spec, new ComputeSettings(decoder.Device, decoder.Dtype), batch, length);

    /// <summary>The same before the model is loaded.</summary>
    internal static bool ShouldCheckpoint(CheckpointingMode mode, DecoderSpec spec, ComputeSettings compute, long batch, long length)
    {
        if (mode != CheckpointingMode.Auto)
        {
            return mode == CheckpointingMode.On;
        }

        double available = compute.Device.type == DeviceType.CPU
            ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * ShareOfMachine
            : DeviceMemory.Free(compute.Device) * ShareOfAccelerator ?? BytesOnAccelerator;
        return Estimate(spec, batch, length, BytesOf(compute.Dtype)) > available;
    }

    /// <summary>Bytes of one number.</summary>
    internal static int BytesOf(ScalarType dtype) => dtype is ScalarType.BFloat16 or ScalarType.Float16 ? 2 : 4;
}
