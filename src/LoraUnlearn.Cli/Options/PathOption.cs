using System.CommandLine;

namespace LoraUnlearn.Cli.Options;

/// <summary>What a verb does with the path that an option names.</summary>
internal enum PathRole
{
    /// <summary>It is read, and stays as it is.</summary>
    Input,

    /// <summary>A file is written there.</summary>
    OutputFile,

    /// <summary>A new folder is written there.</summary>
    OutputFolder,

    /// <summary>A folder is written there that may hold an earlier run of the verb, which looks at it itself.</summary>
    WorkFolder,
}

/// <summary>
/// An option or argument that names a path. What it says of its role is all that the rule of outputs needs
/// (<see cref="Work.PathClaims"/>): no verb checks its paths itself.
/// </summary>
internal interface IPathSymbol
{
    /// <summary>What the verb does with the path.</summary>
    PathRole Role { get; }
}

/// <summary>An option that names a path, or several.</summary>
/// <typeparam name="T">Text, or a list of texts.</typeparam>
internal sealed class PathOption<T> : Option<T>, IPathSymbol
{
    /// <summary>Creates the option.</summary>
    public PathOption(string name, PathRole role)
        : base(name)
    {
        Role = role;
    }

    /// <inheritdoc/>
    public PathRole Role { get; }
}

/// <summary>An argument that names a path to be read.</summary>
internal sealed class PathArgument : Argument<string>, IPathSymbol
{
    /// <summary>Creates the argument.</summary>
    public PathArgument(string name)
        : base(name)
    {
    }

    /// <inheritdoc/>
    public PathRole Role => PathRole.Input;
}
