using System.CommandLine;
using LoraUnlearn.Cli.Options;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>One verb of the command line: its options in groups, its help, and its work.</summary>
internal abstract class Verb
{
    private readonly List<OptionGroup> _groups = [];

    /// <summary>Creates the verb with the options that every verb has.</summary>
    /// <param name="name">The word on the command line.</param>
    /// <param name="summary">What it does, in one line.</param>
    protected Verb(string name, string summary)
    {
        Command = new Command(name, summary);
    }

    /// <summary>The parser's view of the verb.</summary>
    public Command Command { get; }

    /// <summary>Options that every verb has.</summary>
    public CommonOptions Common { get; } = new();

    /// <summary>The verb's own options, then the common ones, as its help shows them.</summary>
    public IEnumerable<OptionGroup> Groups => _groups.Append(new OptionGroup("Common options", Common.All));

    /// <summary>Every option of the verb.</summary>
    public IEnumerable<Option> Options => Groups.SelectMany(group => group.Options);

    /// <summary>What its help says below the summary; may be empty.</summary>
    public virtual string Details => "";

    /// <summary>The switch that lets a file that exists be replaced; null where the verb writes no file.</summary>
    public Option<bool>? Overwrite { get; private set; }

    /// <summary>Examples, each one command line.</summary>
    public abstract IReadOnlyList<string> Examples { get; }

    /// <summary>Whether it computes, and so needs libtorch.</summary>
    public virtual bool UsesTorch => true;

    /// <summary>Whether every run of it computes, so that libtorch is loaded while the command line is read.</summary>
    public virtual bool IsSureToUseTorch => UsesTorch;

    /// <summary>Does the work.</summary>
    /// <param name="invocation">The parsed options, the reporter, standard input and the interruption.</param>
    /// <exception cref="InputException">The input cannot be used.</exception>
    /// <exception cref="WorkFailedException">The work failed.</exception>
    public abstract void Run(Invocation invocation);

    /// <summary>The option that names a preset; null where the verb has none.</summary>
    public virtual Option<string?>? Preset => null;

    /// <summary>The switch that prints the preset in place of the verb's work; null where the verb has no presets.</summary>
    public virtual Option<bool>? ShowPreset => null;

    /// <summary>Text for <c>--help TOPIC</c>; null where the verb has no such topic.</summary>
    public virtual string? HelpOn(string topic) => null;

    /// <summary>Adds a group of options under a heading.</summary>
    protected void AddGroup(string heading, params IEnumerable<Option> options)
    {
        List<Option> all = [.. options];
        if (Overwrite is null && all.Exists(option => option is IPathSymbol { Role: PathRole.OutputFile }))
        {
            all.Add(Overwrite = OptionKinds.Flag("--overwrite", "Replace the file if it exists."));
        }

        OptionGroup group = new(heading, all);
        _groups.Add(group);
        foreach (Option option in group.Options)
        {
            Command.Options.Add(option);
        }
    }

    /// <summary>Adds the common options; called last by each verb's constructor.</summary>
    protected void AddCommon()
    {
        foreach (Option option in Common.All)
        {
            Command.Options.Add(option);
        }
    }
}
