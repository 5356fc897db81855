using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using static TorchSharp.torch;

namespace LoraUnlearn.Checkpoints;

/// <summary>
/// Writes safetensors files: streamed, atomic, and the same bytes for the same content. Tensors are laid out as the
/// reference implementation does it (largest element type first, then by name) with the header padded to 8 bytes.
/// </summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;

    private static readonly JsonWriterOptions HeaderFormat = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes tensors that are all at hand.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="tensors">The tensors by name, on any device and of any layout; they stay the caller's.</param>
    /// <param name="metadata">Text pairs for <c>__metadata__</c>; none where null or empty.</param>
    /// <exception cref="InputException">The file cannot be written, or does not fit on the disk; an existing one stays as it was.</exception>
    /// <exception cref="ArgumentException">A name appears twice, or a tensor's type cannot be written.</exception>
    public static void Write(
        string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        List<TensorDeclaration> declarations = [];
        Dictionary<string, Tensor> byName = new(StringComparer.Ordinal);
        foreach ((string name, Tensor values) in tensors)
        {
            declarations.Add(new TensorDeclaration(name, values.dtype, values.shape));
            byName.TryAdd(name, values);
        }

        // An alias of each tensor is handed over, and disposed, in place of the caller's own.
        Write(path, declarations, name => byName[name].detach(), metadata);
    }

    /// <summary>Writes tensors that are made one at a time, so that a model of any size never sits in memory.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="declarations">Every tensor's name, type and shape; the order does not matter.</param>
    /// <param name="produce">
    /// Makes a tensor by name, exactly as declared. Called once a name, in the order of the file; the writer disposes what it gives.
    /// </param>
    /// <param name="metadata">Text pairs for <c>__metadata__</c>; none where null or empty.</param>
    /// <exception cref="InputException">The file cannot be written, or does not fit on the disk; an existing one stays as it was.</exception>
    /// <exception cref="ArgumentException">A name appears twice, a type cannot be written, or a tensor is not as declared.</exception>
    public static void Write(
        string path,
        IEnumerable<TensorDeclaration> declarations,
        Func<string, Tensor> produce,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        (TensorDeclaration[] ordered, byte[] header) = Layout(declarations, metadata);
        FreeSpace.Require(path, [ordered.Aggregate((long)header.Length, (sum, tensor) => checked(sum + LengthOf(tensor)))]);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            foreach (TensorDeclaration declaration in ordered)
            {
                using Tensor values = produce(declaration.Name);
                RequireAsDeclared(values, declaration);
                TensorBytes.WriteTo(stream, values);
            }
        });
    }

    /// <summary>The order of a file's tensors, and everything that stands in front of them: the length and the header.</summary>
    /// <exception cref="ArgumentException">A name appears twice, or a type cannot be written.</exception>
    internal static (TensorDeclaration[] Ordered, byte[] Header) Layout(IEnumerable<TensorDeclaration> declarations, IReadOnlyDictionary<string, string>? metadata)
    {
        TensorDeclaration[] ordered = InFileOrder(declarations);
        byte[] json = Header(ordered, metadata);
        byte[] length = new byte[SafetensorsHeader.LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)json.Length);
        return (ordered, [.. length, .. json]);
    }

    private static TensorDeclaration[] InFileOrder(IEnumerable<TensorDeclaration> declarations)
    {
        TensorDeclaration[] ordered = [.. declarations
            .OrderByDescending(declaration => SafetensorsDType.ToWrite(declaration.DType).Order)
            .ThenBy(declaration => declaration.Name, StringComparer.Ordinal)];
        HashSet<string> names = new(StringComparer.Ordinal) { "__metadata__" };
        foreach (TensorDeclaration declaration in ordered)
        {
            if (!names.Add(declaration.Name))
            {
                throw new ArgumentException($"The tensor name '{declaration.Name}' appears twice or is reserved.", nameof(declarations));
            }
        }

        return ordered;
    }

    private static byte[] Header(TensorDeclaration[] ordered, IReadOnlyDictionary<string, string>? metadata)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, HeaderFormat))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            long position = 0;
            foreach (TensorDeclaration declaration in ordered)
            {
                position = WriteEntry(json, declaration, position);
            }

            json.WriteEndObject();
        }

        int padding = (Alignment - (buffer.WrittenCount % Alignment)) % Alignment;
        buffer.Write("        "u8[..padding]);
        if (buffer.WrittenCount > SafetensorsHeader.MaximumLength)
        {
            throw new ArgumentException($"The header would take {buffer.WrittenCount} bytes; the format allows {SafetensorsHeader.MaximumLength}.");
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is null or { Count: 0 })
        {
            return;
        }

        json.WriteStartObject("__metadata__");
        foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static long WriteEntry(Utf8JsonWriter json, TensorDeclaration declaration, long begin)
    {
        SafetensorsDType type = SafetensorsDType.ToWrite(declaration.DType);
        long end = checked(begin + LengthOf(declaration));
        json.WriteStartObject(declaration.Name);
        json.WriteString("dtype", type.Name);
        WriteNumbers(json, "shape", declaration.Shape);
        WriteNumbers(json, "data_offsets", begin, end);
        json.WriteEndObject();
        return end;
    }

    private static long LengthOf(TensorDeclaration declaration) =>
        declaration.Shape.Aggregate((long)SafetensorsDType.ToWrite(declaration.DType).Size, (product, size) => checked(product * size));

    private static void WriteNumbers(Utf8JsonWriter json, string key, params ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(key);
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static void RequireAsDeclared(Tensor values, TensorDeclaration declaration)
    {
        if (values.dtype != declaration.DType || !values.shape.AsSpan().SequenceEqual(declaration.Shape))
        {
            throw new ArgumentException(
                $"Tensor '{declaration.Name}' is {values.dtype} [{string.Join(", ", values.shape)}], " +
                $"but was declared as {declaration.DType} [{string.Join(", ", declaration.Shape)}].");
        }
    }
}
