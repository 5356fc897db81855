using System.Buffers;
using System.Buffers.Binary;
using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Gguf;

/// <summary>
/// Writes GGUF files of version 3: streamed, atomic, and the same bytes for the same content. The sizes of a tensor [o,i] stand in
/// the file as ne = [i,o], the fastest first, and the elements in the same order as in a safetensors file.
/// </summary>
public static class GgufWriter
{
    /// <summary>The longest name of a tensor that llama.cpp takes (GGML_MAX_NAME − 1).</summary>
    public const int LongestName = 63;

    private const uint Version = 3;
    private const long Alignment = 32; // the format's own, where general.alignment does not say otherwise

    /// <summary>Writes tensors that are made one at a time, so that a model of any size never sits in memory.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="metadata">The keys and values.</param>
    /// <param name="tensors">Every tensor's name, type (float32 or float16) and shape, in the order of the file.</param>
    /// <param name="produce">
    /// Makes a tensor by name, exactly as declared but in pieces along its first dimension, so that a large one need not be whole at any
    /// time. Called once a name, in order; the writer disposes each piece.
    /// </param>
    /// <exception cref="InputException">The file cannot be written; an existing one stays as it was.</exception>
    /// <exception cref="ArgumentException">A name that is too long or appears twice, another type, or a tensor that is not as declared.</exception>
    public static void Write(string path, GgufMetadata metadata, IReadOnlyList<TensorDeclaration> tensors, Func<string, IEnumerable<Tensor>> produce)
    {
        byte[] header = Header(metadata, tensors);
        FreeSpace.Require(path, [Length(metadata, tensors)]);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            foreach (TensorDeclaration declaration in tensors)
            {
                long rows = 0;
                foreach (Tensor piece in produce(declaration.Name))
                {
                    using (piece)
                    {
                        RequireAsDeclared(piece, declaration);
                        TensorBytes.WriteTo(stream, piece);
                        rows += piece.shape[0];
                    }
                }

                if (rows != declaration.Shape[0])
                {
                    throw new ArgumentException($"Tensor '{declaration.Name}' has {rows} rows, but was declared with {declaration.Shape[0]}.");
                }

                stream.Write(new byte[Padding(Size(declaration))]);
            }
        });
    }

    /// <summary>How many bytes the file will have.</summary>
    /// <param name="metadata">The keys and values.</param>
    /// <param name="tensors">Every tensor's name, type and shape.</param>
    public static long Length(GgufMetadata metadata, IReadOnlyList<TensorDeclaration> tensors) =>
        Header(metadata, tensors).Length + tensors.Sum(tensor => Size(tensor) + Padding(Size(tensor)));

    private static void RequireAsDeclared(Tensor piece, TensorDeclaration declaration)
    {
        if (piece.dtype != declaration.DType || !piece.shape.AsSpan(1).SequenceEqual(declaration.Shape.AsSpan(1)))
        {
            throw new ArgumentException(
                $"A piece of tensor '{declaration.Name}' is {piece.dtype} [{string.Join(", ", piece.shape)}], but the tensor was declared as {declaration.DType} [{string.Join(", ", declaration.Shape)}].");
        }
    }

    private static byte[] Header(GgufMetadata metadata, IReadOnlyList<TensorDeclaration> tensors)
    {
        ArrayBufferWriter<byte> header = new();
        header.Write("GGUF"u8);
        Put(header, Version);
        Put(header, (ulong)tensors.Count);
        Put(header, (ulong)metadata.Count);
        header.Write(metadata.Bytes);
        HashSet<string> names = new(StringComparer.Ordinal);
        long offset = 0;
        foreach (TensorDeclaration tensor in tensors)
        {
            if (!names.Add(tensor.Name) || System.Text.Encoding.UTF8.GetByteCount(tensor.Name) > LongestName)
            {
                throw new ArgumentException($"The tensor name '{tensor.Name}' appears twice, or has more than {LongestName} bytes.", nameof(tensors));
            }

            GgufMetadata.PutText(header, tensor.Name);
            Put(header, (uint)tensor.Shape.Length);
            foreach (long size in tensor.Shape.Reverse())
            {
                Put(header, (ulong)size);
            }

            Put(header, TypeNumber(tensor.DType));
            Put(header, (ulong)offset);
            offset += Size(tensor) + Padding(Size(tensor));
        }

        header.Write(new byte[Padding(header.WrittenCount)]);
        return header.WrittenSpan.ToArray();
    }

    private static uint TypeNumber(ScalarType type) => type switch
    {
        ScalarType.Float32 => 0,
        ScalarType.Float16 => 1,
        _ => throw new ArgumentException($"A tensor of type {type} cannot be written; expected float32 or float16."),
    };

    private static long Size(TensorDeclaration tensor) =>
        tensor.Shape.Aggregate(tensor.DType == ScalarType.Float16 ? 2L : 4L, (product, size) => checked(product * size));

    private static long Padding(long length) => (Alignment - (length % Alignment)) % Alignment;

    private static void Put(ArrayBufferWriter<byte> bytes, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.GetSpan(4), value);
        bytes.Advance(4);
    }

    private static void Put(ArrayBufferWriter<byte> bytes, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.GetSpan(8), value);
        bytes.Advance(8);
    }
}
