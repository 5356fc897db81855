namespace LoraUnlearn.Tokenization.PostProcessing;

/// <summary>BERT's and RoBERTa's frame: a token before the text and one after it.</summary>
/// <param name="first">The id put before.</param>
/// <param name="separator">The id put after.</param>
/// <param name="beforeNext">The id, if any, put before parts after the first.</param>
internal sealed class BertPostProcessor(int first, int separator, int? beforeNext) : IPostProcessor
{
    /// <inheritdoc/>
    public List<IReadOnlyList<int>> Process(List<IReadOnlyList<int>> parts, bool addSpecialTokens)
    {
        if (!addSpecialTokens)
        {
            return parts;
        }

        List<IReadOnlyList<int>> framed = new(parts.Count);
        foreach (IReadOnlyList<int> part in parts)
        {
            int? before = framed.Count == 0 ? first : beforeNext;
            List<int> ids = new(part.Count + 2);
            if (before is { } id)
            {
                ids.Add(id);
            }

            ids.AddRange(part);
            ids.Add(separator);
            framed.Add(ids);
        }

        return framed;
    }
}
