using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace LoraUnlearn.ServeLoad;

/// <summary>Clients with mixed adapters, half of them streaming; each second one is killed in mid-stream; malformed bodies all the while.</summary>
internal sealed class Load(ServerProcess server, Expected expected, int clients, TimeSpan time) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 4096 }) { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(5) };
    private long _answers;
    private long _characters;
    private long _failures;
    private long _killed;
    private long _malformed;
    private long _wrong;

    /// <summary>Runs the load and prints what came of it.</summary>
    /// <returns>Whether nothing was wrong.</returns>
    public async Task<bool> RunAsync()
    {
        using CancellationTokenSource end = new(time);
        List<(double Second, double Memory)> memory = [];
        Stopwatch clock = Stopwatch.StartNew();
        Task[] tasks =
        [
            .. Enumerable.Range(0, clients).Select(index => ClientAsync(new Random(index), end.Token)),
            KillAsync(end.Token),
            SpoilAsync(end.Token),
        ];
        while (!end.IsCancellationRequested && !server.HasEnded)
        {
            await Task.Delay(1000).ConfigureAwait(false);
            memory.Add((clock.Elapsed.TotalSeconds, server.Memory));
        }

        await Task.WhenAll(tasks).ConfigureAwait(false);
        double seconds = clock.Elapsed.TotalSeconds;
        string health = await IdleAsync().ConfigureAwait(false);
        bool isIdle = health.Contains("\"running\":0,\"waiting\":0", StringComparison.Ordinal);
        int code = server.Stop();
        double[] settled = [.. memory.Where(one => one.Second > time.TotalSeconds / 3).Select(one => one.Memory)];
        Console.WriteLine($"{clients} clients, {seconds:F0} s, {expected.Models.Count} models: {_answers} answers, {_answers / seconds:F1} requests/s, {_characters / seconds:F0} characters/s");
        Console.WriteLine($"wrong {_wrong}, failed {_failures}, killed {_killed}, malformed and refused {_malformed}");
        Console.WriteLine($"resident memory, MB: {string.Join(' ', memory.Where((_, index) => index % Math.Max(1, memory.Count / 12) == 0).Select(one => $"{one.Memory:F0}"))}; last two thirds {settled.Min():F0} to {settled.Max():F0}");
        Console.WriteLine($"afterwards {health}; exit code {code}");
        return _wrong == 0 && _failures == 0 && _answers > 0 && isIdle && code == 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task ClientAsync(Random random, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            int prompt = random.Next(expected.Prompts.Count), model = random.Next(expected.Models.Count);
            try
            {
                string text = await AskAsync(expected.Prompts[prompt], expected.Models[model], random.Next(2) == 0).ConfigureAwait(false);
                Interlocked.Increment(ref _answers);
                Interlocked.Add(ref _characters, text.Length);
                if (text != expected.Texts[prompt][model] && Interlocked.Increment(ref _wrong) <= 5)
                {
                    Console.WriteLine($"wrong: {expected.Models[model]} to \"{expected.Prompts[prompt]}\" says \"{text}\", expected \"{expected.Texts[prompt][model]}\"");
                }
            }
            catch (Exception error) when (error is HttpRequestException or IOException or JsonException or InvalidOperationException or TaskCanceledException)
            {
                if (Interlocked.Increment(ref _failures) <= 5)
                {
                    Console.WriteLine($"failed: {error.Message}");
                }

                await Task.Delay(100, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task<string> AskAsync(string prompt, string model, bool stream)
    {
        using HttpResponseMessage response = await _client.PostAsJsonAsync("/v1/completions", Request(prompt, model, stream)).ConfigureAwait(false);
        string text = await response.Content.ReadAsStringAsync().ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{response.StatusCode} {text}");
        }

        if (!stream)
        {
            return TextOf(text);
        }

        string[] events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        return events[^1] == "data: [DONE]"
            ? string.Concat(events[..^1].Select(one => TextOf(one["data: ".Length..])))
            : throw new InvalidOperationException("A stream was cut off.");
    }

    // A new victim each second, however long the one before takes to get its first words.
    private async Task KillAsync(CancellationToken end)
    {
        List<Task> victims = [];
        while (!end.IsCancellationRequested)
        {
            victims.Add(KillOneAsync());
            await Task.Delay(1000, CancellationToken.None).ConfigureAwait(false);
        }

        await Task.WhenAll(victims).ConfigureAwait(false);
    }

    private async Task KillOneAsync()
    {
        try
        {
            using HttpClient victim = new() { BaseAddress = server.Address };
            using HttpRequestMessage message = new(HttpMethod.Post, "/v1/completions") { Content = JsonContent.Create(Request(expected.Prompts[0], expected.Models[^1], true)) };
            HttpResponseMessage response = await victim.SendAsync(message, HttpCompletionOption.ResponseHeadersRead).ConfigureAwait(false);
            using Stream body = await response.Content.ReadAsStreamAsync().ConfigureAwait(false);
            await body.ReadExactlyAsync(new byte[16]).ConfigureAwait(false);
            response.Dispose();
            Interlocked.Increment(ref _killed);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            Interlocked.Increment(ref _failures);
        }
    }

    private async Task SpoilAsync(CancellationToken end)
    {
        Random random = new(7);
        byte[] good = JsonSerializer.SerializeToUtf8Bytes(Request(expected.Prompts[0], expected.Models[0], false));
        while (!end.IsCancellationRequested)
        {
            byte[] body = random.Next(3) switch
            {
                0 => good[..random.Next(good.Length - 1)],
                1 => [.. Enumerable.Range(0, random.Next(2000)).Select(_ => (byte)random.Next(256))],
                _ => Encoding.UTF8.GetBytes("{\"model\":\"base\",\"prompt\":" + new string('[', random.Next(100_000))),
            };
            using ByteArrayContent content = new(body);
            content.Headers.ContentType = new("application/json");
            using HttpResponseMessage response = await _client.PostAsync("/v1/completions", content, CancellationToken.None).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.BadRequest)
            {
                Interlocked.Increment(ref _malformed);
            }
            else
            {
                Interlocked.Increment(ref _failures);
                Console.WriteLine($"a malformed body got {response.StatusCode}");
            }

            await Task.Delay(50, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<string> IdleAsync()
    {
        string health = "";
        for (int attempt = 0; attempt < 50 && !health.Contains("\"running\":0,\"waiting\":0", StringComparison.Ordinal); attempt++)
        {
            await Task.Delay(100).ConfigureAwait(false);
            health = server.HasEnded ? "the server has ended" : await _client.GetStringAsync("/health").ConfigureAwait(false);
        }

        return health;
    }

    private static object Request(string prompt, string model, bool stream) => new { model, prompt, stream, temperature = 0, max_tokens = Expected.MostTokens };

    private static string TextOf(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("choices")[0].GetProperty("text").GetString()!;
    }
}
