using System.Text.Json.Nodes;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Text;
using LoraUnlearn.Gguf;

namespace LoraUnlearn.Cli.Inspection;

/// <summary>Describes GGUF files, models and adapters alike, from their headers alone.</summary>
internal static class GgufInspection
{
    private static readonly string[] Keys = ["general.type", "general.architecture", "general.name", "adapter.type", "adapter.lora.alpha"];

    /// <summary>Describes a file: what it is, its sizes, and every tensor.</summary>
    /// <exception cref="InputException">The file cannot be read or trusted.</exception>
    public static Inspection OfFile(string path)
    {
        GgufHeader header = GgufHeader.Read(path);
        Inspection inspection = new("gguf", path);
        inspection.Add("version", header.Version);
        foreach (string key in Keys)
        {
            inspection.Add(key.Replace("general.", "", StringComparison.Ordinal).Replace('.', '_'), Node(header.Find(key)));
        }

        long parameters = header.Tensors.Aggregate(0L, (sum, tensor) => checked(sum + tensor.Count));
        inspection.Add("tensors_count", header.Tensors.Count);
        inspection.Add("parameters", parameters, $"{parameters:N0}");
        inspection.Add("bytes", new FileInfo(path).Length, PlainText.Bytes(new FileInfo(path).Length));
        inspection.Add("dtypes", JsonText.Texts(header.Tensors.Select(tensor => tensor.Type).Distinct().Order(StringComparer.Ordinal)));
        inspection.Document["metadata"] = new JsonObject(header.Values.Select(pair => KeyValuePair.Create(pair.Key, Node(pair.Value))));
        TextTable table = new("tensor", "type", "shape") { IsText = true };
        JsonArray list = [];
        foreach (GgufTensor tensor in header.Tensors)
        {
            table.Add(tensor.Name, tensor.Type, $"[{string.Join(", ", tensor.Shape)}]");
            list.Add(new JsonObject { ["name"] = tensor.Name, ["dtype"] = tensor.Type, ["shape"] = JsonText.Numbers(tensor.Shape) });
        }

        inspection.Document["tensors"] = list;
        inspection.Table = table;
        return inspection;
    }

    private static JsonNode? Node(object? value) => value switch
    {
        string text => JsonValue.Create(text),
        long number => JsonValue.Create(number),
        double number => JsonText.Number(number),
        bool flag => JsonValue.Create(flag),
        _ => null,
    };
}
