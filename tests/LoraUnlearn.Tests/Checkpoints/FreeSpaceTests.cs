using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Tests.Checkpoints;

public sealed class FreeSpaceTests : IDisposable
{
    public void Dispose() => FreeSpace.Instead.Value = null;

    [Fact]
    public void TheErrorNamesWhatIsNeededAndWhatThereIs()
    {
        FreeSpace.Instead.Value = _ => 1_500_000;
        InputException error = Assert.Throws<InputException>(() => FreeSpace.Require("out", [2_000_000_000, 1]));
        Assert.Equal("out: 2 GB are needed, and the disk has 1.5 MB free; nothing was written. Free some, or choose an output on another disk.", error.Message);
    }

    [Fact]
    public void FilesTakeWholeBlocks()
    {
        FreeSpace.Instead.Value = _ => 16384;
        FreeSpace.Require("out", [1, 4096, 4097]);
        FreeSpace.Instead.Value = _ => 16383;
        Assert.Throws<InputException>(() => FreeSpace.Require("out", [1, 4096, 4097]));
    }

    [Fact]
    public void TheDiskOfTheNearestFolderThatExistsIsAsked()
    {
        string? asked = null;
        FreeSpace.Instead.Value = folder =>
        {
            asked = folder;
            return null;
        };
        FreeSpace.Require(Path.Combine(Path.GetTempPath(), "not", "there", "yet"), [1]);
        Assert.Equal(Path.TrimEndingDirectorySeparator(Path.GetTempPath()), Path.TrimEndingDirectorySeparator(asked!));
    }

    [Fact]
    public void TheSystemIsAsked()
    {
        FreeSpace.Require(Path.GetTempPath(), [1]);
        Assert.Throws<InputException>(() => FreeSpace.Require(Path.GetTempPath(), [long.MaxValue / 2]));
    }
}
