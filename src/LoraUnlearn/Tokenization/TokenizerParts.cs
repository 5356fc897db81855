using LoraUnlearn.Tokenization.AddedTokens;
using LoraUnlearn.Tokenization.Bpe;
using LoraUnlearn.Tokenization.Decoding;
using LoraUnlearn.Tokenization.Normalization;
using LoraUnlearn.Tokenization.PostProcessing;
using LoraUnlearn.Tokenization.PreTokenization;

namespace LoraUnlearn.Tokenization;

/// <summary>The parts of a tokenizer, one a stage that text or ids go through.</summary>
/// <param name="Model">The vocabulary and its merges.</param>
/// <param name="AddedTokens">The tokens recognised in the text itself.</param>
/// <param name="Normalizer">Rewrites text before it is cut, if anything does.</param>
/// <param name="PreTokenizer">Cuts text into words, if anything does.</param>
/// <param name="PostProcessor">Puts tokens around the text, if anything does.</param>
/// <param name="Decoder">Turns tokens into text; without one they are joined with spaces.</param>
internal sealed record TokenizerParts(
    BpeModel Model,
    AddedVocabulary AddedTokens,
    INormalizer? Normalizer,
    IPreTokenizer? PreTokenizer,
    IPostProcessor? PostProcessor,
    ITokenDecoder? Decoder);
