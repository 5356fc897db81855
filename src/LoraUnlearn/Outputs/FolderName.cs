namespace LoraUnlearn.Outputs;

/// <summary>What a folder is called, in records and on pages: where it lies says nothing of it.</summary>
public static class FolderName
{
    /// <summary>The last part of a folder's full path.</summary>
    /// <param name="folder">The folder, as somebody named it: <c>.</c> and <c>models/llama/</c>, too.</param>
    public static string Of(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
}
