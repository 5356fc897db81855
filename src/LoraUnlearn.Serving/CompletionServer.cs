using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LoraUnlearn.Serving.Http;

/// <summary>
/// An HTTP server in front of a serving engine, which OpenAI's clients can use: <c>/v1/models</c>, <c>/v1/completions</c> and
/// <c>/v1/chat/completions</c>, the model's name choosing the adapter; <c>/health</c> says how much is going on. It takes no settings
/// from the environment or from files.
/// </summary>
public sealed class CompletionServer : IAsyncDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly WebApplication _application;
    private readonly TimeSpan _grace;
    private readonly CancellationTokenSource _stopping;

    private CompletionServer(WebApplication application, TimeSpan grace, CancellationTokenSource stopping)
    {
        _application = application;
        _grace = grace;
        _stopping = stopping;
        Address = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Starts to listen.</summary>
    /// <param name="model">What is served.</param>
    /// <param name="engine">What runs it; it outlives the server.</param>
    /// <param name="limits">Where to listen, and what to take.</param>
    /// <param name="log">Gets a line for each request; called from several threads.</param>
    /// <param name="time">The clock; the system's unless given.</param>
    /// <exception cref="InputException">The address or port cannot be listened at.</exception>
    public static async Task<CompletionServer> StartAsync(ServedModel model, ServingEngine engine, HttpLimits limits, Action<string> log, TimeProvider? time = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, limits));
        builder.Services.AddSingleton<IHostLifetime, LifetimeOfTheOwner>();
        WebApplication application = builder.Build();
        CancellationTokenSource stopping = new();
        Api api = new(model, engine, limits, log, time ?? TimeProvider.System, stopping.Token);
        application.Run(api.AnswerAsync);
        try
        {
            await application.StartAsync().ConfigureAwait(false);
            return new CompletionServer(application, limits.Grace, stopping);
        }
        catch (Exception error)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            stopping.Dispose();
            throw error is IOException or System.Net.Sockets.SocketException
                ? new InputException($"{limits.Address}, port {limits.Port}, cannot be listened at: {error.Message} Choose another --port, or 0 for a free one.", error)
                : error;
        }
    }

    /// <summary>Stops: takes no more connections, lets what runs end within the grace, and then ends it with an error.</summary>
    public async Task StopAsync()
    {
        _stopping.CancelAfter(_grace);
        using CancellationTokenSource end = new(_grace + LastWords);
        await _application.StopAsync(end.Token).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private static void Configure(KestrelServerOptions kestrel, HttpLimits limits)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = limits.LargestBody;
        kestrel.Limits.MaxConcurrentConnections = limits.Connections;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        kestrel.Listen(limits.Address, limits.Port, listen => listen.Protocols = HttpProtocols.Http1);
    }

    // Signals are the program's affair, not the server's.
    private sealed class LifetimeOfTheOwner : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
