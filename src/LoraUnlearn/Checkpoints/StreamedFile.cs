namespace LoraUnlearn.Checkpoints;

/// <summary>A safetensors file that is made from others while it is written.</summary>
/// <param name="Name">Its name, without a folder.</param>
/// <param name="Header">Everything in front of the data.</param>
/// <param name="Tensors">The tensors in the order of the file.</param>
internal sealed record StreamedFile(string Name, byte[] Header, IReadOnlyList<StreamedTensor> Tensors)
{
    /// <summary>The length of the file.</summary>
    public long Length => Header.Length + Tensors.Sum(tensor => tensor.ByteCount);
}
