using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Torch;

/// <summary>Where TorchSharp 0.107 does other than its documentation says: each oddity once, with a test that shows it.</summary>
internal static class TorchOddities
{
    /// <summary>
    /// input + alpha · (first · second), batched. TorchSharp hands the three operands of its own <c>baddbmm</c> to libtorch in the wrong
    /// order: <c>x.baddbmm(y, z)</c> is z + x · y.
    /// </summary>
    /// <param name="input">What is added; any shape that broadcasts to [b,n,m].</param>
    /// <param name="first">[b,n,k].</param>
    /// <param name="second">[b,k,m].</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <returns>[b,n,m].</returns>
    internal static Tensor AddBatchedProduct(Tensor input, Tensor first, Tensor second, double alpha) =>
        first.baddbmm(second, input, beta: 1, alpha: (float)alpha);
}
