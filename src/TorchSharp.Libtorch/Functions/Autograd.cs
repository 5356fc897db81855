using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Gradients.</summary>
    public static partial class autograd
    {
        /// <summary>
        /// The gradients of the outputs, weighted by <paramref name="grad_outputs"/> (ones for numbers), with respect to the
        /// inputs. Where <paramref name="allow_unused"/>, that of an input which took no part is an invalid tensor
        /// (<see cref="Tensor.IsInvalid"/>), as in TorchSharp.
        /// </summary>
        public static unsafe IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            nint[] roots = Tensor.HandlesOf(outputs);
            nint[] leaves = Tensor.HandlesOf(inputs);
            nint[] weights = Tensor.HandlesOf(grad_outputs);
            nint* results;
            fixed (nint* rootPointer = roots)
            fixed (nint* leafPointer = leaves)
            fixed (nint* weightPointer = weights)
            {
                long count = Native.autograd_grad(
                    rootPointer, roots.Length, leafPointer, leaves.Length, weightPointer, weights.Length, retain_graph || create_graph, create_graph, allow_unused, &results);
                GC.KeepAlive(grad_outputs);
                return [.. Tensor.CreateList(count, results, outputs, inputs)];
            }
        }

        /// <summary>Adds the gradients of tensors, weighted, to those of their leaves or of the given inputs.</summary>
        public static unsafe void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null)
        {
            nint[] roots = Tensor.HandlesOf(tensors);
            nint[] weights = Tensor.HandlesOf(grad_tensors);
            nint[] leaves = Tensor.HandlesOf(inputs);
            fixed (nint* rootPointer = roots)
            fixed (nint* weightPointer = weights)
            fixed (nint* leafPointer = leaves)
            {
                int status = Native.autograd_backward(
                    rootPointer, roots.Length, weightPointer, weights.Length, retain_graph ?? create_graph, create_graph, leafPointer, leaves.Length);
                Tensor.KeepAlive(tensors, grad_tensors, inputs);
                Tensor.Check(status);
            }
        }

        /// <summary>Adds the gradients of a tensor, weighted, to those of its leaves or of the given inputs.</summary>
        public static void backward(Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        /// <summary>Adds the gradients of a tensor, weighted, to those of its leaves or of the given inputs.</summary>
        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);
    }
}
