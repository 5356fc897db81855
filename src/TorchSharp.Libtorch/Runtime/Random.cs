using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Seeds every device's default generator; returns the processor's.</summary>
    public static Generator manual_seed(long seed)
    {
        NativeErrors.Check(Native.manual_seed(seed));
        return Generator.Default;
    }

    /// <summary>Seeds the default generators from the clock; returns the seed.</summary>
    public static long seed()
    {
        long seed = DateTime.UtcNow.Ticks;
        manual_seed(seed).Dispose();
        return seed;
    }

    /// <summary>The seed of the processor's default generator.</summary>
    public static long initial_seed()
    {
        using Generator generator = Generator.Default;
        return generator.initial_seed();
    }

    /// <summary>The state of the processor's default generator.</summary>
    public static Tensor get_rng_state()
    {
        using Generator generator = Generator.Default;
        return generator.get_state();
    }

    /// <summary>Restores the state of the processor's default generator.</summary>
    public static void set_rng_state(Tensor new_state)
    {
        using Generator generator = Generator.Default;
        generator.set_state(new_state);
    }

    /// <summary>The default generators under the names of Python's torch.random.</summary>
    public static partial class random
    {
        /// <summary>Seeds the default generators from the clock; returns the seed.</summary>
        public static long seed() => torch.seed();

        /// <summary>The seed of the processor's default generator.</summary>
        public static long initial_seed() => torch.initial_seed();

        /// <summary>Seeds every device's default generator; returns the processor's.</summary>
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);

        /// <summary>The state of the processor's default generator.</summary>
        public static Tensor get_rng_state() => torch.get_rng_state();

        /// <summary>Restores the state of the processor's default generator.</summary>
        public static void set_rng_state(Tensor new_state) => torch.set_rng_state(new_state);
    }

    /// <summary>How many threads one operator uses.</summary>
    public static int get_num_threads() => Native.get_num_threads();

    /// <summary>Sets how many threads one operator uses.</summary>
    public static void set_num_threads(int num) => NativeErrors.Check(Native.set_num_threads(num));

    /// <summary>How many operators may run at once.</summary>
    public static int get_num_interop_threads() => Native.get_num_interop_threads();

    /// <summary>Sets how many operators may run at once; only before the first of them.</summary>
    public static void set_num_interop_threads(int num) => NativeErrors.Check(Native.set_num_interop_threads(num));
}
