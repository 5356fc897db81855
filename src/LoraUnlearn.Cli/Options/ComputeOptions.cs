using System.CommandLine;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Torch;
using TorchSharp;

namespace LoraUnlearn.Cli.Options;

/// <summary>Where and how a model is computed.</summary>
internal sealed class ComputeOptions
{
    /// <summary>The device.</summary>
    public Option<string> Device { get; } = OptionKinds.Pattern(
        "--device", "NAME", "Device to compute on: auto (a GPU where there is one), cpu, cuda or cuda:N.", "auto", "^(auto|cpu|cuda(:[0-9]{1,3})?)$", "auto, cpu, cuda or cuda:N");

    /// <summary>The type of the base model's weights.</summary>
    public Option<string> DType { get; } = OptionKinds.Choice(
        "--dtype", "Type of the base model's weights; auto is float32 on a CPU and bfloat16 on a GPU. Adapters are float32 always.", "auto", "auto", "float32", "bfloat16", "float16");

    /// <summary>Threads on the CPU.</summary>
    public Option<int?> Threads { get; } = OptionKinds.OptionalWhole("--threads", "Threads on the CPU; as many as it has cores unless given.", 1, 4096);

    /// <summary>Seed of everything random.</summary>
    public Option<long> Seed { get; } = OptionKinds.Whole64(
        "--seed", "Seed of everything random; the same seed on the same machine gives the same result.", Defaults.Request.Seed);

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Device, DType, Threads, Seed];

    /// <summary>Sets the threads, and says where to compute.</summary>
    /// <exception cref="InputException">The device is not there.</exception>
    public ComputeSettings Read(Invocation invocation)
    {
        if (invocation.Get(Threads) is int threads)
        {
            torch.set_num_threads(threads);
        }

        return ComputeSettings.Parse(invocation.Get(Device), invocation.Get(DType));
    }
}
