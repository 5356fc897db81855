using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace LoraUnlearn.Torch;

/// <summary>What the processor can do that libtorch makes use of.</summary>
public static class Processor
{
    private const int ExtendedFeatures = 7;
    private const int Avx512Bfloat16Bit = 5; // CPUID leaf 7, sub-leaf 1, EAX

    /// <summary>
    /// Whether products of bfloat16 matrices have instructions of their own (AVX512_BF16; processors with AMX have it too). Measured
    /// with them: 199 against 91 GFLOP/s a core. Without them bfloat16 is slower than float32.
    /// </summary>
    public static bool HasBfloat16 { get; } =
        Avx512F.IsSupported
        && X86Base.CpuId(0, 0).Eax >= ExtendedFeatures
        && X86Base.CpuId(ExtendedFeatures, 0).Eax >= 1
        && ((X86Base.CpuId(ExtendedFeatures, 1).Eax >> Avx512Bfloat16Bit) & 1) == 1;

    /// <summary>The widest vector instructions, as libtorch names them, and what was set in their place (<c>ATEN_CPU_CAPABILITY</c>).</summary>
    public static string InstructionSet
    {
        get
        {
            string widest = Avx512F.IsSupported ? "AVX512" : Avx2.IsSupported ? "AVX2" : AdvSimd.IsSupported ? "NEON" : "DEFAULT";
            string found = HasBfloat16 ? widest + " BF16" : widest;
            return Environment.GetEnvironmentVariable("ATEN_CPU_CAPABILITY") is { Length: > 0 } asked ? $"{found}, limited to {asked}" : found;
        }
    }
}
