namespace LoraUnlearn.Cli;

/// <summary>What to say where libtorch, or TorchSharp's library before it, cannot be loaded.</summary>
internal static class NativeLibraryFailure
{
    private static readonly string[] Reasons =
        ["version `", "undefined symbol", "wrong ELF class", "invalid ELF", "cannot open shared object", "image not found", "not found", "could not be found"];

    /// <summary>The message, or null where the failure is another one.</summary>
    /// <param name="exception">What was thrown.</param>
    public static string? Describe(Exception exception)
    {
        // TorchSharp loads its libraries when its class torch is first used, so that its own exceptions come wrapped.
        List<Exception> chain = [];
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            chain.Add(cause);
        }

        bool loading = chain.Any(cause => cause is DllNotFoundException or BadImageFormatException
            || cause is TypeInitializationException { TypeName: { } type } && type.StartsWith("TorchSharp", StringComparison.Ordinal)
            || cause is NotSupportedException && cause.Message.Contains("libtorch", StringComparison.OrdinalIgnoreCase));
        return loading
            ? $"libtorch could not be loaded: {Reason(chain[^1].Message)}. It is looked for beside the program, in {AppContext.BaseDirectory}: expected are libLibTorchSharp and "
                + "libtorch 2.10 for this system (linux-x64 with glibc 2.34 or newer, win-x64 or osx-arm64). Build or install lora-unlearn on this system anew; "
                + "where it was built with -p:TorchBackend=TorchSharp, name the folder of your own libtorch in LD_LIBRARY_PATH (PATH on Windows)."
            : null;
    }

    // The loader tells of every place it tried; one line of them says why.
    private static string Reason(string message)
    {
        string[] lines = message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string reason = Reasons.Select(sign => Array.Find(lines, line => line.Contains(sign, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(line => line is not null)
            ?? lines.FirstOrDefault() ?? "no reason was given";
        return reason.TrimEnd('.');
    }
}
