using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace LoraUnlearn.Torch;

/// <summary>
/// The libtorch of a Python's <c>torch</c> package (or an unpacked libtorch), for a program that was built without one of its own
/// (<c>-p:TorchBackend=TorchSharp</c>). TorchSharp loads its native library by name; that finds libtorch by its libraries' names once
/// they are in the process.
/// </summary>
public static partial class BorrowedLibtorch
{
    private const int LargestVersionFile = 1 << 16;
    private const string Advice = "Install torch {0} with pip into the Python that is active, or set LIBTORCH to the folder of one.";

    private const int ResolveLate = 1; // RTLD_LAZY
    private const int ResolveNow = 2; // RTLD_NOW

    // The names of TorchSharp's own loading order; what a build of libtorch has not is left out.
    private static readonly string[] Libraries = ["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"];
    private static readonly string[] VersionFiles = ["version.py", "build-version"];
    private static readonly Lock Gate = new();
    private static bool _isLoaded;

    /// <summary>The libtorch that TorchSharp's native library was made with. TorchSharp knows it too, but asking would load it.</summary>
    public static Version Expected { get; } = new(2, 10);

    /// <summary>Brings libtorch into the process unless the program has its own beside it; before the first tensor.</summary>
    /// <returns>What the user should know of the one that was found; null where there is nothing to say.</returns>
    /// <exception cref="InputException">None was found, or it is of a version that cannot work.</exception>
    public static string? Load()
    {
        lock (Gate)
        {
            if (_isLoaded || IsBeside(AppContext.BaseDirectory))
            {
                return null;
            }

            string root = Find() ?? throw new InputException(
                $"This program comes without libtorch, and no Python with a 'torch' package is active. {Fill(Advice)}");
            string? note = Check(root);
            Load(Path.Combine(root, "lib"), root);
            _isLoaded = true;
            return note;
        }
    }

    /// <summary>Judges a libtorch by the version that its Python package states.</summary>
    /// <param name="root">The folder of the <c>torch</c> package.</param>
    /// <returns>A warning for one that may work; null for one that does.</returns>
    /// <exception cref="InputException">It cannot work.</exception>
    internal static string? Check(string root)
    {
        string text = ReadVersion(root);
        Match match = VersionNumber().Match(text);
        Version? found = match.Success && Version.TryParse(match.Value, out Version? parsed) ? parsed : null;
        if (found == Expected)
        {
            return null;
        }

        if (found == new Version(Expected.Major, Expected.Minor + 1))
        {
            return $"{root} is torch {text}; this program was made with libtorch {Expected}. It is tried, since every function asked for must be there before work begins.";
        }

        throw new InputException($"{root} is torch {text}; this program needs libtorch {Expected}, and other versions have other functions. {Fill(Advice)}");
    }

    /// <summary>Whether libtorch lies in the program's folder, or where a program for several systems keeps it.</summary>
    internal static bool IsBeside(string folder) =>
        File.Exists(Path.Combine(folder, FileName("torch_cpu")))
        || File.Exists(Path.Combine(folder, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", FileName("torch_cpu")));

    /// <summary>The torch package's folder for what LIBTORCH may name: that folder, or its <c>lib</c>.</summary>
    /// <returns>Null where no libtorch is in either.</returns>
    internal static string? RootOf(string folder)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return File.Exists(Path.Combine(full, "lib", FileName("torch_cpu"))) ? full
            : File.Exists(Path.Combine(full, FileName("torch_cpu"))) ? Path.GetDirectoryName(full)
            : null;
    }

    private static string Fill(string advice) => string.Format(System.Globalization.CultureInfo.InvariantCulture, advice, Expected);

    private static string FileName(string library) =>
        OperatingSystem.IsWindows() ? library + ".dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("LIBTORCH") is { Length: > 0 } given)
        {
            return RootOf(given) ?? throw new InputException($"LIBTORCH is {given}, but neither it nor its folder 'lib' holds {FileName("torch_cpu")}. {Fill(Advice)}");
        }

        return AskPython("python3") ?? AskPython("python");
    }

    // Where a Python would import torch from; it is not imported.
    private static string? AskPython(string python)
    {
        ProcessStartInfo start = new(python) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')");
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            string folder = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 && folder.Length > 0 ? RootOf(folder) : null;
        }
        catch (Win32Exception)
        {
            return null; // there is no such program
        }
    }

    // version.py of a Python package has __version__ = '2.10.0+cu128'; an unpacked libtorch has build-version.
    private static string ReadVersion(string root)
    {
        foreach (string name in VersionFiles)
        {
            FileInfo file = new(Path.Combine(root, name));
            if (file.Exists && file.Length <= LargestVersionFile)
            {
                string text = File.ReadAllText(file.FullName);
                Match assigned = AssignedVersion().Match(text);
                return assigned.Success ? assigned.Groups[1].Value : text.Split('\n')[0].Trim();
            }
        }

        throw new InputException($"{root}: there is neither version.py nor build-version, so which libtorch this is cannot be told; this program needs {Expected}.");
    }

    private static void Load(string folder, string root)
    {
        try
        {
            foreach (string library in Libraries.Select(name => Path.Combine(folder, FileName(name))).Where(File.Exists))
            {
                Open(library, ResolveLate);
            }

            Open(Path.Combine(AppContext.BaseDirectory, FileName("LibTorchSharp")), ResolveNow);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            throw new InputException(
                $"{root}: its libtorch {ReadVersion(root)} does not go with this program, which needs {Expected} ({exception.Message.Trim()}). {Fill(Advice)}", exception);
        }
    }

    // On Linux a function that is missing is named here, and not in the middle of the work.
    private static void Open(string library, int mode)
    {
        if (!OperatingSystem.IsLinux())
        {
            NativeLibrary.Load(library);
        }
        else if (OpenNative(library, mode) == 0)
        {
            throw new DllNotFoundException(Marshal.PtrToStringUTF8(LastError()));
        }
    }

    [DllImport("libc.so.6", EntryPoint = "dlopen")]
    private static extern nint OpenNative([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int mode);

    [DllImport("libc.so.6", EntryPoint = "dlerror")]
    private static extern nint LastError();

    [GeneratedRegex("^[0-9]+[.][0-9]+")]
    private static partial Regex VersionNumber();

    [GeneratedRegex("^__version__ *(?:: *str *)?= *['\"]([^'\"]*)['\"]", RegexOptions.Multiline)]
    private static partial Regex AssignedVersion();
}
