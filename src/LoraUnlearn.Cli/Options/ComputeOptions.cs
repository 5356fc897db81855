using System.CommandLine;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Cli.Options;

/// <summary>Where and how a model is computed.</summary>
internal sealed class ComputeOptions
{
    /// <summary>The device.</summary>
    public Option<string> Device { get; } = OptionKinds.Pattern(
        "--device", "NAME", "Device to compute on: auto (a GPU where there is one), cpu, cuda or cuda:N.", "auto", "^(auto|cpu|cuda(:[0-9]{1,3})?)$", "auto, cpu, cuda or cuda:N");

    /// <summary>The type of the computation.</summary>
    public Option<string> DType { get; } = OptionKinds.Choice(
        "--dtype", "Type of the computation, and of weights that are not quantised; auto is bfloat16 on a GPU and, in unlearn, finetune and bench, on a CPU with instructions for it (AVX512_BF16); otherwise float32. Adapters are float32 always.", "auto", "auto", "float32", "bfloat16", "float16");

    /// <summary>How the linear maps of the base model are held.</summary>
    public Option<string> BasePrecision { get; } = OptionKinds.Choice(
        "--base-precision", "How the base model's linear maps are held: stored, as the model folder has them; nf4 or int8, quantised while they are read (a 4-bit entry takes 0.52 bytes); bf16 or float32, held and computed in that type, and dequantised where they are quantised.",
        "stored", "stored", "nf4", "int8", "bf16", "float32");

    /// <summary>Threads on the CPU.</summary>
    public Option<int?> Threads { get; } = OptionKinds.OptionalWhole("--threads", "Threads on the CPU; as many as it has cores unless given.", 1, 4096);

    /// <summary>Seed of everything random.</summary>
    public Option<long> Seed { get; } = OptionKinds.Whole64(
        "--seed", "Seed of everything random; the same seed on the same machine gives the same result.", Defaults.Request.Seed);

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Device, DType, BasePrecision, Threads, Seed];

    /// <summary>Sets the threads, and says where to compute.</summary>
    /// <param name="invocation">The command line.</param>
    /// <param name="training">Whether gradients are computed, where auto may choose a narrower type (<see cref="ComputeSettings.Parse"/>).</param>
    /// <exception cref="InputException">The device is not there.</exception>
    public ComputeSettings Read(Invocation invocation, bool training = false)
    {
        Libtorch.UseThreads(invocation.Get(Threads));
        return ComputeSettings.Parse(invocation.Get(Device), invocation.Get(DType), training, invocation.Get(BasePrecision));
    }
}
