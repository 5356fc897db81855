using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/data.cpp: copies and storage.</summary>
internal static partial class Native
{
    [DllImport(Library, EntryPoint = "lt_clone")]
    internal static extern nint clone(nint self);

    [DllImport(Library, EntryPoint = "lt_contiguous")]
    internal static extern nint contiguous(nint self);

    [DllImport(Library, EntryPoint = "lt_detach")]
    internal static extern nint detach(nint self);

    [DllImport(Library, EntryPoint = "lt_detach_")]
    internal static extern int detach_(nint self);

    [DllImport(Library, EntryPoint = "lt_copy_")]
    internal static extern int copy_(nint self, nint source, bool nonBlocking);

    [DllImport(Library, EntryPoint = "lt_zero_")]
    internal static extern int zero_(nint self);

    [DllImport(Library, EntryPoint = "lt_fill_")]
    internal static extern int fill_(nint self, Number value);

    [DllImport(Library, EntryPoint = "lt_set_")]
    internal static extern int set_(nint self, nint source);

    [DllImport(Library, EntryPoint = "lt_cpu")]
    internal static extern nint cpu(nint self);

    [DllImport(Library, EntryPoint = "lt_pin_memory")]
    internal static extern nint pin_memory(nint self);

    [DllImport(Library, EntryPoint = "lt_is_pinned")]
    internal static extern int is_pinned(nint self);

    [DllImport(Library, EntryPoint = "lt_is_nonzero")]
    internal static extern int is_nonzero(nint self);
}
