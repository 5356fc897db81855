using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Tests.Checkpoints;

public class FreeSpaceTests
{
    [Fact]
    public void TheErrorNamesWhatIsNeededAndWhatThereIs()
    {
        InputException error = Assert.Throws<InputException>(() => FreeSpace.Require("out", [2_000_000_000, 1], _ => 1_500_000));
        Assert.Equal("out: 2 GB are needed, and the disk has 1.5 MB free; nothing was written. Free some, or choose an output on another disk.", error.Message);
    }

    [Fact]
    public void FilesTakeWholeBlocks()
    {
        FreeSpace.Require("out", [1, 4096, 4097], _ => 16384);
        Assert.Throws<InputException>(() => FreeSpace.Require("out", [1, 4096, 4097], _ => 16383));
    }

    [Fact]
    public void TheDiskOfTheNearestFolderThatExistsIsAsked()
    {
        string? asked = null;
        FreeSpace.Require(Path.Combine(Path.GetTempPath(), "not", "there", "yet"), [1], folder =>
        {
            asked = folder;
            return null;
        });
        Assert.Equal(Path.TrimEndingDirectorySeparator(Path.GetTempPath()), Path.TrimEndingDirectorySeparator(asked!));
        FreeSpace.Require(Path.GetTempPath(), [1]);
        Assert.Throws<InputException>(() => FreeSpace.Require(Path.GetTempPath(), [long.MaxValue / 2]));
    }
}
