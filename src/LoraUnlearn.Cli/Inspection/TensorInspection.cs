using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Text;

namespace LoraUnlearn.Cli.Inspection;

/// <summary>Describes tensors in safetensors files, from their headers alone.</summary>
internal static class TensorInspection
{
    /// <summary>Describes a safetensors file: metadata, and every tensor.</summary>
    /// <exception cref="InputException">The file cannot be read or trusted.</exception>
    public static Inspection OfFile(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Inspection inspection = new("safetensors", path);
        AddTotals(inspection, file.Entries.Values);
        JsonObject metadata = [];
        foreach ((string key, string value) in file.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            metadata[key] = value;
        }

        if (metadata.Count > 0)
        {
            inspection.Add("metadata", metadata, string.Join(", ", file.Metadata.Select(pair => $"{pair.Key}={pair.Value}")));
        }

        AddTensors(inspection, file.Entries.Values);
        return inspection;
    }

    /// <summary>Adds the number of tensors, of parameters and of bytes, and the types.</summary>
    public static void AddTotals(Inspection inspection, IEnumerable<SafetensorsEntry> entries)
    {
        SafetensorsEntry[] all = [.. entries];
        long parameters = all.Sum(entry => entry.Count);
        long bytes = all.Sum(entry => entry.ByteCount);
        inspection.Add("tensors_count", all.Length);
        inspection.Add("parameters", parameters, $"{parameters:N0}");
        inspection.Add("bytes", bytes, PlainText.Bytes(bytes));
        inspection.Add("dtypes", JsonText.Texts(all.Select(entry => entry.DType).Distinct().Order(StringComparer.Ordinal)));
    }

    /// <summary>Adds one row for each tensor.</summary>
    public static void AddTensors(Inspection inspection, IEnumerable<SafetensorsEntry> entries)
    {
        TextTable table = new("tensor", "type", "shape") { IsText = true };
        JsonArray list = [];
        foreach (SafetensorsEntry entry in entries.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            table.Add(entry.Name, entry.DType, $"[{string.Join(", ", entry.Shape)}]");
            list.Add(new JsonObject
            {
                ["name"] = entry.Name,
                ["dtype"] = entry.DType,
                ["shape"] = JsonText.Numbers(entry.Shape),
                ["bytes"] = entry.ByteCount,
            });
        }

        inspection.Document["tensors"] = list;
        inspection.Table = table;
    }
}
