namespace LoraUnlearn.Checkpoints;

/// <summary>Checks that the tensors of a safetensors file cover its data exactly: no overlap, no gap, nothing left over.</summary>
internal static class SafetensorsLayout
{
    /// <summary>Checks the entries against each other and the file's length.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="entries">Its entries, each already right by itself.</param>
    /// <param name="dataStart">The first byte after the header.</param>
    /// <param name="fileLength">The length of the file in bytes.</param>
    /// <exception cref="InputException">They do not cover it exactly.</exception>
    public static void Check(string path, IEnumerable<SafetensorsEntry> entries, long dataStart, long fileLength)
    {
        SafetensorsEntry[] ordered = [.. entries.OrderBy(entry => entry.Offset).ThenBy(entry => entry.ByteCount)];
        CheckEnd(path, ordered, dataStart, fileLength);
        long position = dataStart;
        string before = "the header";
        foreach (SafetensorsEntry entry in ordered)
        {
            if (entry.Offset != position)
            {
                string fault = entry.Offset < position ? $"overlaps {before}" : $"leaves a gap of {entry.Offset - position} bytes after {before}";
                throw new InputException(
                    $"{path}: tensor '{BoundedJson.Shorten(entry.Name)}' {fault}: found data begin {entry.Offset - dataStart}, " +
                    $"expected {position - dataStart}. The safetensors header is damaged or forged; get the file again.");
            }

            position = entry.Offset + entry.ByteCount;
            before = $"tensor '{BoundedJson.Shorten(entry.Name)}'";
        }
    }

    private static void CheckEnd(string path, SafetensorsEntry[] entries, long dataStart, long fileLength)
    {
        SafetensorsEntry? last = entries.MaxBy(entry => entry.Offset + entry.ByteCount);
        long end = last is null ? dataStart : last.Offset + last.ByteCount;
        if (end > fileLength)
        {
            throw new InputException(
                $"{path}: tensor '{BoundedJson.Shorten(last!.Name)}' ends at byte {end}, but the file has {fileLength}. " +
                "The file is truncated; copy or download it again.");
        }

        if (end < fileLength)
        {
            throw new InputException(
                $"{path}: found {fileLength} bytes, expected {end} by the header: {fileLength - end} bytes belong to no tensor. " +
                "The file is damaged; get it again.");
        }
    }
}
