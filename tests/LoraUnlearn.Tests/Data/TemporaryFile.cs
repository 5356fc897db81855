namespace LoraUnlearn.Tests.Data;

/// <summary>A file with given content, deleted afterwards.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(string content)
        : this(System.Text.Encoding.UTF8.GetBytes(content))
    {
    }

    public TemporaryFile(byte[] content)
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"lora-unlearn-{Guid.NewGuid():N}.jsonl");
        File.WriteAllBytes(Path, content);
    }

    public string Path { get; }

    public void Dispose() => File.Delete(Path);
}
