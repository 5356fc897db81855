using System.Text.RegularExpressions;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Cli.Tests;

/// <summary>The command lines that a page of the documentation shows in its blocks <c>bash run</c>, and running them.</summary>
internal static class PageCommands
{
    /// <summary>The command lines of a page, in its order.</summary>
    /// <param name="page">The page's path from the repository's root.</param>
    public static string[] Of(params string[] page) =>
    [
        .. Regex.Matches(File.ReadAllText(Path.Combine([Repository.Root, .. page])), "^```bash run\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)
            .SelectMany(block => block.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)),
    ];

    /// <summary>Runs command lines in a folder, one after the other; each must be of this tool and succeed.</summary>
    /// <param name="folder">The working folder.</param>
    /// <param name="commands">The command lines.</param>
    /// <param name="more">Further options for the words of a command, so that a test need not take long; or null.</param>
    /// <returns>What each printed.</returns>
    public static IReadOnlyList<ToolRun> Run(string folder, IEnumerable<string> commands, Func<string[], string[]>? more = null)
    {
        string before = Environment.CurrentDirectory;
        Environment.CurrentDirectory = folder;
        try
        {
            List<ToolRun> runs = [];
            foreach (string command in commands)
            {
                string[] words = ShellWords.Of(command);
                Assert.Equal("lora-unlearn", words[0]);
                runs.Add(ToolRun.Of([.. words[1..], .. more?.Invoke(words[1..]) ?? []]));
                Assert.True(runs[^1].ExitCode == 0, $"{command}: {runs[^1].Error}");
            }

            return runs;
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }
}
