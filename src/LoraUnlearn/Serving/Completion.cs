using System.Threading.Channels;

namespace LoraUnlearn.Serving;

/// <summary>A completion that waits, runs or has ended: its tokens come as they are chosen.</summary>
public sealed class Completion
{
    private readonly Channel<int> _tokens = Channel.CreateUnbounded<int>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private volatile bool _isCancelled;

    internal Completion(CompletionRequest request)
    {
        Request = request;
    }

    /// <summary>What was asked for.</summary>
    public CompletionRequest Request { get; }

    /// <summary>
    /// The new tokens, without the end-of-sequence token; ends when the completion does, with an exception where the computation failed.
    /// There are at most as many as were asked for, so that a slow reader holds nothing up.
    /// </summary>
    public ChannelReader<int> Tokens => _tokens.Reader;

    /// <summary>How it ended; set before <see cref="Tokens"/> ends.</summary>
    public CompletionEnd End { get; private set; } = CompletionEnd.Cancelled;

    /// <summary>Whether it has been cancelled.</summary>
    public bool IsCancelled => _isCancelled;

    /// <summary>Gives the row up at the next step. Of a completion that has ended, nothing happens.</summary>
    public void Cancel() => _isCancelled = true;

    internal void Add(int token) => _tokens.Writer.TryWrite(token);

    internal void Finish(CompletionEnd end)
    {
        End = end;
        _tokens.Writer.TryComplete();
    }

    internal void Fail(Exception error) => _tokens.Writer.TryComplete(error);
}
