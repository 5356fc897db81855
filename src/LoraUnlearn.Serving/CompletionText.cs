using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Serving.Http;

/// <summary>
/// The text of a completion as its tokens come, up to a stop text. What may be the beginning of a stop text is held back until it is
/// settled whether it is one.
/// </summary>
internal sealed class CompletionText
{
    private readonly StreamingDecoder _decoder;
    private readonly IReadOnlyList<string> _stops;
    private string _held = "";

    /// <summary>Begins a text.</summary>
    /// <param name="decoder">Decodes the tokens.</param>
    /// <param name="stops">Texts that end it, and are not part of it.</param>
    public CompletionText(StreamingDecoder decoder, IReadOnlyList<string> stops)
    {
        _decoder = decoder;
        _stops = stops;
    }

    /// <summary>Tokens so far.</summary>
    public int Tokens { get; private set; }

    /// <summary>Whether a stop text has come; nothing follows.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Takes a token.</summary>
    /// <param name="id">The token.</param>
    /// <returns>The text that it settles.</returns>
    public string Push(int id)
    {
        if (IsStopped)
        {
            return "";
        }

        Tokens++;
        return Settle(_decoder.Push(id));
    }

    /// <summary>Ends the text.</summary>
    /// <returns>What was held back.</returns>
    public string Finish()
    {
        string rest = IsStopped ? "" : Settle(_decoder.Flush());
        string held = IsStopped ? "" : _held;
        _held = "";
        return rest + held;
    }

    private string Settle(string fresh)
    {
        if (_stops.Count == 0 || fresh.Length == 0)
        {
            return fresh;
        }

        _held += fresh;
        int stop = _stops.Select(text => _held.IndexOf(text, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        if (stop >= 0)
        {
            IsStopped = true;
            return Give(stop);
        }

        int possible = 0;
        while (possible < _held.Length && !_stops.Any(text => text.AsSpan().StartsWith(_held.AsSpan(possible))))
        {
            possible++;
        }

        return Give(possible);
    }

    private string Give(int length)
    {
        string given = _held[..length];
        _held = IsStopped ? "" : _held[length..];
        return given;
    }
}
