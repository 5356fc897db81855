using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests.Serving;

/// <summary>What docs/serving.md shows is what there is.</summary>
public sealed class ServingDocumentTests : IDisposable
{
    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "serving.md"));

    private readonly DemoMaterial _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public async Task CommandsWorkAsShown()
    {
        string model = _demo.CopyModel(), adapter = _demo.CopyAdapter();
        string[] serve = [.. ShellWords.Of(Assert.Single(Commands("serve"))).Select(word => word switch
        {
            "model" => model,
            "forgotten" => $"forgotten={adapter}",
            "again=forgotten" => $"again={adapter}",
            "8080" => "0",
            _ => word,
        })];
        Assert.Equal("lora-unlearn", serve[0]);
        using ToolProcess process = ToolProcess.Start([.. serve[1..], "--json", "--threads", "1"]);
        process.WaitFor(() => process.Output.EndsWith("}\n", StringComparison.Ordinal));
        Assert.False(process.HasEnded, process.Error);
        using JsonDocument told = JsonDocument.Parse(process.Output);
        using HttpClient client = new();
        int asked = 0;
        foreach (string[] curl in Commands("ask").Select(ShellWords.Of))
        {
            Assert.Equal("curl", curl[0]);
            string url = curl[1].Replace("http://127.0.0.1:8080", told.RootElement.GetProperty("url").GetString(), StringComparison.Ordinal);
            using HttpRequestMessage request = new(curl.Length == 2 ? HttpMethod.Get : HttpMethod.Post, url);
            if (curl.Length > 2)
            {
                Assert.Equal(["-H", "Content-Type: application/json", "-d"], curl[2..5]);
                request.Content = new StringContent(curl[5], Encoding.UTF8, "application/json");
            }

            using HttpResponseMessage response = await client.SendAsync(request);
            Assert.True(response.IsSuccessStatusCode, $"{curl[1]}: {await response.Content.ReadAsStringAsync()}");
            asked++;
        }

        Assert.Equal(4, asked);
        process.Signal("TERM");
        Assert.Equal(0, process.WaitForEnd());
    }

    [Fact]
    public void OptionsThatTheTextNamesExist()
    {
        HashSet<string> known = [.. Verbs.VerbList.Create().Single(verb => verb.Command.Name == "serve").Options.Select(option => option.Name)];

        Assert.All(Regex.Matches(Document, "`(--[a-z-]+)"), option => Assert.Contains(option.Groups[1].Value, known));
        Assert.All(Regex.Matches(Document, @"bash (tools/[a-z-]+\.sh)"), script => Assert.True(File.Exists(Path.Combine(Repository.Root, script.Groups[1].Value))));
    }

    private static string[] Commands(string tag) =>
        Regex.Match(Document, $"^```bash {tag}\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline).Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
