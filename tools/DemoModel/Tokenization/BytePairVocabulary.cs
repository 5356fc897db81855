namespace LoraUnlearn.DemoModel.Tokenization;

/// <summary>What training a byte-level BPE tokenizer gives.</summary>
/// <param name="SpecialTokens">Ids 0, 1, …</param>
/// <param name="Merges">In the order they were learned, which is the order they are applied in.</param>
internal sealed record BytePairVocabulary(
    IReadOnlyList<string> SpecialTokens,
    IReadOnlyList<(string Left, string Right)> Merges)
{
    /// <summary>All tokens in the order of their ids: special tokens, the 256 byte characters, then one token a merge.</summary>
    public IEnumerable<string> Tokens =>
        [.. SpecialTokens, .. ByteAlphabet.InCodeOrder.Select(c => c.ToString()), .. Merges.Select(m => m.Left + m.Right)];
}
