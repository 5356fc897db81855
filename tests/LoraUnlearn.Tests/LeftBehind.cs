using static TorchSharp.torch;

namespace LoraUnlearn.Tests;

/// <summary>Counts the tensors that some work leaves behind; for tests that run alone.</summary>
internal static class LeftBehind
{
    /// <summary>Fails when repetitions of some work leave more tensors behind than its first run did.</summary>
    public static void AssertNothing(Action work, int repetitions = 3)
    {
        work();
        long before = CountAfterCollection();
        for (int repetition = 0; repetition < repetitions; repetition++)
        {
            work();
        }

        // No collection here: what only a finaliser frees has been left behind.
        Assert.InRange(Tensor.TotalCount, 0, before);
    }

    /// <summary>The tensors that there are, those of earlier tests that wait for their finalisers left out.</summary>
    public static long CountAfterCollection()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }
}
