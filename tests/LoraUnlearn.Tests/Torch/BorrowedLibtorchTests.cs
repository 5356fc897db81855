using LoraUnlearn.Tests.Checkpoints;
using LoraUnlearn.Torch;
using TorchSharp;

namespace LoraUnlearn.Tests.Torch;

public sealed class BorrowedLibtorchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheVersionExpectedIsTorchSharps() =>
        Assert.StartsWith($"{BorrowedLibtorch.Expected}.", torch.__version__, StringComparison.Ordinal);

    [Fact]
    public void NothingIsBorrowedWhereLibtorchLiesBeside()
    {
        Assert.True(BorrowedLibtorch.IsBeside(AppContext.BaseDirectory));
        Assert.False(BorrowedLibtorch.IsBeside(_folder["nothing"]));
        Assert.Null(BorrowedLibtorch.Load());
    }

    [Theory]
    [InlineData("version.py", "__version__ = '2.10.0+cu128'\ndebug = False\n")]
    [InlineData("version.py", "from typing import Optional\n\n__all__ = ['__version__']\n__version__ = '2.10.1'\n")]
    [InlineData("version.py", "__version__: str = \"2.10.0a0+git123\"\n")]
    [InlineData("build-version", "2.10.0+cpu\n")]
    public void TheSameVersionIsTaken(string file, string text)
    {
        File.WriteAllText(_folder[file], text);
        Assert.Null(BorrowedLibtorch.Check(Path.GetDirectoryName(_folder[file])!));
    }

    [Fact]
    public void TheNextVersionIsTriedWithAWarning()
    {
        File.WriteAllText(_folder["version.py"], "__version__ = '2.11.0+cu130'\n");
        string note = BorrowedLibtorch.Check(Path.GetDirectoryName(_folder["version.py"])!)!;
        Assert.Contains("2.11.0+cu130", note, StringComparison.Ordinal);
        Assert.Contains("2.10", note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.13.0a0")]
    [InlineData("2.1.0")]
    [InlineData("2.9.1+cu128")]
    [InlineData("2.12.0")]
    [InlineData("3.10.0")]
    [InlineData("unknown")]
    public void OtherVersionsAreRefusedByBothNames(string version)
    {
        File.WriteAllText(_folder["version.py"], $"__version__ = '{version}'\n");
        string message = Assert.Throws<InputException>(() => BorrowedLibtorch.Check(Path.GetDirectoryName(_folder["version.py"])!)).Message;
        Assert.Contains($"torch {version};", message, StringComparison.Ordinal);
        Assert.Contains("needs libtorch 2.10", message, StringComparison.Ordinal);
        Assert.Contains("LIBTORCH", message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderOfUnknownVersionIsRefused() =>
        Assert.Contains("neither version.py nor build-version", Assert.Throws<InputException>(() => BorrowedLibtorch.Check(_folder["empty"])).Message, StringComparison.Ordinal);

    [Fact]
    public void ThePackageOrItsLibraryFolderMayBeNamed()
    {
        string own = AppContext.BaseDirectory; // libtorch lies in it, as in a package's lib
        Assert.Equal(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(own)), BorrowedLibtorch.RootOf(own));
        Directory.CreateDirectory(_folder["torch/lib"]);
        Assert.Null(BorrowedLibtorch.RootOf(_folder["torch"]));
        foreach (string name in new[] { "libtorch_cpu.so", "torch_cpu.dll", "libtorch_cpu.dylib" })
        {
            File.WriteAllText(_folder[$"torch/lib/{name}"], "");
        }

        Assert.Equal(_folder["torch"], BorrowedLibtorch.RootOf(_folder["torch"]));
        Assert.Equal(_folder["torch"], BorrowedLibtorch.RootOf(_folder["torch/lib"] + "/"));
    }
}
