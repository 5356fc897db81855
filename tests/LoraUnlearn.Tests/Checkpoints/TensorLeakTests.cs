using LoraUnlearn.Checkpoints;
using LoraUnlearn.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Checkpoints;

/// <summary>Reading and writing leave no tensor behind.</summary>
[Collection(RunsAlone.Name)]
public sealed class TensorLeakTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReadingLeavesNoTensorBehind()
    {
        string path = _folder.Write("x.safetensors", SafetensorsBytes.OneTensor("F8_E4M3", "[3]", [1, 2, 3]));
        long before = LeftBehind.CountAfterCollection();
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            file.Read("x").Dispose();
            file.Read("x").Dispose();
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void TheCallersTensorsStayTheirs()
    {
        using Tensor source = ones([2]);
        long before = LeftBehind.CountAfterCollection();
        SafetensorsWriter.Write(_folder["x.safetensors"], [new("x", source)]);
        Assert.Equal(before, Tensor.TotalCount);
        Assert.Equal(2f, source.sum().item<float>());
    }
}
