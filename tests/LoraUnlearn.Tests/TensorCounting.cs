using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests;

/// <summary>Tests that count the tensors of the process; they run alone, after all others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TensorCounting
{
    public const string Name = "Tensor counting";

    /// <summary>Fails when repetitions of some work leave more tensors behind than its first run did.</summary>
    internal static void AssertNothingIsLeftBehind(Action work, int repetitions = 3)
    {
        work();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Tensor.TotalCount;
        for (int repetition = 0; repetition < repetitions; repetition++)
        {
            work();
        }

        // No collection here: what only a finaliser frees has been left behind.
        Assert.InRange(Tensor.TotalCount, 0, before);
    }
}
