using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // What a tensor is: type, shape, place, part in a graph.
    public partial class Tensor
    {
        /// <summary>A name for people; libtorch does not know it.</summary>
        public string? name { get; set; }

        /// <summary>The type of the elements.</summary>
        public ScalarType dtype => (ScalarType)Alive(Native.dtype(Handle));

        /// <summary>The device.</summary>
        public Device device => new(device_type, device_index);

        /// <summary>The kind of device.</summary>
        public DeviceType device_type => (DeviceType)Alive(Native.device_type(Handle));

        /// <summary>The number of the device; -1 for the processor.</summary>
        public int device_index => Alive(Native.device_index(Handle));

        /// <summary>Whether the tensor is on a CUDA device.</summary>
        public bool is_cuda => device_type == DeviceType.CUDA;

        /// <summary>Whether the tensor has no data.</summary>
        public bool is_meta => device_type == DeviceType.META;

        /// <summary>Whether the tensor is sparse.</summary>
        public bool is_sparse => Alive(Native.is_sparse(Handle));

        /// <summary>The sizes of the dimensions.</summary>
        public unsafe long[] shape
        {
            get
            {
                long[] sizes = new long[dim()];
                fixed (long* pointer = sizes)
                {
                    InPlace(Native.sizes(Handle, pointer));
                }

                return sizes;
            }
        }

        /// <summary>The number of dimensions.</summary>
        public long ndim => dim();

        /// <summary>The number of dimensions.</summary>
        public long Dimensions => dim();

        /// <summary>The number of elements.</summary>
        public long NumberOfElements => numel();

        /// <summary>The bytes of one element.</summary>
        public long ElementSize => element_size();

        /// <summary>Whether the tensor is a leaf of its graph.</summary>
        public bool is_leaf => Truth(Native.is_leaf(Handle), this);

        /// <summary>Whether gradients flow to this tensor.</summary>
        public bool requires_grad
        {
            get => Alive(Native.requires_grad(Handle));
            set => InPlace(Native.set_requires_grad(Handle, value));
        }

        /// <summary>The accumulated gradient, a new wrapper at each read; null where there is none.</summary>
        public unsafe Tensor? grad
        {
            get
            {
                nint result = 0;
                InPlace(Native.grad(Handle, &result));
                return result == 0 ? null : new Tensor(result);
            }
            set => InPlace(Native.set_grad(Handle, HandleOf(value)), value);
        }

        /// <summary>The transpose of a matrix.</summary>
        public Tensor T => ndim == 2 ? t() : permute([.. Enumerable.Range(0, (int)ndim).Reverse().Select(i => (long)i)]);

        /// <summary>The transpose of the last two dimensions.</summary>
        public Tensor mT => transpose(-2, -1);

        /// <summary>The number of dimensions.</summary>
        public long dim() => Alive(Native.dim(Handle));

        /// <summary>The number of elements.</summary>
        public long numel() => Alive(Native.numel(Handle));

        /// <summary>The bytes of one element.</summary>
        public long element_size() => Alive(Native.element_size(Handle));

        /// <summary>The sizes of the dimensions.</summary>
        public long[] size() => shape;

        /// <summary>The size of a dimension; negative ones count from the last.</summary>
        public unsafe long size(int dim)
        {
            long result;
            InPlace(Native.size(Handle, dim, &result));
            return result;
        }

        /// <summary>The elements between neighbours along each dimension.</summary>
        public unsafe long[] stride()
        {
            long[] strides = new long[dim()];
            fixed (long* pointer = strides)
            {
                InPlace(Native.strides(Handle, pointer));
            }

            return strides;
        }

        /// <summary>The elements between neighbours along a dimension.</summary>
        public unsafe long stride(int dim)
        {
            long result;
            InPlace(Native.stride(Handle, dim, &result));
            return result;
        }

        /// <summary>The place of the first element in the storage, in elements.</summary>
        public unsafe long storage_offset()
        {
            long result;
            InPlace(Native.storage_offset(Handle, &result));
            return result;
        }

        /// <summary>Whether the elements lie in memory in the order of their indices.</summary>
        public bool is_contiguous() => Alive(Native.is_contiguous(Handle));

        /// <summary>Whether the elements are whole numbers or booleans.</summary>
        public bool is_integral() => torch.is_integral(dtype);

        /// <summary>Whether the elements are floating-point numbers.</summary>
        public bool is_floating_point() => torch.is_floating_point(dtype);

        /// <summary>Whether the elements are complex numbers.</summary>
        public bool is_complex() => torch.is_complex(dtype);

        /// <summary>Whether the tensor is on the processor.</summary>
        public bool is_cpu() => device_type == DeviceType.CPU;

        /// <summary>Sets whether gradients flow to this tensor.</summary>
        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        /// <summary>Sets whether gradients flow to this tensor.</summary>
        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>Keeps the gradient of a tensor that is not a leaf.</summary>
        public void retain_grad() => InPlace(Native.retain_grad(Handle));

        /// <summary>Adds the gradients of this number to those of the leaves that it was computed from.</summary>
        public void backward() => autograd.backward(this, (IList<Tensor>?)null);

        /// <summary>Adds the gradients of this tensor, weighted by grad_tensors, to those of the leaves or the given inputs.</summary>
        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward(this, grad_tensors, retain_graph || create_graph, create_graph, inputs);

        // A value read from this tensor, which is kept alive until here.
        private TValue Alive<TValue>(TValue value)
        {
            GC.KeepAlive(this);
            return value;
        }
    }
}
