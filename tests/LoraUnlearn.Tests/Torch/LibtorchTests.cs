using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Torch;

[Collection(RunsAlone.Name)]
public class LibtorchTests
{
    [Fact]
    public void ThreadsAreTheCoresUnlessAskedFor()
    {
        int before = get_num_threads();
        try
        {
            Libtorch.UseThreads(3);
            Assert.Equal(3, get_num_threads());
            Libtorch.UseThreads(null);
            Assert.InRange(get_num_threads(), 1, Environment.ProcessorCount);
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void VersionsNameEverythingThatComputes()
    {
        JsonObject versions = Libtorch.Versions();

        Assert.Equal(["lora_unlearn", "torchsharp", "libtorch", "blas", "isa", "threads"], versions.Select(pair => pair.Key));
        Assert.StartsWith("0.107", (string)versions["torchsharp"]!, StringComparison.Ordinal);
        Assert.StartsWith("2.10", (string)versions["libtorch"]!, StringComparison.Ordinal);
        Assert.Equal(get_num_threads(), (int)versions["threads"]!);
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains("Math Kernel Library", (string)versions["blas"]!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void InstructionsAreTheProcessorsOwn()
    {
        const string Flags = "/proc/cpuinfo";
        if (File.Exists(Flags) && RuntimeInformation.ProcessArchitecture == Architecture.X64)
        {
            string[] flags = File.ReadLines(Flags).First(line => line.StartsWith("flags", StringComparison.Ordinal)).Split(' ');
            Assert.Equal(flags.Contains("avx512_bf16"), Processor.HasBfloat16);
            Assert.Equal(flags.Contains("avx512f"), Processor.InstructionSet.StartsWith("AVX512", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void OnlyTrainingIsNarrowOnACpu()
    {
        ScalarType training = Processor.HasBfloat16 ? ScalarType.BFloat16 : ScalarType.Float32;

        Assert.Equal(ScalarType.Float32, ComputeSettings.Parse("cpu", "auto").Dtype);
        Assert.Equal(training, ComputeSettings.Parse("cpu", "auto", training: true).Dtype);
        Assert.Equal(ScalarType.Float32, ComputeSettings.Parse("cpu", "float32", training: true).Dtype);
    }

    [Fact]
    public void FreedLargeBlocksAreNotGivenBackAtOnce()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable("GLIBC_TUNABLES") is not null)
        {
            return;
        }

        // Were the block mapped for itself, as glibc does from 32 MiB on, the count of such blocks would rise. (On threads other than
        // the first, where tests run, blocks of 64 MiB and more are mapped whatever is asked for.)
        nuint before = MappedBlocks();
        using Tensor large = ones([10L << 20], ScalarType.Float32);

        Assert.Equal(before, MappedBlocks());
    }

    [Fact]
    public void MemoryOfADeviceIsUnknownWithoutItsDriver()
    {
        Assert.Null(DeviceMemory.Ask("no-such-driver.so.1"));
        Assert.Null(DeviceMemory.Free(CPU));
    }

    private static nuint MappedBlocks() => ReadStatistics().MappedBlocks;

    [DllImport("libc", EntryPoint = "mallinfo2")]
    private static extern Statistics ReadStatistics();

    // struct mallinfo2 of malloc.h.
    [StructLayout(LayoutKind.Sequential)]
    private struct Statistics
    {
        public nuint Arena, FreeChunks, FastBins, MappedBlocks, MappedBytes, Unused, FastBytes, Used, Free, Top;
    }
}
