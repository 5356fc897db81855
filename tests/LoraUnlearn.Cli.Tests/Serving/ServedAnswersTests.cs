using System.Net;
using System.Text.Json;
using LoraUnlearn.Serving;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests.Serving;

/// <summary>What is served is what the verb generate gives.</summary>
public sealed class ServedAnswersTests : IDisposable
{
    private static readonly string People = Path.Combine(Repository.Root, "adapters", "demo-people");

    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public async Task MixedConcurrentRequestsAreWhatGenerateGives()
    {
        string other = _demo.TrainAdapter();
        string[] questions = [.. File.ReadLines(_demo.Forget).Concat(File.ReadLines(_demo.Retain)).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("question").GetString()!)];
        string[] prompts = [.. questions.Select((question, row) => row % 2 == 0 ? question : $"Question: {question}\nAnswer:")];
        string data = _demo.Write("prompts.jsonl", string.Concat(prompts.Select(prompt => JsonSerializer.Serialize(new { prompt, completion = " x" }) + "\n")));
        JsonElement rows = DemoMaterial.Json(ToolRun.Of("generate", "--model", DemoMaterial.Model, "--adapter", People, "--adapter", other, "--base", "--data", data, "--max-new-tokens", "24", "--json")).GetProperty("rows");
        string[] models = ["base", "demo-people", "other"];

        await using DemoServer server = await DemoServer.StartAsync(new ServingLimits { Rows = 8, PromptTokensPerStep = 24 }, adapters: [People, $"other={other}"]);
        string[][] answers = await Task.WhenAll(prompts.Select(prompt => Task.WhenAll(models.Select(model => server.CompleteAsync(new { model, prompt, temperature = 0, max_tokens = 24 })))));

        for (int row = 0; row < prompts.Length; row++)
        {
            Assert.Equal(rows[row].GetProperty("outputs").EnumerateArray().Select(output => output.GetProperty("text").GetString()), answers[row]);
        }

        Assert.Contains(answers, row => row[0] != row[1]);
        Assert.DoesNotContain(server.Log, line => questions.Any(question => line.Contains(question, StringComparison.Ordinal)));
        Assert.Equal(prompts.Length * models.Length, server.Log.Count(line => line.StartsWith("/v1/completions 200 ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ChatIsGenerateWithTheTemplate()
    {
        const string question = "Where was Alba Alderholm born?";
        JsonElement row = DemoMaterial.Json(ToolRun.Of("generate", "--model", DemoMaterial.Model, "--prompt", question, "--template", "plain", "--json")).GetProperty("rows")[0];
        string expected = row.GetProperty("outputs")[0].GetProperty("text").GetString()!;
        await using DemoServer server = await DemoServer.StartAsync();
        object[] messages = [new { role = "user", content = new[] { new { type = "text", text = question } } }];

        JsonElement whole = await server.PostAsync("/v1/chat/completions", new { model = "base", messages, temperature = 0, max_completion_tokens = 64 }, HttpStatusCode.OK);
        Assert.Equal(expected, whole.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("stop", whole.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal("chat.completion", whole.GetProperty("object").GetString());
        int tokens = row.GetProperty("outputs")[0].GetProperty("ids").GetArrayLength();
        Assert.Equal(tokens, whole.GetProperty("usage").GetProperty("completion_tokens").GetInt32());

        List<JsonElement> parts = await server.StreamAsync("/v1/chat/completions", new { model = "base", messages, temperature = 0, max_tokens = 64, stream = true, stream_options = new { include_usage = true } });
        Assert.Equal("assistant", parts[0].GetProperty("choices")[0].GetProperty("delta").GetProperty("role").GetString());
        Assert.Equal(expected, string.Concat(parts.SkipLast(2).Select(part => part.GetProperty("choices")[0].GetProperty("delta").GetProperty("content").GetString())));
        Assert.Equal("stop", parts[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(0, parts[^1].GetProperty("choices").GetArrayLength());
        Assert.Equal(whole.GetProperty("usage").GetRawText(), parts[^1].GetProperty("usage").GetRawText());
    }

    [Fact]
    public async Task StreamsStopsSeedsAndSeveralTexts()
    {
        await using DemoServer server = await DemoServer.StartAsync(endless: true);
        const string prompt = "Question: Where was Alba Alderholm born?\nAnswer:";
        string whole = await server.CompleteAsync(new { model = "base", prompt, temperature = 0, max_tokens = 24 });
        List<JsonElement> parts = await server.StreamAsync("/v1/completions", new { model = "base", prompt, temperature = 0, max_tokens = 24, stream = true });
        Assert.True(parts.Count > 5);
        Assert.Equal(whole, string.Concat(parts.Select(part => part.GetProperty("choices")[0].GetProperty("text").GetString())));
        Assert.Equal("length", parts[^1].GetProperty("choices")[0].GetProperty("finish_reason").GetString());

        // A stop text that begins within one token and ends in another.
        string stop = whole[5..12];
        JsonElement stopped = await server.PostAsync("/v1/completions", new { model = "base", prompt, temperature = 0, max_tokens = 24, stop = new[] { "not there", stop } }, HttpStatusCode.OK);
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], stopped.GetProperty("choices")[0].GetProperty("text").GetString());
        Assert.Equal("stop", stopped.GetProperty("choices")[0].GetProperty("finish_reason").GetString());

        // Texts of one request, of several prompts, come back in their order; a seed repeats a draw.
        object several = new { model = "base", prompt = new[] { prompt, "Once" }, n = 2, temperature = 1.3, top_p = 0.9, seed = 7, max_tokens = 12 };
        JsonElement first = await server.PostAsync("/v1/completions", several, HttpStatusCode.OK);
        JsonElement second = await server.PostAsync("/v1/completions", several, HttpStatusCode.OK);
        Assert.Equal([0, 1, 2, 3], first.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("index").GetInt32()));
        Assert.Equal(first.GetProperty("choices").GetRawText(), second.GetProperty("choices").GetRawText());
        Assert.Equal(4, first.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("text").GetString()).Distinct().Count());
        Assert.Equal(48, first.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        string byIds = await server.CompleteAsync(new { model = "base", prompt = new[] { 1, 2, 3 }, temperature = 0 });
        Assert.Equal(byIds, await server.CompleteAsync(new { model = "base", prompt = new[] { new[] { 1, 2, 3 } }, temperature = 0, max_tokens = 16 }));
    }
}
