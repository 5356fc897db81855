namespace TorchSharp;

public static partial class torch
{
    /// <summary>The innermost open dispose scope of this thread.</summary>
    public static DisposeScope? CurrentDisposeScope => DisposeScopeStack.OfThisThread.Current;

    /// <summary>
    /// Opens a dispose scope on this thread: tensors made from now on go with it, but those moved out of it.
    /// </summary>
    public static DisposeScope NewDisposeScope() => DisposeScopeStack.OfThisThread.Open();

    /// <summary>Computes a tensor in a scope of its own, so that only the result is left.</summary>
    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using DisposeScope scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }
}
