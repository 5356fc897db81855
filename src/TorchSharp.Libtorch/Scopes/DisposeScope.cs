namespace TorchSharp;

/// <summary>
/// Disposes, when it is disposed, every tensor made on its thread while it was the innermost scope, but those that were
/// moved out of it. Made by <see cref="torch.NewDisposeScope"/>.
/// </summary>
public sealed partial class DisposeScope : IDisposable
{
    private DisposeScopeStack? _stack;

    internal DisposeScope(DisposeScopeStack stack)
    {
        _stack = stack;
        OuterScope = stack.Current;
    }

    /// <summary>The tensors in this scope, as a copy.</summary>
    /// <exception cref="ObjectDisposedException">The scope was disposed.</exception>
    public IReadOnlyList<IDisposable> DisposablesView
    {
        get
        {
            _ = Open();
            return [.. Disposables];
        }
    }

    /// <summary>How many tensors are in this scope.</summary>
    /// <exception cref="ObjectDisposedException">The scope was disposed.</exception>
    public int DisposablesCount
    {
        get
        {
            _ = Open();
            return Disposables.Count;
        }
    }

    internal DisposeScope? OuterScope { get; set; }

    internal HashSet<IDisposable> Disposables { get; private set; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether something is in this scope.</summary>
    public bool Contains(IDisposable disposable) => Disposables.Contains(disposable);

    /// <summary>Puts a tensor into this scope, out of the one that it was in.</summary>
    public void Attach(IDisposable disposable)
    {
        DisposeScopeStack stack = Open();
        if (Adopt(disposable))
        {
            stack.Statistics.AttachedToScope++;
        }
    }

    /// <summary>Puts tensors into this scope.</summary>
    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    /// <summary>Puts tensors into this scope.</summary>
    /// <returns>The same tensors.</returns>
    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        List<IDisposable> attached = [];
        foreach (IDisposable disposable in disposables)
        {
            Attach(disposable);
            attached.Add(disposable);
        }

        return attached;
    }

    /// <summary>Disposes everything in this scope, which stays open.</summary>
    public void DisposeEverything() => DisposeEverythingBut(Array.Empty<IDisposable>());

    /// <summary>Disposes everything in this scope but the given tensors; the scope stays open.</summary>
    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        _ = Open();
        HashSet<IDisposable> before = Disposables;
        Disposables = new HashSet<IDisposable>(inKeep, ReferenceEqualityComparer.Instance);
        foreach (IDisposable disposable in before)
        {
            if (!Disposables.Contains(disposable))
            {
                disposable.Dispose();
            }
        }
    }

    /// <summary>Disposes everything in this scope but the given tensors; the scope stays open.</summary>
    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    /// <summary>Disposes everything in this scope but one tensor; the scope stays open.</summary>
    public T DisposeEverythingBut<T>(T keep)
        where T : IDisposable
    {
        DisposeEverythingBut(new IDisposable[] { keep });
        return keep;
    }

    /// <summary>Disposes everything in this scope but two tensors; the scope stays open.</summary>
    public (T1 first, T2 second) DisposeEverythingBut<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable
    {
        DisposeEverythingBut(new IDisposable[] { first, second });
        return (first, second);
    }

    /// <summary>Disposes everything in this scope but three tensors; the scope stays open.</summary>
    public (T1 first, T2 second, T3 third) DisposeEverythingBut<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable
    {
        DisposeEverythingBut(new IDisposable[] { first, second, third });
        return (first, second, third);
    }

    /// <summary>Disposes everything in this scope and closes it.</summary>
    public void Dispose()
    {
        if (_stack is null)
        {
            return;
        }

        DisposeEverything();
        _stack.Remove(this);
        _stack = null;
    }

    /// <summary>Forgets a tensor that was disposed.</summary>
    public void MarkAsDisposed(IDisposable disposable)
    {
        _ = Open();
        Disposables.Remove(disposable);
        if (disposable is torch.Tensor tensor)
        {
            tensor.OwningDisposeScope = null;
        }
    }

    // The stack of an open scope.
    private DisposeScopeStack Open()
    {
        ObjectDisposedException.ThrowIf(_stack is null, this);
        return _stack;
    }

    private bool Adopt(IDisposable disposable)
    {
        if (disposable is not torch.Tensor tensor)
        {
            throw new InvalidOperationException("A dispose scope holds tensors alone.");
        }

        DisposeScope? previous = tensor.OwningDisposeScope;
        if (ReferenceEquals(previous, this))
        {
            return false;
        }

        Disposables.Add(tensor);
        previous?.Disposables.Remove(tensor);
        tensor.OwningDisposeScope = this;
        return true;
    }
}
