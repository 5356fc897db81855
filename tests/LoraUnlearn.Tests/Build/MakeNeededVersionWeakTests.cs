using System.Collections;
using System.Security.Cryptography;
using System.Text;
using LoraUnlearn.Build;
using LoraUnlearn.Tests.Checkpoints;
using Microsoft.Build.Framework;

namespace LoraUnlearn.Tests.Build;

/// <summary>The one bit that lets TorchSharp's native library load beside an older libstdc++.</summary>
public sealed class MakeNeededVersionWeakTests : IDisposable
{
    private const string Version = "GLIBCXX_3.4.32";
    private const string Symbol = "_ZSt21ios_base_library_initv";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [LinuxFact]
    public void OneBitOfTheCopyChangesAndNothingOfTheOriginal()
    {
        byte[] before = Original();
        string source = _folder.Write("source.so", before);
        Assert.Empty(Run(source, "edited.so"));
        Assert.Equal(SHA256.HashData(before), SHA256.HashData(File.ReadAllBytes(source)));
        byte[] after = File.ReadAllBytes(_folder["edited.so"]);
        Assert.Equal(before.Length, after.Length);
        int changed = Assert.Single(Enumerable.Range(0, before.Length), at => before[at] != after[at]);
        Assert.Equal(before[changed] | 2, after[changed]);
        Assert.Empty(Run(_folder["edited.so"], "again.so"));
        Assert.Equal(after, File.ReadAllBytes(_folder["again.so"]));
    }

    // Output folders hold hard links; what they point to must keep its bytes.
    [LinuxFact]
    public void ADestinationIsReplacedAndNotWrittenThrough()
    {
        string kept = _folder.Write("kept.so", "kept");
        File.CreateSymbolicLink(_folder["edited.so"], kept);
        Assert.Empty(Run(_folder.Write("source.so", Original()), "edited.so"));
        Assert.Equal("kept", File.ReadAllText(kept));
        Assert.Null(new FileInfo(_folder["edited.so"]).LinkTarget);
    }

    [LinuxFact]
    public void AVersionThatOtherSymbolsNeedStays()
    {
        string error = Assert.Single(Run(_folder.Write("source.so", Original()), "edited.so", "GLIBCXX_3.4"));
        Assert.Contains("needs that version", error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["edited.so"]));
    }

    [LinuxFact]
    public void AVersionThatIsNotNamedIsSaid() =>
        Assert.Contains("does not name that version", Assert.Single(Run(_folder.Write("source.so", Original()), "edited.so", "GLIBCXX_9.9.9")), StringComparison.Ordinal);

    // Cut off anywhere, or with the section headers and version tables overwritten: an error that says what to do, never a crash or a hang.
    [LinuxFact]
    public void DamagedLibrariesAreRefused()
    {
        byte[] whole = Original();
        foreach (int length in new[] { 0, 3, 63, 64, 4096, whole.Length / 2, whole.Length - 1000 })
        {
            AssertRefused(whole[..length]);
        }

        AssertRefused(Encoding.ASCII.GetBytes(new string('x', 5000)));
        Random random = new(7);
        long sections = BitConverter.ToInt64(whole, 40);
        foreach (long start in new[] { 0, sections, FirstNeed(whole) - 64 })
        {
            for (int trial = 0; trial < 20; trial++)
            {
                byte[] damaged = [.. whole];
                random.NextBytes(damaged.AsSpan((int)start, 64 + (trial * 32)));
                Run(_folder.Write("damaged.so", damaged), "edited.so"); // accepted or refused, but it returns
            }
        }
    }

    private static long FirstNeed(byte[] file)
    {
        long table = BitConverter.ToInt64(file, 40);
        for (int i = 0; ; i++)
        {
            int header = (int)table + (i * 64);
            if (BitConverter.ToUInt32(file, header + 4) == 0x6ffffffe)
            {
                return BitConverter.ToInt64(file, header + 24);
            }
        }
    }

    private void AssertRefused(byte[] content)
    {
        string error = Assert.Single(Run(_folder.Write("damaged.so", content), "edited.so"));
        Assert.Contains("damaged.so", error, StringComparison.Ordinal);
        Assert.Contains("delete its package's folder and restore again", error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["edited.so"]));
    }

    private List<string> Run(string source, string destination, string version = Version)
    {
        Recorder recorder = new();
        MakeNeededVersionWeak task = new() { BuildEngine = recorder, Source = source, Destination = _folder[destination], Version = version, Symbol = Symbol };
        Assert.Equal(task.Execute(), recorder.Errors.Count == 0);
        return recorder.Errors;
    }

    // The output's library with the bit taken back where it is set, which is what the package has.
    private byte[] Original()
    {
        byte[] file = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"));
        string source = _folder.Write("output.so", file);
        Assert.Empty(Run(source, "probe.so"));
        byte[] edited = File.ReadAllBytes(_folder["probe.so"]);
        int at = NeedOf(edited);
        edited[at] &= 0xfd;
        return edited;
    }

    // Where the flags of the version's entry are: found by its hash, which stands in front of them.
    private static int NeedOf(byte[] file)
    {
        uint hash = 0;
        foreach (char letter in Version)
        {
            hash = (hash << 4) + letter;
            uint high = hash & 0xf0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }

        return file.AsSpan().IndexOf(BitConverter.GetBytes(hash)) + 4;
    }

    private sealed class LinuxFactAttribute : FactAttribute
    {
        public LinuxFactAttribute() => Skip = OperatingSystem.IsLinux() ? null : "TorchSharp's library for Linux is only there on Linux.";
    }

    private sealed class Recorder : IBuildEngine
    {
        public List<string> Errors { get; } = [];

        public bool ContinueOnError => false;

        public int LineNumberOfTaskNode => 0;

        public int ColumnNumberOfTaskNode => 0;

        public string ProjectFileOfTaskNode => "test.csproj";

        public void LogErrorEvent(BuildErrorEventArgs e) => Errors.Add(e.Message!);

        public void LogWarningEvent(BuildWarningEventArgs e)
        {
        }

        public void LogMessageEvent(BuildMessageEventArgs e)
        {
        }

        public void LogCustomEvent(CustomBuildEventArgs e)
        {
        }

        public bool BuildProjectFile(string projectFileName, string[] targetNames, IDictionary globalProperties, IDictionary targetOutputs) => false;
    }
}
