using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Data;
using LoraUnlearn.Serving;
using LoraUnlearn.Serving.Http;
using LoraUnlearn.Sessions;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Cli.Tests.Serving;

/// <summary>The demo's model with adapters, served inside the test's process at a free port.</summary>
internal sealed class DemoServer : IAsyncDisposable
{
    private readonly ModelSession _session = ModelSession.Open(DemoMaterial.Model, ComputeSettings.Parse("cpu", "float32"));
    private readonly ResidentAdapters _adapters;

    private DemoServer(ServingLimits limits, bool endless, string[] adapters)
    {
        _adapters = new ResidentAdapters(_session.Decoder);
        Model = ServedFolders.Of(DemoMaterial.Model, "base", adapters).Load(_session, _adapters, PromptTemplate.Named("plain"));
        Engine = new ServingEngine(_adapters, limits, endless ? [] : _session.EndOfSequenceIds);
    }

    public ServingEngine Engine { get; }

    public HttpClient Client { get; private set; } = null!;

    public ConcurrentQueue<string> Log { get; } = new();

    public CompletionServer Server { get; private set; } = null!;

    private ServedModel Model { get; }

    /// <summary>Starts one.</summary>
    /// <param name="limits">Its limits; the usual ones unless given.</param>
    /// <param name="endless">Whether the model never ends a text by itself.</param>
    /// <param name="grace">How long running requests may go on when it stops.</param>
    /// <param name="adapters">DIR or NAME=DIR.</param>
    public static async Task<DemoServer> StartAsync(ServingLimits? limits = null, bool endless = false, TimeSpan? grace = null, params string[] adapters)
    {
        DemoServer demo = new(limits ?? new ServingLimits(), endless, adapters);
        HttpLimits http = new() { Port = 0, LargestBody = 20_000, Grace = grace ?? TimeSpan.FromSeconds(60) };
        demo.Server = await CompletionServer.StartAsync(demo.Model, demo.Engine, http, demo.Log.Enqueue);
        demo.Client = new HttpClient { BaseAddress = demo.Server.Address, Timeout = TimeSpan.FromMinutes(2) };
        return demo;
    }

    /// <summary>A completion's text.</summary>
    public async Task<string> CompleteAsync(object request)
    {
        JsonElement reply = await PostAsync("/v1/completions", request, HttpStatusCode.OK);
        return reply.GetProperty("choices")[0].GetProperty("text").GetString()!;
    }

    /// <summary>A reply, whose status must be the one expected.</summary>
    public async Task<JsonElement> PostAsync(string path, object request, HttpStatusCode expected)
    {
        using HttpResponseMessage response = await Client.PostAsJsonAsync(path, request);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == expected, $"{response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>The documents of a streamed reply; its end mark is checked.</summary>
    public async Task<List<JsonElement>> StreamAsync(string path, object request)
    {
        using HttpResponseMessage response = await BeginAsync(path, request);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        string[] events = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.All(events, one => Assert.StartsWith("data: ", one, StringComparison.Ordinal));
        Assert.Equal("data: [DONE]", events[^1]);
        return [.. events[..^1].Select(one => JsonDocument.Parse(one["data: ".Length..]).RootElement)];
    }

    /// <summary>A streamed reply whose head has come.</summary>
    public async Task<HttpResponseMessage> BeginAsync(string path, object request)
    {
        using HttpRequestMessage message = new(HttpMethod.Post, path) { Content = JsonContent.Create(request) };
        return await Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Engine.Dispose();
        await Server.DisposeAsync();
        _adapters.Dispose();
        _session.Dispose();
    }
}
