using System.Diagnostics;
using System.Text.Json;

namespace LoraUnlearn.ServeLoad;

/// <summary>What the verb generate says to each prompt, by model.</summary>
/// <param name="Prompts">The prompts.</param>
/// <param name="Models">The models' names, the base's first.</param>
/// <param name="Texts">By prompt and model.</param>
internal sealed record Expected(IReadOnlyList<string> Prompts, IReadOnlyList<string> Models, IReadOnlyList<string[]> Texts)
{
    /// <summary>Tokens of each text at most.</summary>
    public const int MostTokens = 32;

    public static Expected Of(string program, string model, string[] adapters, string rows)
    {
        List<string> arguments = [program, "generate", "--model", model, "--base", "--data", rows, "--max-rows", "48", "--max-new-tokens", $"{MostTokens}", "--json", "--quiet"];
        arguments.AddRange(adapters.SelectMany(folder => new[] { "--adapter", folder }));
        using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        using JsonDocument document = JsonDocument.Parse(process.StandardOutput.ReadToEnd());
        process.WaitForExit();

        // The rows are questions; as the template has them, so that the same prompt can be sent as text.
        List<string> prompts = [];
        List<string[]> texts = [];
        foreach (JsonElement row in document.RootElement.GetProperty("rows").EnumerateArray())
        {
            prompts.Add($"Question: {row.GetProperty("prompt").GetString()}\nAnswer:");
            texts.Add([.. row.GetProperty("outputs").EnumerateArray().Select(output => output.GetProperty("text").GetString()!)]);
        }

        return new Expected(prompts, ["base", .. adapters.Select((_, index) => $"adapter-{index}")], texts);
    }
}

/// <summary>The server as a process of its own.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Resident memory, in MB.</summary>
    public double Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1e6;
        }
    }

    public static ServerProcess Start(string program, string model, string[] adapters)
    {
        string[] arguments = [program, "serve", "--model", model, "--name", "base", "--port", "0", "--json", "--quiet", .. adapters.SelectMany((folder, index) => new[] { "--adapter", $"adapter-{index}={folder}" })];
        Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        string text = "";
        while (process.StandardOutput.ReadLine() is { } line)
        {
            text += line;
            if (line == "}")
            {
                return new ServerProcess(process, new Uri(JsonDocument.Parse(text).RootElement.GetProperty("url").GetString()!));
            }
        }

        throw new InvalidOperationException("The server did not start.");
    }

    /// <summary>Asks it to stop, and returns its exit code.</summary>
    public int Stop()
    {
        using Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        kill.WaitForExit();
        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
