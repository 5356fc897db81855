namespace TorchSharp;

// The functional forms of copies and storage.
public static partial class torch
{
    /// <summary>A copy.</summary>
    public static Tensor clone(Tensor input) => input.clone();

    /// <summary>Whether the only element is not zero.</summary>
    public static bool is_nonzero(Tensor input) => input.is_nonzero();
}
