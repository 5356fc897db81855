using System.Collections.Immutable;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Outputs;

/// <summary>
/// The right to write an output, which every verb and every run takes before it reads anything: an output never is, contains
/// or lies within an input, a file that exists is replaced only where that was asked for, and one run at a time writes it.
/// </summary>
public sealed class OutputClaim : IDisposable
{
    // What this flow of work holds already: a verb's claim covers that of the run inside it.
    private static readonly AsyncLocal<ImmutableHashSet<string>?> Claimed = new();

    private readonly OutputLock? _lock;
    private readonly ImmutableHashSet<string> _before;

    private OutputClaim(OutputLock? taken, ImmutableHashSet<string> before)
    {
        (_lock, _before) = (taken, before);
    }

    /// <summary>Claims an output until the claim is disposed.</summary>
    /// <param name="option">What messages call it, such as <c>--out</c>.</param>
    /// <param name="output">The file or folder to write; it need not exist.</param>
    /// <param name="inputs">Everything that is read, with what messages call it.</param>
    /// <exception cref="InputException">It overlaps an input, another run writes it, or nothing may be written there.</exception>
    public static OutputClaim Take(string option, string output, IEnumerable<(string Option, string Path)> inputs)
    {
        RefuseOverlap(option, output, inputs);
        string place = PathOverlap.Resolve(output);
        ImmutableHashSet<string> claimed = Claimed.Value ?? [];
        if (claimed.Contains(place))
        {
            return new OutputClaim(null, claimed);
        }

        OutputClaim claim = new(OutputLock.Take(output, option), claimed);
        Claimed.Value = claimed.Add(place);
        return claim;
    }

    /// <summary>Checks that writing an output touches no input.</summary>
    /// <param name="option">What messages call the output.</param>
    /// <param name="output">The file or folder to write; it need not exist.</param>
    /// <param name="inputs">Everything that is read, with what messages call it.</param>
    /// <exception cref="InputException">The output is, contains or lies within an input.</exception>
    public static void RefuseOverlap(string option, string output, IEnumerable<(string Option, string Path)> inputs)
    {
        // The file that a write goes through until it is whole counts as the output, too.
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output));
        string passing = Path.Combine(Path.GetDirectoryName(full) ?? full, $".{Path.GetFileName(full)}.partial");
        foreach ((string inputOption, string input) in inputs)
        {
            string? overlap = PathOverlap.Find(output, input) ?? (PathOverlap.Find(passing, input) is null ? null : "would be written through");
            if (overlap is not null)
            {
                throw new InputException($"{option}: {output} {overlap} {inputOption} ({input}), which is read; nothing was changed. Choose an {option} apart from every input.");
            }
        }
    }

    /// <summary>Checks that a file may be written.</summary>
    /// <param name="option">What messages call it.</param>
    /// <param name="path">The file.</param>
    /// <param name="overwrite">Whether one that exists may be replaced.</param>
    /// <exception cref="InputException">It exists and may not be replaced, or is no regular file, or its folder is missing.</exception>
    public static void RequireWritableFile(string option, string path, bool overwrite)
    {
        FileKind kind = FileFacts.Of(path).Kind;
        if (kind == FileKind.Folder)
        {
            throw new InputException($"{option}: {path} is a folder, expected the name of a file.");
        }

        if (kind is not (FileKind.Missing or FileKind.File))
        {
            throw new InputException($"{option}: {path} is a device or a pipe, expected the name of a file.");
        }

        if ((kind == FileKind.File || new FileInfo(path).LinkTarget is not null) && !overwrite)
        {
            throw new InputException($"{option}: {path} exists already; give --overwrite to replace it, or choose another file.");
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (FileFacts.Of(folder).Kind != FileKind.Folder)
        {
            throw new InputException($"{option}: the folder {folder} does not exist; create it first, or choose another file.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_lock is not null)
        {
            Claimed.Value = _before;
            _lock.Dispose();
        }
    }

}
