namespace TorchSharp;

public static partial class torch
{
    /// <summary>Special functions.</summary>
    public static partial class special
    {
        /// <summary>The logarithm of the softmax along a dimension.</summary>
        public static Tensor log_softmax(Tensor input, long dim, ScalarType? dtype = null) => input.log_softmax(dim, dtype);

        /// <summary>The softmax along a dimension.</summary>
        public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

        /// <summary>log(x / (1 - x)) of each element.</summary>
        public static Tensor logit(Tensor input) => input.logit();

        /// <summary>1 / (1 + exp(-x)) of each element.</summary>
        public static Tensor expit(Tensor input) => input.sigmoid();

        /// <summary>1 / (1 + exp(-x)) of each element.</summary>
        public static Tensor sigmoid(Tensor input) => input.sigmoid();

        /// <summary>exp(x) - 1 of each element, exact near zero.</summary>
        public static Tensor expm1(Tensor input) => input.expm1();

        /// <summary>The error function of each element.</summary>
        public static Tensor erf(Tensor input) => input.erf();

        /// <summary>The complementary error function of each element.</summary>
        public static Tensor erfc(Tensor input) => input.erfc();

        /// <summary>The inverse error function of each element.</summary>
        public static Tensor erfinv(Tensor input) => input.erfinv();

        /// <summary>The logarithm of the gamma function at each element.</summary>
        public static Tensor gammaln(Tensor input) => input.lgamma();

        /// <summary>The derivative of the logarithm of the gamma function at each element.</summary>
        public static Tensor digamma(Tensor input) => input.digamma();
    }
}
