using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LoraUnlearn.Serving;

namespace LoraUnlearn.Cli.Tests.Serving;

/// <summary>Whatever a client sends gets an answer in OpenAI's form, and nothing else is disturbed.</summary>
public sealed class ServedErrorsTests
{
    private const string Text = "/v1/completions";
    private const string Chat = "/v1/chat/completions";

    [Fact]
    public async Task WrongRequestsSayWhatIsWrong()
    {
        await using DemoServer server = await DemoServer.StartAsync(new ServingLimits { Queue = 8, Context = 64 });
        (string Path, string Body, int Status, string? Parameter)[] wrong =
        [
            (Text, "", 400, null),
            (Text, "{", 400, null),
            (Text, "[]", 400, null),
            (Text, "\"text\"", 400, null),
            (Text, "{\"model\":\"base\",\"model\":\"base\",\"prompt\":\"x\"}", 400, null),
            (Text, new string('[', 10_000), 400, null),
            (Text, "{}", 400, "model"),
            (Text, "{\"model\":7,\"prompt\":\"x\"}", 400, "model"),
            (Text, "{\"model\":\"no such\",\"prompt\":\"x\"}", 404, "model"),
            (Text, "{\"model\":\"base\"}", 400, "prompt"),
            (Text, "{\"model\":\"base\",\"prompt\":{}}", 400, "prompt"),
            (Text, "{\"model\":\"base\",\"prompt\":[]}", 400, "prompt"),
            (Text, "{\"model\":\"base\",\"prompt\":[1,-2]}", 400, "prompt"),
            (Text, "{\"model\":\"base\",\"prompt\":[1,99999999]}", 400, "prompt"),
            (Text, "{\"model\":\"base\",\"prompt\":[1,1.5]}", 400, "prompt"),
            (Text, "{\"model\":\"base\",\"prompt\":\"\\ud800\"}", 400, "prompt"),
            (Text, "{\"model\":\"base\",\"prompt\":\"x\",\"max_tokens\":0}", 400, "max_tokens"),
            (Text, "{\"model\":\"base\",\"prompt\":\"x\",\"max_tokens\":64}", 400, "prompt"),
            (Text, "{\"model\":\"base\",\"prompt\":\"x\",\"max_tokens\":1e99}", 400, "max_tokens"),
            (Text, "{\"model\":\"base\",\"prompt\":\"x\",\"temperature\":-1}", 400, "temperature"),
            (Text, "{\"model\":\"base\",\"prompt\":\"x\",\"temperature\":\"hot\"}", 400, "temperature"),
            (Text, "{\"model\":\"base\",\"prompt\":\"x\",\"top_p\":2}", 400, "top_p"),
            (Text, "{\"model\":\"base\",\"prompt\":\"x\",\"stop\":[\"\"]}", 400, "stop"),
            (Text, "{\"model\":\"base\",\"prompt\":\"x\",\"stop\":5}", 400, "stop"),
            (Text, "{\"model\":\"base\",\"prompt\":\"x\",\"stream\":\"yes\"}", 400, "stream"),
            (Text, "{\"model\":\"base\",\"prompt\":\"x\",\"logprobs\":3}", 400, "logprobs"),
            (Text, "{\"model\":\"base\",\"prompt\":\"x\",\"echo\":true}", 400, "echo"),
            (Text, "{\"model\":\"base\",\"prompt\":\"x\",\"n\":9}", 400, "prompt"),
            (Chat, "{\"model\":\"base\"}", 400, "messages"),
            (Chat, "{\"model\":\"base\",\"messages\":[]}", 400, "messages"),
            (Chat, "{\"model\":\"base\",\"messages\":[7]}", 400, "messages"),
            (Chat, "{\"model\":\"base\",\"messages\":[{\"role\":\"user\"}]}", 400, "messages"),
            (Chat, "{\"model\":\"base\",\"messages\":[{\"role\":\"robot\",\"content\":\"x\"}]}", 400, "messages"),
            (Chat, "{\"model\":\"base\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}", 400, "messages"),
            (Chat, "{\"model\":\"base\",\"messages\":[{\"role\":\"assistant\",\"content\":\"x\"}]}", 400, "messages"),
            (Chat, "{\"model\":\"base\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tools\":[{}]}", 400, "tools"),
            (Chat, "{\"model\":\"base\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"response_format\":{\"type\":\"json_object\"}}", 400, "response_format"),
            ("/v1/embeddings", "{}", 404, null),
            (Text, $"{{\"model\":\"base\",\"prompt\":\"{new string('x', 30_000)}\"}}", 413, null),
        ];
        foreach ((string path, string body, int status, string? parameter) in wrong)
        {
            using StringContent content = new(body, Encoding.UTF8, "application/json");
            using HttpResponseMessage response = await server.Client.PostAsync(path, content);
            await CheckAsync(response, status, parameter, body);
        }

        foreach (string neutral in new[] { "\"n\":1,\"logprobs\":null,\"stop\":null,\"presence_penalty\":0,\"frequency_penalty\":0.0,\"logit_bias\":{},\"user\":\"me\",\"echo\":false,\"best_of\":1,\"suffix\":null" })
        {
            using StringContent content = new($"{{\"model\":\"base\",\"prompt\":\"x\",\"max_tokens\":1,{neutral}}}", Encoding.UTF8, "application/json");
            using HttpResponseMessage response = await server.Client.PostAsync(Text, content);
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        }

        Assert.All(server.Log, line => Assert.DoesNotContain("no such", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task OtherTypesMethodsAndHostsAreRefused()
    {
        await using DemoServer server = await DemoServer.StartAsync();
        using (StringContent plain = new("{\"model\":\"base\",\"prompt\":\"x\"}", Encoding.UTF8, "text/plain"))
        {
            await CheckAsync(await server.Client.PostAsync(Text, plain), 415, null, "type");
        }

        HttpResponseMessage got = await server.Client.GetAsync(Text);
        await CheckAsync(got, 405, null, "method");
        Assert.Equal(["POST"], got.Content.Headers.Allow);
        using HttpRequestMessage rebound = new(HttpMethod.Get, "/v1/models") { Headers = { Host = "evil.example" } };
        await CheckAsync(await server.Client.SendAsync(rebound), 403, null, "host");
        using HttpRequestMessage named = new(HttpMethod.Get, "/v1/models/base") { Headers = { Host = "localhost:1" } };
        HttpResponseMessage model = await server.Client.SendAsync(named);
        Assert.Equal("base", JsonDocument.Parse(await model.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString());
        await CheckAsync(await server.Client.GetAsync("/v1/models/other"), 404, "model", "model");
    }

    [Fact]
    public async Task FullQueueIsSaid()
    {
        await using DemoServer server = await DemoServer.StartAsync(new ServingLimits { Rows = 1, Queue = 1 }, endless: true);
        object request = new { model = "base", prompt = "x", max_tokens = 250, stream = true };
        using HttpResponseMessage running = await server.BeginAsync(Text, request);
        Assert.Equal(HttpStatusCode.OK, running.StatusCode);
        Task<HttpResponseMessage> waiting = server.BeginAsync(Text, request);
        Assert.True(SpinWait.SpinUntil(() => server.Engine.Waiting == 1 || waiting.IsCompleted, 30_000));
        HttpResponseMessage[] more = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.BeginAsync(Text, request)));
        HttpResponseMessage refused = more.First(response => response.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.Equal(new RetryConditionHeaderValue(TimeSpan.FromSeconds(1)), refused.Headers.RetryAfter);
        await CheckAsync(refused, 429, null, "queue");
    }

    private static async Task CheckAsync(HttpResponseMessage response, int status, string? parameter, string what)
    {
        string text = await response.Content.ReadAsStringAsync();
        what = what.Length < 100 ? what : what[..100];
        Assert.True((int)response.StatusCode == status, $"{what}: {response.StatusCode} {text}");
        JsonElement error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        Assert.True(error.GetProperty("message").GetString()!.Length > 10, what);
        Assert.True(parameter == error.GetProperty("param").GetString(), $"{what}: {text}");
        Assert.EndsWith("error", error.GetProperty("type").GetString(), StringComparison.Ordinal);
    }
}
