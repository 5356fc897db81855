using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A source of random numbers with a state of its own.</summary>
    public class Generator : IDisposable
    {
        /// <summary>A generator for a device, the processor for null.</summary>
        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = InitializeDevice(device);
            Handle = Native.generator_new(seed, (int)this.device.type, this.device.index);
            if (Handle == 0)
            {
                NativeErrors.Throw();
            }
        }

        private Generator(nint handle, Device device)
        {
            Handle = handle;
            this.device = device;
        }

        /// <summary>Frees the native generator that nobody disposed.</summary>
        ~Generator() => Dispose(false);

        /// <summary>The processor's default generator.</summary>
        public static Generator Default => new(Native.generator_default(), CPU);

        /// <summary>The native generator.</summary>
        public nint Handle { get; private set; }

        /// <summary>The device that it draws on.</summary>
        public Device device { get; private set; }

        /// <summary>The state, as bytes.</summary>
        public Tensor get_state() => Tensor.Create(Native.generator_state(Handle), this);

        /// <summary>Restores a state.</summary>
        public void set_state(Tensor value)
        {
            int status = Native.generator_set_state(Handle, value.Handle);
            Tensor.KeepAlive(this, value);
            NativeErrors.Check(status);
        }

        /// <summary>Starts the sequence of a seed.</summary>
        public Generator manual_seed(long seed)
        {
            NativeErrors.Check(Native.generator_seed(Handle, seed));
            return this;
        }

        /// <summary>Starts the sequence of a seed taken from the clock, and returns it.</summary>
        public long seed()
        {
            long seed = DateTime.UtcNow.Ticks;
            manual_seed(seed);
            return seed;
        }

        /// <summary>The seed that the sequence started from.</summary>
        public long initial_seed() => Native.generator_current_seed(Handle);

        /// <summary>Frees the native generator.</summary>
        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        /// <summary>Frees the native generator.</summary>
        /// <param name="disposing">Whether it is disposed, not finalised.</param>
        protected virtual void Dispose(bool disposing)
        {
            nint handle = Handle;
            Handle = 0;
            if (handle != 0)
            {
                Native.generator_delete(handle);
            }
        }

        /// <summary>The handle of a generator that may be missing.</summary>
        internal static nint HandleOf(Generator? generator) => generator is null ? 0 : generator.Handle;
    }
}
