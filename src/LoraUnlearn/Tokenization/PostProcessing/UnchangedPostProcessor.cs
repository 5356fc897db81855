namespace LoraUnlearn.Tokenization.PostProcessing;

/// <summary>Leaves the ids as they are: the byte-level post-processor, which concerns offsets alone.</summary>
internal sealed class UnchangedPostProcessor : IPostProcessor
{
    /// <inheritdoc/>
    public List<IReadOnlyList<int>> Process(List<IReadOnlyList<int>> parts, bool addSpecialTokens) => parts;
}
