using LoraUnlearn.Adapters;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Support;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Models;

[Collection(RunsAlone.Name)]
public class BlockwisePassLeakTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void PassesLeaveNoTensorsBehind(bool checkpoint)
    {
        using Decoder decoder = new TinyModel(layers: 2).Build(ScalarType.Float32);
        using AdapterSet adapters = BlockwisePassTests.RandomAdapters(decoder, decoder.Maps);
        using Tensor ids = tensor(new long[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, [2, 5]);
        using Tensor gradient = ones([10, 8], ScalarType.Float32);
        LeftBehind.AssertNothing(() =>
        {
            using BlockwisePass pass = new(decoder, ids, adapters, checkpoint);
            pass.Backward(new Dictionary<int, Tensor> { [2] = gradient });
        });
    }
}
