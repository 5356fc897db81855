using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>The cross-entropy of logits against class numbers or probabilities.</summary>
            /// <param name="input">Logits [n, c, ...].</param>
            /// <param name="target">Class numbers [n, ...] or probabilities [n, c, ...].</param>
            /// <param name="weight">A weight for each class, or null.</param>
            /// <param name="ignore_index">The class number that contributes nothing.</param>
            /// <param name="reduction">How the losses sum up.</param>
            /// <param name="label_smoothing">The probability spread over all classes.</param>
            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                Tensor.Create(
                    Native.cross_entropy(input.Handle, target.Handle, Tensor.HandleOf(weight), ignore_index, (long)reduction, label_smoothing), input, target, weight);

            /// <summary>The negative log-likelihood of class numbers under log-probabilities; -100 contributes nothing.</summary>
            public static Tensor nll_loss(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean) =>
                Tensor.Create(Native.nll_loss(input.Handle, target.Handle, Tensor.HandleOf(weight), (long)reduction), input, target, weight);

            /// <summary>The pointwise divergence of log-probabilities from a target, itself logarithmic by default.</summary>
            public static Tensor kl_div(Tensor input, Tensor target, bool log_target = true, Reduction reduction = Reduction.Mean) =>
                Tensor.Create(Native.kl_div(input.Handle, target.Handle, (long)reduction, log_target), input, target);

            /// <summary>The squared difference.</summary>
            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Tensor.Create(Native.mse_loss(input.Handle, target.Handle, (long)reduction), input, target);

            /// <summary>The absolute difference.</summary>
            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Tensor.Create(Native.l1_loss(input.Handle, target.Handle, (long)reduction), input, target);

            /// <summary>The binary cross-entropy of logits.</summary>
            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean, Tensor? pos_weights = null) =>
                Tensor.Create(
                    Native.binary_cross_entropy_with_logits(input.Handle, target.Handle, Tensor.HandleOf(weight), Tensor.HandleOf(pos_weights), (long)reduction),
                    input,
                    target,
                    weight,
                    pos_weights);
        }
    }
}
