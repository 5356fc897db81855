using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace LoraUnlearn.Serving.Http;

/// <summary>Runs what a client asks for and writes the reply, whole or as events.</summary>
internal sealed class CompletionReply : IDisposable
{
    private readonly CompletionCall _call;
    private readonly IReadOnlyList<Completion> _completions;
    private readonly ReplyFormat _format;
    private readonly CompletionText[] _texts;
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>Hands the requests in.</summary>
    /// <param name="call">What is asked for.</param>
    /// <param name="model">What is served.</param>
    /// <param name="engine">What runs it.</param>
    /// <param name="created">The time now.</param>
    /// <exception cref="ApiException">The queue is full.</exception>
    public CompletionReply(CompletionCall call, ServedModel model, ServingEngine engine, DateTimeOffset created)
    {
        _call = call;
        _completions = engine.TrySubmit(call.Requests)
            ?? throw ApiException.Of(429, $"{engine.Limits.Queue} sequences wait already; try again in a moment.", "queue_full");
        _texts = [.. call.Requests.Select(_ => new CompletionText(model.Tokenizer.CreateStreamingDecoder(), call.Stops))];
        string id = Guid.NewGuid().ToString("N");
        _format = call.IsChat
            ? new ChatFormat($"chatcmpl-{id}", call.Model, created.ToUnixTimeSeconds())
            : new TextFormat($"cmpl-{id}", call.Model, created.ToUnixTimeSeconds());
    }

    /// <summary>Tokens of all continuations so far.</summary>
    public int NewTokens => _texts.Sum(text => text.Tokens);

    /// <summary>Writes the reply.</summary>
    /// <param name="context">The connection.</param>
    /// <param name="cancellation">Ends it early.</param>
    public Task WriteAsync(HttpContext context, CancellationToken cancellation) =>
        _call.IsStreamed ? StreamAsync(context.Response, cancellation) : WriteWholeAsync(context.Response, cancellation);

    /// <summary>Gives up what still runs.</summary>
    public void Dispose()
    {
        foreach (Completion completion in _completions)
        {
            completion.Cancel();
        }

        _writing.Dispose();
    }

    private async Task WriteWholeAsync(HttpResponse response, CancellationToken cancellation)
    {
        List<JsonObject> choices = [];
        for (int index = 0; index < _completions.Count; index++)
        {
            List<string> parts = [];
            string finish = await FollowAsync(index, text =>
            {
                parts.Add(text);
                return Task.CompletedTask;
            }, cancellation).ConfigureAwait(false);
            choices.Add(_format.Choice(index, string.Concat(parts), finish));
        }

        await Json.WriteAsync(response, 200, _format.Whole(choices, Usage()), cancellation).ConfigureAwait(false);
    }

    private async Task StreamAsync(HttpResponse response, CancellationToken cancellation)
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        try
        {
            await Task.WhenAll(Enumerable.Range(0, _completions.Count).Select(index => StreamAsync(response, index, cancellation))).ConfigureAwait(false);
            if (_call.StreamsUsage)
            {
                await EventAsync(response, _format.Part(null, Usage()), cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (response.HasStarted && !response.HttpContext.RequestAborted.IsCancellationRequested)
        {
            ApiException told = error as ApiException ?? ApiException.Of(503, "The server is stopping.", "stopping");
            await EventAsync(response, told.Document(), CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        await response.WriteAsync("data: [DONE]\n\n", cancellation).ConfigureAwait(false);
    }

    private async Task StreamAsync(HttpResponse response, int index, CancellationToken cancellation)
    {
        if (_format.First(index) is { } first)
        {
            await EventAsync(response, _format.Part(first), cancellation).ConfigureAwait(false);
        }

        string finish = await FollowAsync(index, text => EventAsync(response, _format.Part(_format.More(index, text)), cancellation), cancellation).ConfigureAwait(false);
        await EventAsync(response, _format.Part(_format.Last(index, finish)), cancellation).ConfigureAwait(false);
    }

    // Hands text on as it settles, all that is there at once; says why it ended.
    private async Task<string> FollowAsync(int index, Func<string, Task> give, CancellationToken cancellation)
    {
        Completion completion = _completions[index];
        CompletionText text = _texts[index];
        try
        {
            while (!text.IsStopped && await completion.Tokens.WaitToReadAsync(cancellation).ConfigureAwait(false))
            {
                string fresh = "";
                while (!text.IsStopped && completion.Tokens.TryRead(out int id))
                {
                    fresh += text.Push(id);
                }

                if (fresh.Length > 0)
                {
                    await give(fresh).ConfigureAwait(false);
                }
            }
        }
        catch (Exception error) when (error is not (OperationCanceledException or IOException or ApiException))
        {
            throw ApiException.Of(500, $"The computation failed ({error.GetType().Name}); other requests are not affected.", "computation_failed");
        }

        if (!text.IsStopped && completion.End == CompletionEnd.Cancelled)
        {
            throw ApiException.Of(503, "The server is stopping.", "stopping");
        }

        if (text.Finish() is { Length: > 0 } rest)
        {
            await give(rest).ConfigureAwait(false);
        }

        completion.Cancel(); // after a stop text the row is of no use
        return text.IsStopped || completion.End == CompletionEnd.EndOfSequence ? "stop" : "length";
    }

    private JsonObject Usage() => new()
    {
        ["prompt_tokens"] = _call.PromptTokens,
        ["completion_tokens"] = NewTokens,
        ["total_tokens"] = _call.PromptTokens + NewTokens,
    };

    private async Task EventAsync(HttpResponse response, JsonObject document, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await response.WriteAsync($"data: {Json.Text(document)}\n\n", cancellation).ConfigureAwait(false);
            await response.Body.FlushAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }
}
