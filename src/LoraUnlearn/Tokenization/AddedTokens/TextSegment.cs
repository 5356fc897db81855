namespace LoraUnlearn.Tokenization.AddedTokens;

/// <summary>A stretch of text that is an added token, or that lies between two.</summary>
/// <param name="Start">Where it begins, in UTF-16 units.</param>
/// <param name="End">Where it ends.</param>
/// <param name="TokenId">The id of the token, or null for ordinary text.</param>
internal readonly record struct TextSegment(int Start, int End, int? TokenId);
