using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace LoraUnlearn.Serving.Http;

/// <summary>Answers requests: which path does what, what errors look like, and what is logged, which is never a request's text.</summary>
internal sealed class Api
{
    private const int ClientClosedRequest = 499;

    private readonly ServingEngine _engine;
    private readonly bool _isLoopback;
    private readonly Action<string> _log;
    private readonly ServedModel _model;
    private readonly CancellationToken _stopping;
    private readonly TimeProvider _time;

    public Api(ServedModel model, ServingEngine engine, HttpLimits limits, Action<string> log, TimeProvider time, CancellationToken stopping)
    {
        _model = model;
        _engine = engine;
        _isLoopback = IPAddress.IsLoopback(limits.Address);
        _log = log;
        _time = time;
        _stopping = stopping;
    }

    /// <summary>Answers one request.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        long begun = Stopwatch.GetTimestamp();
        Account account = new();
        int status = 500;
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping);
        try
        {
            await RouteAsync(context, account, end.Token).ConfigureAwait(false);
            status = context.Response.StatusCode;
        }
        catch (Exception error)
        {
            ApiException failure = FailureOf(error, context);
            status = failure.Status;
            await TellAsync(context, failure).ConfigureAwait(false);
            account.Note = error is ApiException ? failure.Code : error.GetType().Name;
        }
        finally
        {
            _log(account.Line(status, Stopwatch.GetElapsedTime(begun)));
        }
    }

    private Task RouteAsync(HttpContext context, Account account, CancellationToken cancellation)
    {
        if (_isLoopback && !IsOwnHost(context.Request.Host.Host))
        {
            // A page whose name was made to lead here would otherwise be taken for the server's own.
            throw ApiException.Of(403, "The Host header names another machine than this one.");
        }

        string path = context.Request.Path.Value ?? "";
        switch (path)
        {
            case "/v1/completions" or "/v1/chat/completions":
                Require(context, account, path, HttpMethods.Post);
                return CompleteAsync(context, path == "/v1/chat/completions", account, cancellation);
            case "/v1/models":
                Require(context, account, path, HttpMethods.Get);
                return Json.WriteAsync(context.Response, 200, Models(), cancellation);
            case "/health":
                Require(context, account, path, HttpMethods.Get);
                return Json.WriteAsync(context.Response, 200, Health(), cancellation);
            case ['/', 'v', '1', '/', 'm', 'o', 'd', 'e', 'l', 's', '/', .. string name]:
                Require(context, account, "/v1/models/…", HttpMethods.Get);
                return _model.TryFind(name, out _)
                    ? Json.WriteAsync(context.Response, 200, ModelOf(name), cancellation)
                    : throw CompletionCall.UnknownModel(name, _model);
            default:
                throw ApiException.Of(404, "There is nothing at this path; there are /v1/models, /v1/completions, /v1/chat/completions and /health.");
        }
    }

    private async Task CompleteAsync(HttpContext context, bool isChat, Account account, CancellationToken cancellation)
    {
        CompletionCall call;
        using (JsonDocument body = await Json.ReadAsync(context.Request, cancellation).ConfigureAwait(false))
        {
            call = CompletionCall.Read(body.RootElement, isChat, _model, _engine);
        }

        account.Model = call.Model;
        account.PromptTokens = call.PromptTokens;
        using CompletionReply reply = new(call, _model, _engine, _time.GetUtcNow());
        try
        {
            await reply.WriteAsync(context, cancellation).ConfigureAwait(false);
        }
        finally
        {
            account.NewTokens = reply.NewTokens;
        }
    }

    private static bool IsOwnHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static void Require(HttpContext context, Account account, string path, string method)
    {
        account.Path = path;
        if (!HttpMethods.Equals(context.Request.Method, method))
        {
            context.Response.Headers.Allow = method;
            throw ApiException.Of(405, $"Use {method} here.");
        }
    }

    private ApiException FailureOf(Exception error, HttpContext context) => error switch
    {
        ApiException failure => failure,
        OperationCanceledException or IOException when context.RequestAborted.IsCancellationRequested => ApiException.Of(ClientClosedRequest, "The client has gone."),
        OperationCanceledException when _stopping.IsCancellationRequested => ApiException.Of(503, "The server is stopping.", "stopping"),
        BadHttpRequestException { StatusCode: 413 } => ApiException.Of(413, "The request is larger than the server takes.", "request_too_large"),
        BadHttpRequestException bad => ApiException.Of(bad.StatusCode, "The request could not be read."),
        _ => ApiException.Of(500, $"Something failed that should not ({error.GetType().Name}).", "internal_error"),
    };

    private static async Task TellAsync(HttpContext context, ApiException failure)
    {
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            return; // a stream has told it as an event already
        }

        context.Response.Headers.ContentType = default;
        if (failure.Status is 429 or 503)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        try
        {
            await Json.WriteAsync(context.Response, failure.Status, failure.Document(), CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The client has gone.
        }
    }

    private JsonObject Models() => new()
    {
        ["object"] = "list",
        ["data"] = new JsonArray([.. _model.Names.Select(ModelOf)]),
    };

    private JsonObject ModelOf(string name) => new()
    {
        ["id"] = name,
        ["object"] = "model",
        ["created"] = 0,
        ["owned_by"] = "lora-unlearn",
        ["root"] = _model.BaseName,
    };

    private JsonObject Health() => new()
    {
        ["status"] = _stopping.IsCancellationRequested ? "stopping" : "ok",
        ["running"] = _engine.Running,
        ["waiting"] = _engine.Waiting,
    };

    // What is said of a request afterwards. Nothing that a client wrote is repeated: a path or a model is named if it is the server's own.
    private sealed class Account
    {
        public string Path { get; set; } = "(elsewhere)";

        public string? Model { get; set; }

        public int PromptTokens { get; set; }

        public int NewTokens { get; set; }

        public string? Note { get; set; }

        public string Line(int status, TimeSpan time)
        {
            string tokens = Model is null ? "" : $" {Model} {PromptTokens}+{NewTokens} tokens";
            string note = Note is null ? "" : $" {Note}";
            return $"{Path} {status}{tokens} {time.TotalMilliseconds:F0} ms{note}";
        }
    }
}
