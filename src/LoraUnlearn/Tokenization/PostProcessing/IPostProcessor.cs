namespace LoraUnlearn.Tokenization.PostProcessing;

/// <summary>Puts the tokens around an encoded text that a model expects, such as one for its beginning. Safe for concurrent use.</summary>
internal interface IPostProcessor
{
    /// <summary>Processes the parts of an encoding.</summary>
    /// <param name="parts">The ids, one list a part; a text as it leaves the model is a single part.</param>
    /// <param name="addSpecialTokens">Whether to put in the tokens that the text does not have.</param>
    /// <returns>The parts, whose concatenation is the encoding.</returns>
    List<IReadOnlyList<int>> Process(List<IReadOnlyList<int>> parts, bool addSpecialTokens);
}

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

/// <summary>Leaves the ids as they are: the byte-level post-processor, which concerns offsets alone.</summary>
internal sealed class UnchangedPostProcessor : IPostProcessor
{
    /// <inheritdoc/>
    public List<IReadOnlyList<int>> Process(List<IReadOnlyList<int>> parts, bool addSpecialTokens) => parts;
}
