using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.AddedTokens;

/// <summary>Cuts text at the added tokens in it. Safe for concurrent use.</summary>
internal sealed class AddedTokenSplitter
{
    private readonly AddedToken[] _tokens;
    private readonly TokenFinder _finder;

    /// <param name="tokens">The tokens to look for; no two with the same pattern, none with an empty one.</param>
    public AddedTokenSplitter(IEnumerable<AddedToken> tokens)
    {
        _tokens = tokens.ToArray();
        _finder = new TokenFinder(_tokens.Select(token => token.Pattern));
    }

    /// <summary>The segments of the text, in order; none of them is empty.</summary>
    /// <param name="text">The text.</param>
    /// <param name="parseSpecial">False to take special tokens in the text for ordinary text.</param>
    public List<TextSegment> Split(string text, bool parseSpecial)
    {
        List<TextSegment> segments = [];
        int done = 0;
        (int Start, int End) blank = (0, -1);
        foreach ((int match, int pattern) in _finder.Find(text))
        {
            AddedToken token = _tokens[pattern];
            int start = match;
            int end = match + token.Pattern.Length;
            if ((token.Special && !parseSpecial) || (token.SingleWord && TouchesWord(text, start, end)))
            {
                continue;
            }

            if (token.LeftStrip)
            {
                // The token before may have taken some of it.
                while (start > done && CodePoints.IsWhiteSpace(text[start - 1]))
                {
                    start--;
                }

                start = Math.Max(start, done);
            }

            if (token.RightStrip)
            {
                if (end < blank.Start || end > blank.End)
                {
                    blank = (end, EndOfWhiteSpace(text, end));
                }

                end = blank.End;
            }

            if (done < start)
            {
                segments.Add(new TextSegment(done, start, null));
            }

            segments.Add(new TextSegment(start, end, token.Id));
            done = end;
        }

        if (done != text.Length)
        {
            segments.Add(new TextSegment(done, text.Length, null));
        }

        return segments;
    }

    private static int EndOfWhiteSpace(string text, int position)
    {
        while (position < text.Length && CodePoints.IsWhiteSpace(text[position]))
        {
            position++;
        }

        return position;
    }

    private static bool TouchesWord(string text, int start, int end) =>
        (start > 0 && CodePoints.IsWord(CodePoints.Before(text, start, out _)))
        || (end < text.Length && CodePoints.IsWord(CodePoints.At(text, end, out _)));
}

/// <summary>A stretch of text that is an added token, or that lies between two.</summary>
/// <param name="Start">Where it begins, in UTF-16 units.</param>
/// <param name="End">Where it ends.</param>
/// <param name="TokenId">The id of the token, or null for ordinary text.</param>
internal readonly record struct TextSegment(int Start, int End, int? TokenId);
