namespace TorchSharp;

/// <summary>The open dispose scopes of one thread, and its statistics.</summary>
internal sealed class DisposeScopeStack
{
    [ThreadStatic]
    private static DisposeScopeStack? _ofThisThread;

    /// <summary>The stack of the calling thread.</summary>
    public static DisposeScopeStack OfThisThread => _ofThisThread ??= new DisposeScopeStack();

    /// <summary>The innermost open scope.</summary>
    public DisposeScope? Current { get; private set; }

    /// <summary>What was made and disposed on this thread.</summary>
    public ThreadDisposeScopeStatistics Statistics { get; } = new();

    /// <summary>Opens a scope inside the current one.</summary>
    public DisposeScope Open() => Current = new DisposeScope(this);

    /// <summary>Hands a new tensor to the current scope.</summary>
    public DisposeScope? Register(torch.Tensor tensor)
    {
        DisposeScope? scope = Current;
        if (scope is null)
        {
            Statistics.CreatedOutsideScope++;
            return null;
        }

        Statistics.CreatedInScope++;
        scope.Disposables.Add(tensor);
        return scope;
    }

    /// <summary>Counts a disposed tensor.</summary>
    public void CountDisposal(bool inScope)
    {
        if (inScope)
        {
            Statistics.DisposedInScope++;
        }
        else
        {
            Statistics.DisposedOutsideScope++;
        }
    }

    /// <summary>Takes a closed scope out of the stack, wherever in it it is.</summary>
    public void Remove(DisposeScope closed)
    {
        if (ReferenceEquals(Current, closed))
        {
            Current = closed.OuterScope;
            return;
        }

        for (DisposeScope? scope = Current; scope is not null; scope = scope.OuterScope)
        {
            if (ReferenceEquals(scope.OuterScope, closed))
            {
                scope.OuterScope = closed.OuterScope;
                return;
            }
        }
    }
}
