using System.Net;

namespace LoraUnlearn.Serving.Http;

/// <summary>Where the server listens, and what it takes.</summary>
public sealed record HttpLimits
{
    /// <summary>Address to listen at; the loopback unless given.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>Port; 0 takes a free one.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>Largest request body, in bytes.</summary>
    public long LargestBody { get; init; } = 1 << 20;

    /// <summary>Most open connections.</summary>
    public long Connections { get; init; } = 1024;

    /// <summary>How long requests that run may go on after the server was asked to stop.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);
}
