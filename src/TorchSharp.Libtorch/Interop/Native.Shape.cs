using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/shape.cpp: shape, views and pieces.</summary>
internal static partial class Native
{
    [DllImport(Library, EntryPoint = "lt_reshape")]
    internal static extern nint reshape(nint self, Ints shape);

    [DllImport(Library, EntryPoint = "lt_view")]
    internal static extern nint view(nint self, Ints shape);

    [DllImport(Library, EntryPoint = "lt_view_as")]
    internal static extern nint view_as(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_flatten")]
    internal static extern nint flatten(nint self, long start_dim, long end_dim);

    [DllImport(Library, EntryPoint = "lt_unflatten")]
    internal static extern nint unflatten(nint self, long dim, Ints sizes);

    [DllImport(Library, EntryPoint = "lt_squeeze")]
    internal static extern nint squeeze(nint self, long dim);

    [DllImport(Library, EntryPoint = "lt_squeeze_")]
    internal static extern int squeeze_(nint self, long dim);

    [DllImport(Library, EntryPoint = "lt_unsqueeze")]
    internal static extern nint unsqueeze(nint self, long dim);

    [DllImport(Library, EntryPoint = "lt_unsqueeze_")]
    internal static extern int unsqueeze_(nint self, long dim);

    [DllImport(Library, EntryPoint = "lt_t")]
    internal static extern nint t(nint self);

    [DllImport(Library, EntryPoint = "lt_transpose")]
    internal static extern nint transpose(nint self, long dim0, long dim1);

    [DllImport(Library, EntryPoint = "lt_transpose_")]
    internal static extern int transpose_(nint self, long dim0, long dim1);

    [DllImport(Library, EntryPoint = "lt_permute")]
    internal static extern nint permute(nint self, Ints permutation);

    [DllImport(Library, EntryPoint = "lt_movedim")]
    internal static extern nint movedim(nint self, Ints source, Ints destination);

    [DllImport(Library, EntryPoint = "lt_expand")]
    internal static extern nint expand(nint self, Ints sizes, bool isImplicit);

    [DllImport(Library, EntryPoint = "lt_expand_as")]
    internal static extern nint expand_as(nint self, nint other);

    [DllImport(Library, EntryPoint = "lt_broadcast_to")]
    internal static extern nint broadcast_to(nint self, Ints shape);

    [DllImport(Library, EntryPoint = "lt_repeat")]
    internal static extern nint repeat(nint self, Ints sizes);

    [DllImport(Library, EntryPoint = "lt_tile")]
    internal static extern nint tile(nint self, Ints reps);

    [DllImport(Library, EntryPoint = "lt_repeat_interleave")]
    internal static extern nint repeat_interleave(nint self, nint repeats, long dim, long output_size);

    [DllImport(Library, EntryPoint = "lt_repeat_interleave_int")]
    internal static extern nint repeat_interleave_int(nint self, long repeats, long dim, long output_size);

    [DllImport(Library, EntryPoint = "lt_narrow")]
    internal static extern nint narrow(nint self, long dim, long start, long length);

    [DllImport(Library, EntryPoint = "lt_select")]
    internal static extern nint select(nint self, long dim, long index);

    [DllImport(Library, EntryPoint = "lt_slice")]
    internal static extern nint slice(nint self, long dim, long start, long finish, long step);

    [DllImport(Library, EntryPoint = "lt_unfold")]
    internal static extern nint unfold(nint self, long dimension, long size, long step);

    [DllImport(Library, EntryPoint = "lt_split")]
    internal static unsafe extern long split(nint self, long size, long dim, nint** results);

    [DllImport(Library, EntryPoint = "lt_split_sizes")]
    internal static unsafe extern long split_sizes(nint self, Ints sizes, long dim, nint** results);

    [DllImport(Library, EntryPoint = "lt_tensor_split")]
    internal static unsafe extern long tensor_split(nint self, long size, long dim, nint** results);

    [DllImport(Library, EntryPoint = "lt_chunk")]
    internal static unsafe extern long chunk(nint self, long chunks, long dim, nint** results);

    [DllImport(Library, EntryPoint = "lt_unbind")]
    internal static unsafe extern long unbind(nint self, long dimension, nint** results);

    [DllImport(Library, EntryPoint = "lt_roll")]
    internal static extern nint roll(nint self, long shifts, long dims);

    [DllImport(Library, EntryPoint = "lt_roll_dims")]
    internal static extern nint roll_dims(nint self, Ints shifts, Ints dims);

    [DllImport(Library, EntryPoint = "lt_flip")]
    internal static extern nint flip(nint self, Ints dims);

    [DllImport(Library, EntryPoint = "lt_tril")]
    internal static extern nint tril(nint self, long diagonal);

    [DllImport(Library, EntryPoint = "lt_tril_")]
    internal static extern int tril_(nint self, long diagonal);

    [DllImport(Library, EntryPoint = "lt_triu")]
    internal static extern nint triu(nint self, long diagonal);

    [DllImport(Library, EntryPoint = "lt_triu_")]
    internal static extern int triu_(nint self, long diagonal);

    [DllImport(Library, EntryPoint = "lt_diag")]
    internal static extern nint diag(nint self, long diagonal);

    [DllImport(Library, EntryPoint = "lt_diagonal")]
    internal static extern nint diagonal(nint self, long offset, long dim1, long dim2);

    [DllImport(Library, EntryPoint = "lt_diag_embed")]
    internal static extern nint diag_embed(nint self, long offset, long dim1, long dim2);

    [DllImport(Library, EntryPoint = "lt_as_strided")]
    internal static extern nint as_strided(nint self, Ints size, Ints strides, long storageOffset);

    [DllImport(Library, EntryPoint = "lt_alias")]
    internal static extern nint alias(nint self);

    [DllImport(Library, EntryPoint = "lt_ravel")]
    internal static extern nint ravel(nint self);

    [DllImport(Library, EntryPoint = "lt_atleast_1d")]
    internal static extern nint atleast_1d(nint self);

    [DllImport(Library, EntryPoint = "lt_atleast_2d")]
    internal static extern nint atleast_2d(nint self);

    [DllImport(Library, EntryPoint = "lt_atleast_3d")]
    internal static extern nint atleast_3d(nint self);
}
