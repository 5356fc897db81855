using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Tests.Checkpoints;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TextIsUtf8WithoutAMarkAndReplacesTheOld()
    {
        string path = _folder.Write("a.txt", "something longer than the new text");
        AtomicFile.WriteAllText(path, "é");
        Assert.Equal([0xC3, 0xA9], File.ReadAllBytes(path));
        Assert.Equal(["a.txt"], _folder.FileNames);
    }

    [Fact]
    public void TheOldFileIsThereUntilTheNewOneIsWhole()
    {
        string path = _folder.Write("a.txt", "old");
        AtomicFile.Write(path, stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(path));
        });
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public void AFailureLeavesTheOldFileAndNothingElse()
    {
        string path = _folder.Write("a.txt", "old");
        Assert.Throws<TimeZoneNotFoundException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[200_000]);
            throw new TimeZoneNotFoundException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal(["a.txt"], _folder.FileNames);
    }

    [Fact]
    public void WhatAKilledWriterLeftIsReplaced()
    {
        _folder.Write(".a.txt.partial", "half of something long");
        AtomicFile.WriteAllText(_folder["a.txt"], "whole");
        Assert.Equal(["a.txt"], _folder.FileNames);
        Assert.Equal("whole", File.ReadAllText(_folder["a.txt"]));
    }

    [Fact]
    public void AFullDiskIsNamedAndNothingIsLeft()
    {
        const int NoSpaceLeft = 28;
        string path = _folder.Write("a.txt", "old");
        InputException error = Assert.Throws<InputException>(() => AtomicFile.Write(path, _ => throw new IOException("ENOSPC", NoSpaceLeft)));
        Assert.Equal($"{path}: cannot write: no space left on the disk. Free some, or choose an output on another disk.", error.Message);
        Assert.Equal(["a.txt"], _folder.FileNames);
    }

    [Fact]
    public void AFolderThatRefusesNewFilesIsNamed()
    {
        // Permissions do not bind the superuser; the process file system refuses even it.
        string path = OperatingSystem.IsLinux() ? "/proc/a.txt" : _folder["none/a.txt"];
        Assert.StartsWith($"{path}: cannot write: ", Refused(path), StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderAndAMissingFolderAreNamed()
    {
        Assert.Equal($"{_folder.Path}: cannot write: this is a folder; expected the name of a file.", Refused(_folder.Path));
        string path = _folder["no/a.txt"];
        Assert.Equal($"{path}: cannot write: the folder {_folder["no"]} does not exist; create it first.", Refused(path));
    }

    private static string Refused(string path) =>
        Assert.Throws<InputException>(() => AtomicFile.WriteAllText(path, "x")).Message;
}
