using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Quantization;

/// <summary>
/// y = x Wᵀ + bias with a quantised W, which exists in floating-point numbers while it is multiplied with and no longer: forward once, and
/// once more backward for dx = dy W. W itself has no gradient.
/// </summary>
internal static class QuantisedProduct
{
    [ThreadStatic]
    private static Tensor? _returned;

    /// <summary>Multiplies.</summary>
    /// <param name="input">x [n,i].</param>
    /// <param name="matrix">W [o,i].</param>
    /// <param name="bias">[o], or null.</param>
    /// <returns>y [n,o], in the caller's dispose scope.</returns>
    public static Tensor Apply(Tensor input, QuantisedMatrix matrix, Tensor? bias)
    {
        using DisposeScope scope = NewDisposeScope(); // also frees at once what TorchSharp keeps of an output's shape
        Tensor output = is_grad_enabled() && input.requires_grad ? Differentiable.apply(input, matrix, bias!) : Multiply(input, matrix, bias);
        return output.MoveToOuterDisposeScope();
    }

    private static Tensor Multiply(Tensor input, QuantisedMatrix matrix, Tensor? bias)
    {
        using DequantisedRoom room = DequantisedRoom.For(matrix, input.dtype);
        Tensor transposed = matrix.DequantiseInto(room.Flat).t(); // [i,o]
        return bias is null ? input.mm(transposed) : addmm(bias, input, transposed, 1, 1);
    }

    // The bias is no tensor to TorchSharp where it is null; where there is one, its gradient is not asked for.
    private sealed class Differentiable : autograd.SingleTensorFunction<Differentiable>
    {
        private const string Matrix = "matrix";
        private const string Arguments = "arguments";

        public override string Name => nameof(QuantisedProduct);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            QuantisedMatrix matrix = (QuantisedMatrix)vars[1];
            ctx.save_data(Matrix, matrix);
            ctx.save_data(Arguments, vars.Length);
            return Multiply((Tensor)vars[0], matrix, (Tensor?)vars[2]);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            QuantisedMatrix matrix = (QuantisedMatrix)ctx.get_data(Matrix);
            using IDisposable noGrad = no_grad();
            Tensor gradient;
            using (DequantisedRoom room = DequantisedRoom.For(matrix, grad_output.dtype))
            using (Tensor weight = matrix.DequantiseInto(room.Flat)) // [o,i]
            {
                gradient = grad_output.mm(weight); // [n,i]
            }

            grad_output.Dispose();
            Keep(gradient);
            List<Tensor> gradients = [gradient];
            gradients.AddRange(Enumerable.Repeat<Tensor>(null!, (int)ctx.get_data(Arguments) - 1));
            return gradients;
        }
    }

    // TorchSharp holds nothing of what it hands to libtorch here, so that a garbage collection could free it in between. On a thread with a
    // dispose scope, which a CPU's backward pass runs on, that scope holds it; libtorch's own threads have none.
    private static void Keep(Tensor gradient)
    {
        if (gradient.device_type != DeviceType.CPU)
        {
            gradient.DetachFromDisposeScope();
            _returned?.Dispose();
            _returned = gradient;
        }
    }
}
