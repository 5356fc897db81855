using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A multi-dimensional array of one element type on one device. A tensor owns native memory: dispose it, or make it
    /// inside a dispose scope (<see cref="NewDisposeScope"/>); the finaliser is only the safety net.
    /// </summary>
    /// <remarks>Operators throw <see cref="ExternalException"/> with libtorch's reason and the operands' types and shapes.</remarks>
    public partial class Tensor : IDisposable
    {
        private static long _totalCount;
        private static long _peakCount;

        private nint _handle;

        /// <summary>Wraps a native tensor, whose owner this becomes, in the current dispose scope.</summary>
        internal Tensor(nint handle)
        {
            _handle = handle;
            if (handle == 0)
            {
                return;
            }

            long count = Interlocked.Increment(ref _totalCount);
            if (count > Volatile.Read(ref _peakCount))
            {
                Volatile.Write(ref _peakCount, count);
            }

            OwningDisposeScope = DisposeScopeStack.OfThisThread.Register(this);
        }

        /// <summary>Frees the native tensor that nobody disposed.</summary>
        ~Tensor() => Dispose(false);

        /// <summary>How many tensors exist: made and neither disposed nor finalised.</summary>
        public static long TotalCount => Interlocked.Read(ref _totalCount);

        /// <summary>The most tensors that ever existed at once.</summary>
        public static long PeakCount => Interlocked.Read(ref _peakCount);

        /// <summary>Whether there is no native tensor: it was disposed, or it is the gradient of an unused input.</summary>
        public bool IsInvalid => _handle == 0;

        /// <summary>The native tensor.</summary>
        /// <exception cref="InvalidOperationException">The tensor is invalid: disposed, for example by its dispose scope.</exception>
        public nint Handle
        {
            get
            {
                nint handle = _handle;
                return handle != 0 ? handle : throw Disposed();
            }
        }

        /// <summary>The scope that will dispose this tensor.</summary>
        internal DisposeScope? OwningDisposeScope { get; set; }

        /// <summary>Wraps a native tensor, whose owner the result becomes.</summary>
        public static Tensor UnsafeCreateTensor(nint handle) => new(handle);

        /// <summary>Frees the native tensor. The memory goes when nothing else, such as a view or a graph, uses it.</summary>
        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        /// <summary>Frees the native tensor.</summary>
        /// <param name="disposing">Whether it is disposed, not finalised.</param>
        protected virtual void Dispose(bool disposing)
        {
            nint handle = Interlocked.Exchange(ref _handle, 0);
            if (handle == 0)
            {
                return;
            }

            if (disposing)
            {
                DisposeScopeStack.OfThisThread.CountDisposal(OwningDisposeScope is not null);
                OwningDisposeScope?.MarkAsDisposed(this);
            }

            Interlocked.Decrement(ref _totalCount);
            Native.delete(handle);
        }

        /// <summary>Gives the native tensor away; this wrapper becomes invalid.</summary>
        public nint DecoupleFromNativeHandle()
        {
            OwningDisposeScope?.MarkAsDisposed(this);
            nint handle = Interlocked.Exchange(ref _handle, 0);
            if (handle != 0)
            {
                Interlocked.Decrement(ref _totalCount);
            }

            return handle;
        }

        /// <summary>Leaves this tensor to the scope outside its own; to none where there is none.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        /// <summary>Takes this tensor out of its scope: from now on somebody must dispose it.</summary>
        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        /// <summary>Leaves this tensor to the scope of another one.</summary>
        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope!);

        /// <summary>Leaves this tensor to another scope.</summary>
        public Tensor MoveToOtherDisposeScope(DisposeScope other)
        {
            if (OwningDisposeScope is null)
            {
                other?.Attach(this);
            }
            else
            {
                OwningDisposeScope.MoveToOther(other, this);
            }

            return this;
        }

        /// <summary>Whether two tensors have the same shape and elements; elementwise comparison is <see cref="eq(Tensor)"/>.</summary>
        public bool Equals(Tensor? target) => target is not null && Truth(Native.same(Handle, target.Handle), this, target);

        /// <summary>Whether the other object is a tensor of the same shape and elements.</summary>
        public override bool Equals(object? obj) => ReferenceEquals(this, obj) || (obj is Tensor target && Equals(target));

        /// <summary>The hash code of the object, not of its elements.</summary>
        public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

        private static InvalidOperationException Disposed() =>
            new("Tensor invalid -- empty handle. It was disposed, by a call or with its dispose scope.");
    }
}
