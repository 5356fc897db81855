using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoraUnlearn.Cli.Output;

/// <summary>JSON as the tool prints it.</summary>
internal static class JsonText
{
    /// <summary>A document over several lines.</summary>
    public static string Indented(JsonNode document) => Write(document, isIndented: true);

    /// <summary>A document on one line.</summary>
    public static string Compact(JsonNode document) => Write(document, isIndented: false);

    /// <summary>A number, or JSON's null where it is infinite or not a number.</summary>
    public static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    /// <summary>A number with the digits that tell it from its neighbours, or JSON's null where it is infinite or not a number.</summary>
    public static JsonNode? Number(float value) => float.IsFinite(value) ? JsonValue.Create(value) : null;

    /// <summary>A number; JSON's null where there is none.</summary>
    public static JsonNode? Number(double? value) => value is double number ? Number(number) : null;

    /// <summary>An array of numbers.</summary>
    public static JsonArray Numbers(IEnumerable<float> values) => new([.. values.Select(Number)]);

    /// <summary>An array of numbers.</summary>
    public static JsonArray Numbers(IEnumerable<double> values) => new([.. values.Select(Number)]);

    /// <summary>An array of whole numbers.</summary>
    public static JsonArray Numbers(IEnumerable<long> values) => new([.. values.Select(value => (JsonNode?)JsonValue.Create(value))]);

    /// <summary>An array of texts.</summary>
    public static JsonArray Texts(IEnumerable<string> values) => new([.. values.Select(value => (JsonNode?)JsonValue.Create(value))]);

    /// <summary>A writer of such JSON, for documents too long to be built.</summary>
    public static Utf8JsonWriter Writer(Stream stream, bool isIndented) => new(stream, new JsonWriterOptions
    {
        Indented = isIndented,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>Writes a number, or JSON's null where it is infinite or not a number.</summary>
    public static void Write(Utf8JsonWriter writer, double value)
    {
        if (double.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    /// <summary>Writes a number with the digits that tell it from its neighbours, or JSON's null where it is infinite or not a number.</summary>
    public static void Write(Utf8JsonWriter writer, float value)
    {
        if (float.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static string Write(JsonNode document, bool isIndented)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter writer = Writer(buffer, isIndented))
        {
            document.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
