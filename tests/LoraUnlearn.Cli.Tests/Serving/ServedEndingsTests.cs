using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LoraUnlearn.Serving;

namespace LoraUnlearn.Cli.Tests.Serving;

/// <summary>Clients that go, and servers that stop.</summary>
public sealed class ServedEndingsTests
{
    private static readonly object Long = new { model = "base", prompt = "Where", max_tokens = 120, temperature = 1, stream = true };

    [Fact]
    public async Task ClientThatGoesFreesItsRow()
    {
        await using DemoServer server = await DemoServer.StartAsync(new ServingLimits { Rows = 2 }, endless: true);
        string alone = await server.CompleteAsync(new { model = "base", prompt = "Where", temperature = 0, max_tokens = 20 });
        for (int time = 0; time < 3; time++)
        {
            HttpResponseMessage streaming = await server.BeginAsync("/v1/completions", Long);
            using Stream body = await streaming.Content.ReadAsStreamAsync();
            Assert.True(await body.ReadAsync(new byte[64]) > 0);
            streaming.Dispose(); // closes the connection in mid-stream
        }

        Assert.Equal(alone, await server.CompleteAsync(new { model = "base", prompt = "Where", temperature = 0, max_tokens = 20 }));
        Assert.True(SpinWait.SpinUntil(() => server.Engine.Running == 0 && server.Engine.Waiting == 0, 30_000));
        using JsonDocument health = JsonDocument.Parse(await server.Client.GetStringAsync("/health"));
        Assert.Equal(0, health.RootElement.GetProperty("running").GetInt32());
    }

    [Fact]
    public async Task StoppingLetsWhatRunsEnd()
    {
        await using DemoServer server = await DemoServer.StartAsync(endless: true);
        using HttpResponseMessage streaming = await server.BeginAsync("/v1/completions", Long);
        Task stop = server.Server.StopAsync();
        string text = await streaming.Content.ReadAsStringAsync();
        await stop;
        Assert.Contains("\"finish_reason\":\"length\"", text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        await Assert.ThrowsAsync<HttpRequestException>(() => server.Client.GetStringAsync("/health"));
    }

    [Fact]
    public async Task WhatDoesNotEndWithinTheGraceIsTold()
    {
        await using DemoServer server = await DemoServer.StartAsync(new ServingLimits { Rows = 1 }, endless: true, grace: TimeSpan.Zero);
        HttpResponseMessage[] streaming = [await server.BeginAsync("/v1/chat/completions", Chat()), await server.BeginAsync("/v1/chat/completions", Chat())];
        await server.Server.StopAsync();
        string[] texts = await Task.WhenAll(streaming.Select(response => response.Content.ReadAsStringAsync()));
        Assert.Contains(texts, text => text.Contains("The server is stopping.", StringComparison.Ordinal) && !text.Contains("[DONE]", StringComparison.Ordinal));
        Assert.True(SpinWait.SpinUntil(() => server.Engine.Running == 0, 30_000));

        static object Chat() => new { model = "base", messages = new[] { new { role = "user", content = "Where?" } }, max_tokens = 100, stream = true };
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task SignalStopsTheProcessGracefully(string signal)
    {
        using ToolProcess process = ToolProcess.Start("serve", "--model", DemoMaterial.Model, "--port", "0", "--threads", "1", "--json");
        process.WaitFor(() => process.Output.EndsWith("}\n", StringComparison.Ordinal));
        Assert.False(process.HasEnded, process.Error);
        using JsonDocument told = JsonDocument.Parse(process.Output);
        using HttpClient client = new() { BaseAddress = new Uri(told.RootElement.GetProperty("url").GetString()!) };
        Assert.Equal(["Demo"], told.RootElement.GetProperty("models").EnumerateArray().Select(name => name.GetString()));
        string[] prompts = [.. Enumerable.Repeat("Where was Alba Alderholm born? Question:", 40)];
        Task<HttpResponseMessage> running = client.PostAsJsonAsync("/v1/completions", new { model = "Demo", prompt = prompts, max_tokens = 60, temperature = 1 });
        process.WaitFor(() => client.GetStringAsync("/health").GetAwaiter().GetResult().Contains("\"running\":32", StringComparison.Ordinal) || running.IsCompleted);
        process.Signal(signal);

        HttpResponseMessage response = await running;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using JsonDocument reply = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(prompts.Length, reply.RootElement.GetProperty("choices").GetArrayLength());
        Assert.Equal(0, process.WaitForEnd());
        Assert.DoesNotContain("Alderholm", process.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatCannotBeServedIsSaidBeforehand()
    {
        Assert.Contains("which is no name", Said("--adapter", "=x"), StringComparison.Ordinal);
        Assert.Contains("as another one is", Said("--adapter", "a=x", "--adapter", "a=y"), StringComparison.Ordinal);
        Assert.Contains("expected an IP address", Said("--host", "somewhere"), StringComparison.Ordinal);
        Assert.Contains("nothing-there", Said("--adapter", "nothing-there"), StringComparison.Ordinal);
        using System.Net.Sockets.TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        Assert.Contains("cannot be listened at", Said("--port", $"{((IPEndPoint)taken.LocalEndpoint).Port}"), StringComparison.Ordinal);

        static string Said(params string[] arguments)
        {
            ToolRun run = ToolRun.Of(["serve", "--model", DemoMaterial.Model, .. arguments]);
            Assert.Equal(2, run.ExitCode);
            return run.Error;
        }
    }
}
