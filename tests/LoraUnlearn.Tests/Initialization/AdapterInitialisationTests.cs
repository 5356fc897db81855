using LoraUnlearn.Adapters;
using LoraUnlearn.Fisher;
using LoraUnlearn.Initialization;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Fisher;
using LoraUnlearn.Tests.Models;
using LoraUnlearn.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Initialization;

public class AdapterInitialisationTests
{
    [FixtureTheory("fila")]
    [InlineData(FisherMode.Rowwise, "row", 4)]
    [InlineData(FisherMode.Elementwise, "elem", 4)]
    [InlineData(FisherMode.Rowwise, "row", 12)] // s·B₀A₀ does not depend on the scale s
    public void FilaProductsAreGolden(FisherMode mode, string variant, double alpha)
    {
        using GoldenModel model = new("llama-gqa");
        using GoldenFile golden = new(Path.Combine(FixtureModels.At("fila"), "golden.safetensors"));
        using FisherResult fisher = new FisherEstimator(model.Decoder, model.Decoder.Maps, new FisherOptions { Mode = mode, Epsilon = 1e-12 })
            .Estimate(golden.Sequences("forget."), golden.Sequences("retain."));
        using AdapterSet adapters = new(model.Decoder, model.Decoder.Maps, 4, alpha);
        new AdapterInitialisation(InitialisationKind.Fila, 1).Apply(adapters, fisher);
        foreach (LowRankPair pair in adapters.Pairs)
        {
            Closeness.AssertClose(golden.Values($"{variant}.{pair.Map.Name}.lora_product"), Product(pair), 1e-3, pair.Map.Name);
        }
    }

    // diag(w) W = U S Vᵀ: ‖A₀‖² = Σ S/s, and both factors carry the same share of each singular value.
    [Fact]
    public void FilaSplitsTheSingularValuesEvenly()
    {
        using DisposeScope scope = NewDisposeScope();
        using Decoder decoder = new TinyModel(layers: 1).Build();
        using AdapterSet adapters = new(decoder, decoder.Maps, 3, 6);
        using FisherResult fisher = Statistics(decoder, width => [.. Enumerable.Range(1, width).Select(j => (double)j)]);
        new AdapterInitialisation(InitialisationKind.Fila, 1).Apply(adapters, fisher);
        foreach (LowRankPair pair in adapters.Pairs)
        {
            Tensor w = fisher.Modules[pair.Map.Name].Weights().to_type(ScalarType.Float64).unsqueeze(1);
            (_, Tensor values, _) = linalg.svd(w * pair.Map.Weight, false);
            double[] expected = values.narrow(0, 0, 3).data<double>().ToArray();
            double[] ofA = pair.A.to_type(ScalarType.Float64).square().sum(1).data<double>().ToArray();
            double[] ofWeightedB = (w * pair.B).square().sum([0]).data<double>().ToArray();
            Assert.All(expected.Zip(ofA), pairOf => Assert.Equal(pairOf.First / 2, pairOf.Second, 1e-4));
            Assert.All(expected.Zip(ofWeightedB), pairOf => Assert.Equal(pairOf.First / 2, pairOf.Second, 1e-4));
        }
    }

    [Fact]
    public void RowsOfNoImportanceAreHarmless()
    {
        using DisposeScope scope = NewDisposeScope();
        using Decoder decoder = new TinyModel(layers: 1).Build();
        using AdapterSet adapters = new(decoder, decoder.Maps, 3, 3);
        // Two rows matter, so diag(w) W has rank 2, less than r.
        using FisherResult fisher = Statistics(decoder, width => [.. Enumerable.Range(0, width).Select(j => j < 2 ? 1.0 : 0.0)]);
        new AdapterInitialisation(InitialisationKind.Fila, 1).Apply(adapters, fisher);
        foreach (LowRankPair pair in adapters.Pairs)
        {
            float[] product = Product(pair);
            Assert.All(product, value => Assert.True(float.IsFinite(value)));
            float[] weight = FisherEstimatorTests.Numbers(pair.Map.Weight);
            int important = 2 * (int)pair.Map.InputWidth;
            Closeness.AssertClose(weight[..important], product[..important], 1e-4, pair.Map.Name); // what matters is taken whole
        }
    }

    [Theory]
    [InlineData(InitialisationKind.Fila)]
    [InlineData(InitialisationKind.Lora)]
    [InlineData(InitialisationKind.Gaussian)]
    [InlineData(InitialisationKind.Pissa)]
    public void StepZeroIsTheBaseModel(InitialisationKind kind)
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        float[] expected = GenerationTests.LastLogits(decoder, [1, 2, 3, 4]);
        using AdapterSet adapters = new(decoder, decoder.Maps, 2, 4);
        using FisherResult fisher = Statistics(decoder, width => [.. Enumerable.Range(1, width).Select(j => (double)j)]);
        new AdapterInitialisation(kind, 7).Apply(adapters, fisher);
        Closeness.AssertClose(expected, GenerationTests.LastLogits(decoder, [1, 2, 3, 4]), 1e-5, kind.ToString());
    }

    [Fact]
    public void PissaIsTheBestApproximation()
    {
        using DisposeScope scope = NewDisposeScope();
        using Decoder decoder = new TinyModel(layers: 1).Build();
        using AdapterSet adapters = new(decoder, decoder.Maps, 3, 6);
        new AdapterInitialisation(InitialisationKind.Pissa, 1).Apply(adapters, null);
        foreach (LowRankPair pair in adapters.Pairs)
        {
            (Tensor u, Tensor values, Tensor vh) = linalg.svd(pair.Map.Weight, false);
            Tensor best = u.narrow(1, 0, 3).mm(diag(values.narrow(0, 0, 3))).mm(vh.narrow(0, 0, 3));
            Closeness.AssertClose(FisherEstimatorTests.Numbers(best), Product(pair), 1e-4, pair.Map.Name);
        }
    }

    [Fact]
    public void LoraStartsKaimingUniformAndZero()
    {
        using DisposeScope scope = NewDisposeScope();
        using Decoder decoder = new TinyModel(layers: 1, width: 64).Build(ScalarType.Float32);
        using AdapterSet adapters = new(decoder, AdapterTargets.Select(decoder, ["q_proj"]), 32, 32);
        new AdapterInitialisation(InitialisationKind.Lora, 5).Apply(adapters, null);
        float[] a = FisherEstimatorTests.Numbers(adapters.Pairs[0].A);
        float bound = 1f / 8; // 1/√64
        Assert.All(a, value => Assert.InRange(value, -bound, bound));
        Assert.InRange(a.Select(value => (double)value * value).Average(), 0.93 * bound * bound / 3, 1.07 * bound * bound / 3);
        Assert.All(FisherEstimatorTests.Numbers(adapters.Pairs[0].B), value => Assert.Equal(0, value));
    }

    private static float[] Product(LowRankPair pair)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        return FisherEstimatorTests.Numbers(pair.B.mm(pair.A) * pair.Scale);
    }

    private static FisherResult Statistics(Decoder decoder, Func<int, double[]> relative) => new(
        decoder.Maps.ToDictionary(map => map.Name, map =>
        {
            double[] values = relative((int)map.OutputWidth);
            return new ModuleFisher(tensor(values), null, tensor(values));
        }),
        new FisherOptions(),
        1,
        0);
}
