using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/random.cpp: random and filled tensors of the same shape.</summary>
internal static partial class Native
{
    [DllImport(Library, EntryPoint = "lt_bernoulli")]
    internal static extern nint bernoulli(nint self, nint generator);

    [DllImport(Library, EntryPoint = "lt_multinomial")]
    internal static extern nint multinomial(nint self, long num_samples, bool replacement, nint generator);

    [DllImport(Library, EntryPoint = "lt_bernoulli_")]
    internal static extern int bernoulli_(nint self, double p, nint generator);

    [DllImport(Library, EntryPoint = "lt_bernoulli_tensor_")]
    internal static extern int bernoulli_tensor_(nint self, nint p, nint generator);

    [DllImport(Library, EntryPoint = "lt_exponential_")]
    internal static extern int exponential_(nint self, double lambda, nint generator);

    [DllImport(Library, EntryPoint = "lt_normal_")]
    internal static extern int normal_(nint self, double mean, double std, nint generator);

    [DllImport(Library, EntryPoint = "lt_random_")]
    internal static extern int random_(nint self, double from, double to, nint generator);

    [DllImport(Library, EntryPoint = "lt_uniform_")]
    internal static extern int uniform_(nint self, double from, double to, nint generator);

    [DllImport(Library, EntryPoint = "lt_rand_like")]
    internal static extern nint rand_like(nint self, int dtype, int deviceType, int deviceIndex, bool requires_grad);

    [DllImport(Library, EntryPoint = "lt_randn_like")]
    internal static extern nint randn_like(nint self, int dtype, int deviceType, int deviceIndex, bool requires_grad);

    [DllImport(Library, EntryPoint = "lt_zeros_like")]
    internal static extern nint zeros_like(nint self, int dtype, int deviceType, int deviceIndex, bool requires_grad);

    [DllImport(Library, EntryPoint = "lt_ones_like")]
    internal static extern nint ones_like(nint self, int dtype, int deviceType, int deviceIndex, bool requires_grad);

    [DllImport(Library, EntryPoint = "lt_empty_like")]
    internal static extern nint empty_like(nint self, int dtype, int deviceType, int deviceIndex, bool requires_grad);

    [DllImport(Library, EntryPoint = "lt_full_like")]
    internal static extern nint full_like(nint self, Number value, int dtype, int deviceType, int deviceIndex, bool requires_grad);

    [DllImport(Library, EntryPoint = "lt_randint_like")]
    internal static extern nint randint_like(nint self, long low, long high, int dtype, int deviceType, int deviceIndex, bool requires_grad);
}
