using System.CommandLine;
using System.Diagnostics;
using System.Security.Cryptography;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Verbs;

namespace LoraUnlearn.Cli.Tests;

/// <summary>
/// The rule of outputs, over every verb and option there is: an output never is, contains or lies within an input, whatever the
/// names and links; an existing file is replaced only with --overwrite. The inputs here are no models: the rule comes before they are looked at.
/// </summary>
public sealed class PathRuleTests : IDisposable
{
    // What the help calls values that are no paths.
    private static readonly string[] NotPaths = ["N,N", "", "N", "X", "NAME", "NAMES", "TEXT", "EXPR", "WHICH", "KEY=VALUE", "ACTION"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Every pair of an output and an input of a verb, and each way in which the two can overlap.</summary>
    public static TheoryData<string, string, string, string> Overlaps()
    {
        TheoryData<string, string, string, string> pairs = [];
        foreach (Verb verb in VerbList.Create())
        {
            foreach (Symbol output in Paths(verb).Where(symbol => Role(symbol) != PathRole.Input))
            {
                foreach (Symbol input in Paths(verb).Where(symbol => Role(symbol) == PathRole.Input))
                {
                    string[] ways = IsFolder(input)
                        ? ["same", "link", "dotted", "inside", "around", "file of it", "link of a file of it", "hard link of a file of it", "target of a link in it"]
                        : ["same", "link", "link to it", "hard link", "dotted", "around", "passing"];
                    foreach (string way in ways)
                    {
                        pairs.Add(verb.Command.Name, output.Name, input.Name, way);
                    }
                }
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Overlaps))]
    public void OutputThatOverlapsAnInputIsRefused(string verbName, string output, string input, string way)
    {
        Verb verb = VerbList.Create().Single(verb => verb.Command.Name == verbName);
        Dictionary<string, string> values = Inputs(verb);
        values[output] = Overlapping(values, input, way);
        string before = Digest();

        ToolRun run = ToolRun.Of(Arguments(verb, values, "--overwrite"));

        Assert.True(run.ExitCode == 2, run.Error);
        Assert.Contains("which is read; nothing was changed", run.Error, StringComparison.Ordinal);
        Assert.Contains(output, run.Error, StringComparison.Ordinal);
        Assert.Equal(before, Digest());
    }

    [Fact]
    public void OutputApartFromEveryInputPasses()
    {
        foreach (Verb verb in VerbList.Create().Where(verb => verb.Command.Name != "demo" && Paths(verb).Any(symbol => Role(symbol) != PathRole.Input)))
        {
            Dictionary<string, string> values = Inputs(verb);
            foreach (Symbol output in Paths(verb).Where(symbol => Role(symbol) != PathRole.Input))
            {
                values[output.Name] = Path.Combine(_folder.Path, "apart");
            }

            string before = Digest();
            ToolRun run = ToolRun.Of(Arguments(verb, values, "--overwrite"));

            Assert.DoesNotContain("which is read", run.Error, StringComparison.Ordinal);
            Assert.Equal(before, Digest());
        }
    }

    [Fact]
    public void ExistingFileIsReplacedOnlyWhenAskedFor()
    {
        int found = 0;
        foreach (Verb verb in VerbList.Create())
        {
            foreach (Symbol output in Paths(verb).Where(symbol => Role(symbol) == PathRole.OutputFile))
            {
                Dictionary<string, string> values = Inputs(verb);
                values[output.Name] = _folder.Write("result", "an earlier result");
                ToolRun without = ToolRun.Of(Arguments(verb, values));
                ToolRun with = ToolRun.Of(Arguments(verb, values, "--overwrite"));

                Assert.Equal(2, without.ExitCode);
                Assert.Contains("exists already; give --overwrite", without.Error, StringComparison.Ordinal);
                Assert.DoesNotContain("exists already", with.Error, StringComparison.Ordinal);
                found++;
            }
        }

        Assert.True(found >= 3);
    }

    [Fact]
    public void EveryOptionThatNamesAPathSaysWhatItIsFor()
    {
        foreach (Verb verb in VerbList.Create())
        {
            foreach (Option option in verb.Options)
            {
                bool isPlain = option.ValueType == typeof(bool) || option.HelpName!.Contains('|') || (option.HasDefaultValue && Equals(option.GetDefaultValue(), option.HelpName)) || NotPaths.Contains(option.HelpName ?? "");
                Assert.True(option is IPathSymbol || isPlain, $"{verb.Command.Name} {option.Name} {option.HelpName}: is it a path that is read, or written? Make it one of OptionKinds' paths.");
                Assert.True(option.Name != "--out" || Role(option) != PathRole.Input, verb.Command.Name);
            }

            Assert.All(verb.Command.Arguments.Where(argument => !NotPaths.Contains(argument.Name)), argument => Assert.IsType<IPathSymbol>(argument, exactMatch: false));
        }
    }

    [Fact]
    public void VerbsThatWriteAreKnown() => Assert.Equal(
        ["audit", "compose", "demo", "diff", "evaluate", "export", "finetune", "fisher", "geffect", "init", "merge", "quantize", "report", "request", "score", "unlearn", "unmerge"],
        VerbList.Create().Where(verb => Paths(verb).Any(symbol => Role(symbol) != PathRole.Input)).Select(verb => verb.Command.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void OutputThatIsAPipeIsLeftAlone()
    {
        string pipe = Path.Combine(_folder.Path, "pipe");
        Run("mkfifo", pipe);
        Verb score = VerbList.Create().Single(verb => verb.Command.Name == "score");
        Dictionary<string, string> values = Inputs(score);
        values["--out"] = pipe;

        ToolRun run = ToolRun.Of(Arguments(score, values, "--overwrite"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("a device or a pipe", run.Error, StringComparison.Ordinal);
        Assert.Equal(Checkpoints.FileKind.Pipe, Checkpoints.FileFacts.Of(pipe).Kind);
    }

    private static IEnumerable<Symbol> Paths(Verb verb) => verb.Command.Options.Concat<Symbol>(verb.Command.Arguments).Where(symbol => symbol is IPathSymbol);

    private static PathRole Role(Symbol symbol) => symbol is IPathSymbol path ? path.Role : PathRole.Input;

    private static bool IsFolder(Symbol symbol) => symbol is Option { HelpName: string name } && name.StartsWith("DIR", StringComparison.Ordinal);

    // A file or folder of its own for every input, whose content no verb would take.
    private Dictionary<string, string> Inputs(Verb verb)
    {
        Dictionary<string, string> values = [];
        foreach (Symbol input in Paths(verb).Where(symbol => Role(symbol) == PathRole.Input && symbol is Option))
        {
            string path = Path.Combine(_folder.Path, "inputs", input.Name.TrimStart('-'), "it");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (IsFolder(input))
            {
                Directory.CreateDirectory(Path.Combine(path, "deeper"));
                File.WriteAllText(Path.Combine(path, "deeper", "file"), $"a file of {input.Name}");
                string elsewhere = Path.Combine(_folder.Path, "inputs", "blobs");
                Directory.CreateDirectory(elsewhere);
                File.WriteAllText(Path.Combine(elsewhere, "blob"), "a file that a link leads to");
                File.Delete(Path.Combine(path, "linked"));
                File.CreateSymbolicLink(Path.Combine(path, "linked"), Path.Combine("..", "..", "blobs", "blob"));
            }
            else
            {
                File.WriteAllText(path, "quiet: true\n"); // the configuration file is read before
            }

            values[input.Name] = path;
        }

        foreach (Option required in Paths(verb).Where(symbol => Role(symbol) != PathRole.Input).OfType<Option>().Where(option => option.Required))
        {
            values[required.Name] = Path.Combine(_folder.Path, $"required{required.Name}"); // apart from all; the output that a test is about replaces it
        }

        return values;
    }

    private string Overlapping(Dictionary<string, string> values, string input, string way)
    {
        string path = values[input], side = Path.Combine(_folder.Path, "side"), file = Path.Combine(path, "deeper", "file");
        switch (way)
        {
            case "same":
                return path;
            case "dotted":
                return Path.Combine(path, "..", ".", Path.GetFileName(path)) + (Directory.Exists(path) ? "/" : "");
            case "link" or "link to it":
                Directory.CreateSymbolicLink(side, path);
                return side;
            case "hard link":
                Run("ln", path, side);
                return side;
            case "around":
                return Path.GetDirectoryName(path)!;
            case "passing":
                string passing = Path.Combine(Path.GetDirectoryName(path)!, ".result.partial");
                File.Move(path, passing);
                values[input] = passing;
                return Path.Combine(Path.GetDirectoryName(path)!, "result");
            case "inside":
                return Path.Combine(path, "result");
            case "file of it":
                return file;
            case "link of a file of it":
                File.CreateSymbolicLink(side, file);
                return side;
            case "hard link of a file of it":
                Run("ln", file, side);
                return side;
            default:
                return Path.Combine(_folder.Path, "inputs", "blobs", "blob");
        }
    }

    private static string[] Arguments(Verb verb, Dictionary<string, string> values, params string[] more) =>
    [
        verb.Command.Name,
        .. values.SelectMany(pair => new[] { pair.Key, pair.Value }),
        .. verb.Options.Where(option => option.Required && option is not IPathSymbol).SelectMany(option => new[] { option.Name, "1" }),
        .. more.Where(option => verb.Options.Any(own => own.Name == option)),
    ];

    private string Digest()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string entry in Directory.EnumerateFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(entry));
            if (File.Exists(entry))
            {
                hash.AppendData(File.ReadAllBytes(entry));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
