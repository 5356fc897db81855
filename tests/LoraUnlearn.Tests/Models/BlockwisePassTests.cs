using LoraUnlearn.Adapters;
using LoraUnlearn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Models;

public class BlockwisePassTests
{
    private static readonly long[] Ids = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void GradientsEqualThoseOfOneGraph(bool checkpoint)
    {
        using DisposeScope scope = NewDisposeScope();
        using Decoder decoder = new TinyModel(layers: 3).Build();
        using AdapterSet adapters = RandomAdapters(decoder, decoder.Maps);
        Tensor ids = tensor(Ids, [2, 5]);
        using Generator generator = new(1);
        Tensor final = randn([10, 8], ScalarType.Float64, generator: generator);
        Tensor middle = randn([10, 8], ScalarType.Float64, generator: generator);

        using (BlockwisePass pass = new(decoder, ids, adapters, checkpoint))
        {
            pass.Backward(new Dictionary<int, Tensor> { [3] = final, [1] = middle });
        }

        using AttentionContext context = decoder.Begin(2, 5);
        Tensor first = decoder.Blocks[0].Forward(decoder.Embed(ids, context), context);
        Tensor last = decoder.Blocks[2].Forward(decoder.Blocks[1].Forward(first, context), context);
        Tensor[] parameters = [.. adapters.Pairs.SelectMany(pair => new[] { pair.A, pair.B })];
        IList<Tensor> expected = autograd.grad([(last * final).sum() + (first * middle).sum()], parameters);
        Tensor all = cat([.. expected.Select(gradient => gradient.reshape(-1))], 0);
        Assert.InRange(((all - adapters.Gradient).abs().max() / all.abs().max()).ToDouble(), 0, 1e-6);
    }

    [Fact]
    public void NothingBelowTheLowestAdaptedMapIsDifferentiated()
    {
        using DisposeScope scope = NewDisposeScope();
        using Decoder decoder = new TinyModel(layers: 3).Build();
        using AdapterSet adapters = RandomAdapters(decoder, AdapterTargets.Select(decoder, ["layers.2.mlp.down_proj"]));
        using BlockwisePass pass = new(decoder, tensor(Ids, [2, 5]), adapters, checkpoint: false);
        Assert.Equal(2, adapters.LowestBlock);
        Assert.Throws<ArgumentOutOfRangeException>(() => pass.State(1));
        pass.Backward(new Dictionary<int, Tensor> { [3] = ones([10, 8], ScalarType.Float64) });
        Assert.True(adapters.Gradient.abs().max().ToDouble() > 0);
    }

    internal static AdapterSet RandomAdapters(Decoder decoder, IReadOnlyList<LinearMap> maps)
    {
        AdapterSet adapters = new(decoder, maps, 2, 4);
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(9);
        foreach (LowRankPair pair in adapters.Pairs)
        {
            Tensor a = randn(pair.A.shape, ScalarType.Float32, generator: generator).mul_(0.3);
            Tensor b = randn(pair.B.shape, ScalarType.Float32, generator: generator).mul_(0.3);
            pair.Initialise(a, b, offset: true);
            pair.A.add_(randn(pair.A.shape, ScalarType.Float32, generator: generator).mul_(0.1));
            pair.B.add_(randn(pair.B.shape, ScalarType.Float32, generator: generator).mul_(0.1));
        }

        return adapters;
    }
}
