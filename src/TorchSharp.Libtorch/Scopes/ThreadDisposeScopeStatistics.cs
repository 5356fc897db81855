namespace TorchSharp;

/// <summary>How many tensors a thread has made, disposed and moved between scopes.</summary>
public sealed class ThreadDisposeScopeStatistics
{
    internal long CreatedOutsideScope;
    internal long DisposedOutsideScope;
    internal long CreatedInScope;
    internal long DisposedInScope;
    internal long AttachedToScope;
    internal long DetachedFromScope;

    /// <summary>Tensors made while no scope was open.</summary>
    public long CreatedOutsideScopeCount => CreatedOutsideScope;

    /// <summary>Tensors disposed that belonged to no scope.</summary>
    public long DisposedOutsideScopeCount => DisposedOutsideScope;

    /// <summary>Tensors made while a scope was open.</summary>
    public long CreatedInScopeCount => CreatedInScope;

    /// <summary>Tensors disposed that belonged to a scope.</summary>
    public long DisposedInScopeCount => DisposedInScope;

    /// <summary>Tensors attached to a scope after they were made.</summary>
    public long AttachedToScopeCount => AttachedToScope;

    /// <summary>Tensors detached from their scope.</summary>
    public long DetachedFromScopeCount => DetachedFromScope;

    /// <summary>Tensors made less tensors disposed on this thread.</summary>
    public long ThreadTotalLiveCount =>
        CreatedInScopeCount - DisposedInScopeCount + CreatedOutsideScopeCount - DisposedOutsideScopeCount;

    /// <summary>Sets all counts to zero.</summary>
    public void Reset()
    {
        CreatedOutsideScope = 0;
        DisposedOutsideScope = 0;
        CreatedInScope = 0;
        DisposedInScope = 0;
        AttachedToScope = 0;
        DetachedFromScope = 0;
    }

    /// <summary>The counts on one line.</summary>
    public override string ToString() =>
        $"ThreadTotalLiveCount: {ThreadTotalLiveCount}; CreatedOutsideScopeCount: {CreatedOutsideScopeCount}; "
        + $"DisposedOutsideScopeCount: {DisposedOutsideScopeCount}; CreatedInScopeCount: {CreatedInScopeCount}; "
        + $"DisposedInScopeCount: {DisposedInScopeCount}; AttachedToScopeCount: {AttachedToScopeCount}; "
        + $"DetachedFromScopeCount: {DetachedFromScopeCount}";
}
