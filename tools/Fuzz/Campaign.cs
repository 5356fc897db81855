using System.Diagnostics;
using System.Text;
using LoraUnlearn.Cli;
using LoraUnlearn.Data;

namespace LoraUnlearn.Fuzz;

/// <summary>A case that the tool did not take as it should.</summary>
/// <param name="Number">The case; with the seed it makes the same file again.</param>
/// <param name="Target">File and command.</param>
/// <param name="Fault">What was wrong.</param>
internal sealed record FuzzFailure(long Number, Target Target, string Fault);

/// <summary>Runs commands on spoilt files: each must end with one of the exit codes, and with a message of the tool's own.</summary>
internal sealed class Campaign
{
    private static readonly TimeSpan LongestCase = TimeSpan.FromSeconds(20);

    private readonly Corpus _corpus;
    private readonly long _seed;

    // What a watch on another thread sees.
    private long _current = -1;
    private long _begun;

    /// <summary>Prepares a campaign.</summary>
    /// <param name="corpus">The good files, in the current folder.</param>
    /// <param name="seed">With the number of a case, decides everything in it.</param>
    public Campaign(Corpus corpus, long seed)
    {
        (_corpus, _seed) = (corpus, seed);
    }

    /// <summary>How often each exit code was seen.</summary>
    public SortedDictionary<int, long> ExitCodes { get; } = [];

    /// <summary>The case that is running, where it has run too long; null otherwise.</summary>
    public long? Hanging => _current >= 0 && Stopwatch.GetElapsedTime(Volatile.Read(ref _begun)) > LongestCase ? Volatile.Read(ref _current) : null;

    /// <summary>The case that is running, or ran last.</summary>
    public long Current => Volatile.Read(ref _current);

    /// <summary>File and command of a case.</summary>
    public Target TargetOf(long number) => _corpus.Targets[(int)(number % _corpus.Targets.Count)];

    /// <summary>The spoilt file of a case.</summary>
    public byte[] Spoilt(long number)
    {
        Target target = TargetOf(number);
        return Mutation.Spoil(_corpus.Good(target), target.Form, SeededRandom.ForStream(_seed, number));
    }

    /// <summary>Runs one case and puts the files back.</summary>
    /// <param name="number">The case.</param>
    /// <returns>What was wrong; null where nothing was.</returns>
    public FuzzFailure? Run(long number)
    {
        Target target = TargetOf(number);
        Volatile.Write(ref _begun, Stopwatch.GetTimestamp());
        Volatile.Write(ref _current, number);
        StringWriter error = new();
        try
        {
            File.WriteAllBytes(target.File, Spoilt(number));
            using MemoryStream input = new(Encoding.UTF8.GetBytes("text\n"));
            int code = CommandLine.Run([.. target.Arguments, "--verbose"], new Terminal(input, TextWriter.Null, error), CancellationToken.None);
            ExitCodes[code] = ExitCodes.GetValueOrDefault(code) + 1;
            return Judge(code, error.ToString()) is string fault ? new FuzzFailure(number, target, fault) : null;
        }
        catch (Exception exception)
        {
            return new FuzzFailure(number, target, $"not caught: {exception}");
        }
        finally
        {
            _corpus.PutBack(target);
            Volatile.Write(ref _begun, Stopwatch.GetTimestamp());
        }
    }

    private static string? Judge(int code, string error)
    {
        if (code is not (0 or 1 or 2 or 130))
        {
            return $"exit code {code}: {error}";
        }

        if (code != 0 && !error.Contains("error: ", StringComparison.Ordinal))
        {
            return $"exit code {code} without a word";
        }

        // What the tool says of an exception that it did not expect, or takes over from others; behind the message comes the exception itself.
        string message = error[Math.Max(0, error.IndexOf("error: ", StringComparison.Ordinal))..].Split('\n')[0];
        return code != 0 && (message.Contains("should not", StringComparison.Ordinal) || message.Contains("BytePositionInLine", StringComparison.Ordinal)) ? error : null;
    }
}
