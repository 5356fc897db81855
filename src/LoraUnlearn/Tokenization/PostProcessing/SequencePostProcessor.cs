namespace LoraUnlearn.Tokenization.PostProcessing;

/// <summary>Applies post-processors one after the other.</summary>
internal sealed class SequencePostProcessor(IReadOnlyList<IPostProcessor> processors) : IPostProcessor
{
    /// <inheritdoc/>
    public List<IReadOnlyList<int>> Process(List<IReadOnlyList<int>> parts, bool addSpecialTokens)
    {
        foreach (IPostProcessor processor in processors)
        {
            parts = processor.Process(parts, addSpecialTokens);
        }

        return parts;
    }
}
