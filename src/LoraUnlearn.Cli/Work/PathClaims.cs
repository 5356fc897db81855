using System.CommandLine;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Outputs;

namespace LoraUnlearn.Cli.Work;

/// <summary>
/// The rule of outputs, applied to a verb before it runs, from the roles of its options: no output is, contains or lies within
/// an input, a file that exists is replaced only with <c>--overwrite</c>, a new folder is new, and one process at a time writes.
/// </summary>
internal sealed class PathClaims : IDisposable
{
    private readonly List<OutputClaim> _claims = [];

    private PathClaims()
    {
    }

    /// <summary>Claims every output of a command line.</summary>
    /// <exception cref="InputException">One may not be written.</exception>
    public static PathClaims Of(ParseResult parsed, Verb verb)
    {
        List<(string Option, string Path)> inputs = [];
        List<(string Option, string Path, PathRole Role)> outputs = [];
        foreach (Symbol symbol in verb.Command.Options.Concat<Symbol>(verb.Command.Arguments))
        {
            if (symbol is not IPathSymbol { Role: PathRole role })
            {
                continue;
            }

            foreach (string path in Paths(parsed, symbol))
            {
                if (role == PathRole.Input)
                {
                    inputs.Add((symbol.Name, path));
                }
                else
                {
                    outputs.Add((symbol.Name, path, role));
                }
            }
        }

        return Claim(inputs, outputs, verb.Overwrite is { } overwrite && parsed.GetValue(overwrite));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int index = _claims.Count - 1; index >= 0; index--)
        {
            _claims[index].Dispose();
        }
    }

    private static PathClaims Claim(List<(string Option, string Path)> inputs, List<(string Option, string Path, PathRole Role)> outputs, bool overwrite)
    {
        PathClaims claims = new();
        try
        {
            foreach ((string option, string path, PathRole role) in outputs)
            {
                OutputClaim.RefuseOverlap(option, path, inputs);
                if (role == PathRole.OutputFile)
                {
                    OutputClaim.RequireWritableFile(option, path, overwrite);
                }

                claims._claims.Add(OutputClaim.Take(option, path, inputs));
                if (role == PathRole.OutputFolder)
                {
                    OutputFolder.RequireFree(path);
                }

                inputs.Add((option, path)); // two outputs of one verb are apart from each other, too
            }

            return claims;
        }
        catch
        {
            claims.Dispose();
            throw;
        }
    }

    private static IEnumerable<string> Paths(ParseResult parsed, Symbol symbol) => symbol switch
    {
        Option<string[]> several when several.Name == "--adapter" => (parsed.GetValue(several) ?? []).Select(argument => AdapterFolders.Split(argument).Folder),
        Option<string[]> several => parsed.GetValue(several) ?? [],
        Option<string> one => parsed.GetValue(one) is { Length: > 0 } path ? [path] : [],
        Argument<string> argument => parsed.GetValue(argument) is { Length: > 0 } path ? [path] : [],
        _ => throw new InvalidOperationException($"{symbol.Name} names a path in a form that is not known here."),
    };
}
