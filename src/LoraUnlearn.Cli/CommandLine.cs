using System.CommandLine;
using System.Reflection;
using LoraUnlearn.Cli.Configuration;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Cli;

/// <summary>
/// The command line from its arguments to its exit code: finds the verb, puts the configuration file under the
/// command line's options, runs the verb, and turns whatever goes wrong into one message and one code.
/// </summary>
internal static class CommandLine
{
    private static readonly ParserConfiguration Parsing = new()
    {
        EnablePosixBundling = false,
        ResponseFileTokenReplacer = null,
    };

    /// <summary>The version of the tool.</summary>
    public static string Version { get; } =
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            .Split('+')[0] ?? "0.0.0";

    /// <summary>Runs the tool.</summary>
    /// <param name="arguments">The arguments after the program's name.</param>
    /// <param name="terminal">The standard streams.</param>
    /// <param name="cancellation">Cancelled when the user interrupts.</param>
    /// <returns>The exit code (<see cref="ExitCode"/>).</returns>
    public static int Run(IReadOnlyList<string> arguments, Terminal terminal, CancellationToken cancellation)
    {
        IReadOnlyList<Verb> verbs = VerbList.For(arguments);
        bool isSure = verbs is [{ IsSureToUseTorch: true }] && arguments.Count > 1 && !arguments.Any(argument => argument is "--help" or "-h" or "-?");
        Task loading = isSure ? Libtorch.LoadAhead() : Task.CompletedTask;
        try
        {
            return Run(arguments, verbs, terminal, cancellation);
        }
        finally
        {
            loading.Wait(CancellationToken.None);
        }
    }

    /// <summary>Runs the tool with other verbs than its own.</summary>
    /// <param name="arguments">The arguments after the program's name.</param>
    /// <param name="verbs">The verbs.</param>
    /// <param name="terminal">The standard streams.</param>
    /// <param name="cancellation">Cancelled when the user interrupts.</param>
    /// <returns>The exit code (<see cref="ExitCode"/>).</returns>
    public static int Run(
        IReadOnlyList<string> arguments, IReadOnlyList<Verb> verbs, Terminal terminal, CancellationToken cancellation)
    {
        try
        {
            Dispatch(arguments, verbs, terminal, cancellation);
            terminal.Out.Flush();
            return ExitCode.Done;
        }
        catch (Exception exception)
        {
            Failure failure = Failure.Of(exception, cancellation);
            failure.Print(terminal.Error, verbose: arguments.Contains("--verbose"));
            FlushWhatIsLeft(terminal.Out);
            return failure.ExitCode;
        }
    }

    private static void Dispatch(
        IReadOnlyList<string> arguments, IReadOnlyList<Verb> verbs, Terminal terminal, CancellationToken cancellation)
    {
        RootOptions root = new();
        Command program = new("lora-unlearn", "Removes chosen knowledge from a language model by training a small adapter.");
        program.Options.Add(root.Help);
        program.Options.Add(root.Version);
        foreach (Verb verb in verbs)
        {
            program.Subcommands.Add(verb.Command);
        }

        ParseResult parsed = program.Parse(arguments, Parsing);
        Verb? chosen = verbs.FirstOrDefault(verb => verb.Command == parsed.CommandResult.Command);
        HelpText help = new(terminal.Out, terminal.Width);
        if (chosen is null)
        {
            RunWithoutVerb(parsed, root, verbs, help, terminal);
            return;
        }

        if (parsed.GetResult(root.Help) is not null)
        {
            help.WriteVerb(chosen, parsed.GetValue(root.Help));
            return;
        }

        ConfigurationFile? configuration = parsed.GetResult(chosen.Common.Config) is { Errors: var errors } && !errors.Any()
            ? ConfigurationFile.Read(parsed.GetRequiredValue(chosen.Common.Config)!)
            : null;
        if (configuration is not null)
        {
            arguments = configuration.PutUnder(arguments, parsed, chosen);
            parsed = program.Parse(arguments, Parsing);
        }

        if (chosen.Preset is { } presets && parsed.GetResult(presets) is not null && parsed.GetValue(presets) is string preset)
        {
            if (parsed.GetValue(chosen.ShowPreset!))
            {
                terminal.Out.Write(Presets.Text(preset));
                return;
            }

            parsed = program.Parse(ConfigurationFile.OfPreset(preset).PutUnder(arguments, parsed, chosen), Parsing);
        }

        UsageErrors.ThrowIfAny(parsed, chosen, configuration);
        Reporter reporter = new(
            terminal,
            json: parsed.GetValue(chosen.Common.Json),
            quiet: parsed.GetValue(chosen.Common.Quiet),
            verbose: parsed.GetValue(chosen.Common.Verbose));
        if (chosen.UsesTorch && BorrowedLibtorch.Load() is { } note)
        {
            reporter.Warn(note);
        }

        using PathClaims claims = PathClaims.Of(parsed, chosen);
        chosen.Run(new Invocation(parsed, reporter, terminal.In, cancellation));
    }

    private static void RunWithoutVerb(
        ParseResult parsed, RootOptions root, IReadOnlyList<Verb> verbs, HelpText help, Terminal terminal)
    {
        if (parsed.GetValue(root.Version))
        {
            terminal.Out.WriteLine($"lora-unlearn {Version}");
            return;
        }

        string? word = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        string? topic = parsed.GetResult(root.Help) is null ? null : parsed.GetValue(root.Help) ?? word;
        if (topic is not null && verbs.FirstOrDefault(verb => verb.Command.Name == topic) is Verb verb)
        {
            help.WriteVerb(verb, topic: null);
        }
        else if (word is null && (topic is null || topic.Length == 0) && parsed.GetResult(root.Help) is not null)
        {
            help.WriteOverview(verbs);
        }
        else
        {
            throw UsageErrors.UnknownVerb(topic is { Length: > 0 } ? topic : word, verbs);
        }
    }

    private static void FlushWhatIsLeft(TextWriter output)
    {
        try
        {
            output.Flush();
        }
        catch (IOException)
        {
            // The reader of standard output is gone; the failure has already been told on standard error.
        }
    }
}
