using System.Text.Json;
using LoraUnlearn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Quantization;

/// <summary>
/// What bitsandbytes writes beside a 4-bit weight, as JSON in a tensor of bytes named
/// <c>….weight.quant_state.bitsandbytes__nf4</c> (or <c>fp4</c>).
/// </summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Code"><c>nf4</c> or <c>fp4</c>.</param>
/// <param name="BlockSize">Entries that share a scale.</param>
/// <param name="DType">The type of the weight before it was quantised: <c>bfloat16</c>.</param>
/// <param name="Shape">[o,i].</param>
/// <param name="IsNested">Whether the scales are quantised, too.</param>
/// <param name="NestedBlockSize">Scales that share a scale of theirs.</param>
/// <param name="NestedOffset">What was taken off the scales.</param>
internal sealed record BitsAndBytesState(string Name, string Code, int BlockSize, string DType, long[] Shape, bool IsNested, int NestedBlockSize, float NestedOffset)
{
    private const int LongestText = 1 << 14;
    private const int LargestBlock = 4096;

    private static readonly string[] Codes = ["nf4", "fp4"];

    /// <summary>The tensor's name.</summary>
    public static string NameOf(string module, string code) => $"{module}.weight.quant_state.bitsandbytes__{code}";

    /// <summary>Reads a module's state; null where it has none.</summary>
    /// <exception cref="InputException">It is not right.</exception>
    public static BitsAndBytesState? Find(ITensorSource source, string module)
    {
        if (Codes.FirstOrDefault(candidate => source.Contains(NameOf(module, candidate))) is not { } code)
        {
            return null;
        }

        string name = NameOf(module, code);
        using Tensor bytes = source.Read(name);
        if (bytes.dtype != ScalarType.Byte || bytes.NumberOfElements > LongestText)
        {
            throw new InputException($"{source.Description}: tensor '{name}' is {bytes.dtype} [{string.Join(",", bytes.shape)}]; expected at most {LongestText} bytes of JSON.");
        }

        using Tensor contiguous = bytes.contiguous();
        return Parse(contiguous.bytes.ToArray(), $"{source.Description}: '{name}'", name, code);
    }

    /// <summary>The JSON as bitsandbytes writes it.</summary>
    public byte[] ToJson()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            json.WriteString("quant_type", Code);
            json.WriteNumber("blocksize", BlockSize);
            json.WriteString("dtype", DType);
            json.WriteStartArray("shape");
            Array.ForEach(Shape, json.WriteNumberValue);
            json.WriteEndArray();
            if (IsNested)
            {
                json.WriteNumber("nested_blocksize", NestedBlockSize);
                json.WriteString("nested_dtype", "float32");
                json.WriteNumber("nested_offset", (double)NestedOffset);
            }

            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static BitsAndBytesState Parse(byte[] json, string source, string name, string code)
    {
        ModelConfig keys = ModelConfig.Parse(json, source);
        string type = keys.GetString("quant_type", code);
        bool nested = keys.Has("nested_blocksize") || keys.Has("nested_offset");
        float offset = nested ? (float)keys.GetDouble("nested_offset") : 0;
        return type == code && float.IsFinite(offset)
            ? new BitsAndBytesState(name, code, Size(keys, "blocksize", 16), keys.GetString("dtype", "float16"), keys.GetInt64Array("shape"), nested, nested ? Size(keys, "nested_blocksize", 1) : 0, offset)
            : throw new InputException($"{source}: its quant_type '{BoundedJson.Shorten(type)}' or nested_offset does not fit its name; the file is damaged.");
    }

    private static int Size(ModelConfig keys, string key, int least)
    {
        long size = keys.GetInt64(key);
        return size >= least && size <= LargestBlock && long.IsPow2(size) ? (int)size : throw keys.Wrong(key, $"a power of two from {least} to {LargestBlock}");
    }
}
