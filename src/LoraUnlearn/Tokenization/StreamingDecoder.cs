using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization;

/// <summary>
/// Decodes token ids one by one, giving out text as soon as it is settled: a character whose bytes are spread over
/// several tokens comes whole, and the spaces between tokens are those of <see cref="Tokenizer.Decode"/>. Not safe for
/// concurrent use.
/// </summary>
public sealed class StreamingDecoder
{
    // A character has four bytes at most, so whatever is still undecided after this many tokens is not going to be one.
    private const int MostHeldBack = 32;

    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private readonly List<int> _window = [];
    private int _settled;
    private string _settledText = "";

    internal StreamingDecoder(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
    }

    /// <summary>Takes the next id.</summary>
    /// <param name="id">The token id.</param>
    /// <returns>The text that it settles; empty while a character is incomplete.</returns>
    public string Push(int id)
    {
        if (_tokenizer.DecodablePiece(id, _skipSpecialTokens) is null)
        {
            return "";
        }

        _window.Add(id);
        string text = _tokenizer.Decode(_window, _skipSpecialTokens);
        bool incomplete = text.EndsWith(CodePoints.Replacement) && _window.Count - _settled < MostHeldBack;
        return incomplete ? "" : Settle(text);
    }

    /// <summary>Ends the text. The decoder can be used for another one afterwards.</summary>
    /// <returns>What was held back; an incomplete character is U+FFFD.</returns>
    public string Flush()
    {
        string rest = _window.Count > _settled ? Settle(_tokenizer.Decode(_window, _skipSpecialTokens)) : "";
        _window.Clear();
        _settled = 0;
        _settledText = "";
        return rest;
    }

    /// <summary>Gives out what follows the settled text, and keeps the tokens of this step as the context of the next.</summary>
    private string Settle(string text)
    {
        string fresh = text.Length > _settledText.Length ? text[_settledText.Length..] : "";
        if (fresh.Length > 0)
        {
            _window.RemoveRange(0, _settled);
            _settledText = _tokenizer.Decode(_window, _skipSpecialTokens);
            _settled = _window.Count;
        }

        return fresh;
    }
}
