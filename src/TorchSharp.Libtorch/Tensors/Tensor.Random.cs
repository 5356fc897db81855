using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Random and filled tensors of the same shape.
    public partial class Tensor
    {
        /// <summary>Zeros and ones, one with the probability that each element holds.</summary>
        public Tensor bernoulli(Generator? generator = null) => Create(Native.bernoulli(Handle, Generator.HandleOf(generator)), this, generator);

        /// <summary>Indices drawn with probabilities in proportion to each row.</summary>
        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) =>
            Create(Native.multinomial(Handle, num_samples, replacement, Generator.HandleOf(generator)), this, generator);

        /// <summary>Fills with ones with probability p, else zeros.</summary>
        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) =>
            InPlace(Native.bernoulli_(Handle, p, Generator.HandleOf(generator)), generator);

        /// <summary>Fills with ones with the probabilities in p, else zeros.</summary>
        public Tensor bernoulli_(Tensor p, Generator? generator = null) =>
            InPlace(Native.bernoulli_tensor_(Handle, p.Handle, Generator.HandleOf(generator)), p, generator);

        /// <summary>Fills with draws of the exponential distribution.</summary>
        public Tensor exponential_(double lambda = 1, Generator? generator = null) =>
            InPlace(Native.exponential_(Handle, lambda, Generator.HandleOf(generator)), generator);

        /// <summary>Fills with draws of the normal distribution.</summary>
        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) =>
            InPlace(Native.normal_(Handle, mean, std, Generator.HandleOf(generator)), generator);

        /// <summary>Fills with whole numbers drawn uniformly from [from, to).</summary>
        public Tensor random_(double from, double to, Generator? generator = null) =>
            InPlace(Native.random_(Handle, from, to, Generator.HandleOf(generator)), generator);

        /// <summary>Fills with draws of the uniform distribution on [from, to).</summary>
        public Tensor uniform_(double from, double to, Generator? generator = null) =>
            InPlace(Native.uniform_(Handle, from, to, Generator.HandleOf(generator)), generator);

        /// <summary>A tensor of this shape filled with uniform draws from [0, 1).</summary>
        public Tensor rand_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Create(Native.rand_like(Handle, Absent.TypeCode(dtype), Device.TypeCode(device), Device.IndexCode(device), requires_grad), this);

        /// <summary>A tensor of this shape filled with draws of the standard normal distribution.</summary>
        public Tensor randn_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Create(Native.randn_like(Handle, Absent.TypeCode(dtype), Device.TypeCode(device), Device.IndexCode(device), requires_grad), this);

        /// <summary>A tensor of this shape filled with zeros.</summary>
        public Tensor zeros_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Create(Native.zeros_like(Handle, Absent.TypeCode(dtype), Device.TypeCode(device), Device.IndexCode(device), requires_grad), this);

        /// <summary>A tensor of this shape filled with ones.</summary>
        public Tensor ones_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Create(Native.ones_like(Handle, Absent.TypeCode(dtype), Device.TypeCode(device), Device.IndexCode(device), requires_grad), this);

        /// <summary>A tensor of this shape filled with whatever the memory holds.</summary>
        public Tensor empty_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Create(Native.empty_like(Handle, Absent.TypeCode(dtype), Device.TypeCode(device), Device.IndexCode(device), requires_grad), this);

        /// <summary>A tensor of this shape filled with a number.</summary>
        public Tensor full_like(Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Create(Native.full_like(Handle, value.Value, Absent.TypeCode(dtype), Device.TypeCode(device), Device.IndexCode(device), requires_grad), this);

        /// <summary>A tensor of this shape filled with whole numbers drawn from [low, high).</summary>
        public Tensor randint_like(long low, long high, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Create(Native.randint_like(Handle, low, high, Absent.TypeCode(dtype), Device.TypeCode(device), Device.IndexCode(device), requires_grad), this);
    }
}
