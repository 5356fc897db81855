using LoraUnlearn.Checkpoints;
using LoraUnlearn.Fisher;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Models;
using LoraUnlearn.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Fisher;

public class FisherEstimatorTests
{
    private const string Model = "models/llama-gqa";

    // Golden: Σ over the examples of squared gradients of the summed NLL, not divided by the tokens.
    [FixtureTheory(Model)]
    [InlineData("llama-gqa", FisherMode.Rowwise)]
    [InlineData("llama-gqa", FisherMode.Elementwise)]
    public void RowSumsAreGolden(string name, FisherMode mode)
    {
        using GoldenModel model = new(name);
        using FisherResult result = Estimate(model, new FisherOptions { Mode = mode });
        Assert.Equal(model.Sequences.Sum(sequence => sequence.LabelledCount), result.ForgetTokens);
        Assert.Equal(model.Decoder.Maps.Count, result.Modules.Count);
        foreach (LinearMap map in model.Decoder.Maps)
        {
            float[] rows = [.. Numbers(result.Modules[map.Name].Forget).Select(value => value * result.ForgetTokens)];
            Closeness.AssertClose(model.Golden($"fisher_row.{map.Name}.weight"), rows, 1e-4, map.Name);
        }
    }

    [FixtureFact(Model)]
    public void ElementsAreGolden()
    {
        using GoldenModel model = new("llama-gqa");
        foreach (string name in new[] { "model.layers.0.self_attn.q_proj", "model.layers.2.mlp.down_proj" })
        {
            LinearMap map = model.Decoder.Maps.Single(map => map.Name == name);
            using Tensor sum = zeros([map.OutputWidth, map.InputWidth], ScalarType.Float32);
            SummedNllPass.Differentiate(model.Decoder, model.Sequences, new ElementFisherTask(model.Decoder, new() { [map] = sum }));
            Closeness.AssertClose(model.Golden($"fisher_elem.{name}.weight"), Numbers(sum), 1e-4, name);
        }
    }

    [FixtureTheory(Model)]
    [InlineData(FisherMode.Rowwise)]
    [InlineData(FisherMode.Elementwise)]
    public void BatchesCheckpointsAndGroupsDoNotMatter(FisherMode mode)
    {
        using GoldenModel model = new("llama-gqa");
        FisherOptions options = new() { Mode = mode };
        using FisherResult expected = Estimate(model, options);
        foreach (FisherOptions other in new[]
        {
            options with { Checkpointing = true },
            options with { TokensPerBatch = 1 },
            options with { TokensPerBatch = 26, Checkpointing = true },
            options with { MemoryBudget = 10_000 },
        })
        {
            using FisherResult result = Estimate(model, other);
            foreach ((string name, ModuleFisher fisher) in expected.Modules)
            {
                Closeness.AssertClose(Numbers(fisher.Forget), Numbers(result.Modules[name].Forget), 1e-5, $"{name}, {other}");
            }
        }
    }

    [FixtureTheory("fila")]
    [InlineData(FisherMode.Rowwise, "row")]
    [InlineData(FisherMode.Elementwise, "elem")]
    public void RelativeImportanceIsGolden(FisherMode mode, string variant)
    {
        using GoldenModel model = new("llama-gqa");
        using GoldenFile golden = new(Path.Combine(FixtureModels.At("fila"), "golden.safetensors"));
        using FisherResult result = new FisherEstimator(model.Decoder, model.Decoder.Maps, new FisherOptions { Mode = mode, Epsilon = 1e-12 })
            .Estimate(golden.Sequences("forget."), golden.Sequences("retain."));
        foreach ((string name, ModuleFisher fisher) in result.Modules)
        {
            Closeness.AssertClose(golden.Values(name + ".fisher_row_forget"), Numbers(fisher.Forget), 1e-4, name);
            Closeness.AssertClose(golden.Values(name + ".fisher_row_retain"), Numbers(fisher.Retain!), 1e-4, name);
            Closeness.AssertClose(golden.Values($"{variant}.{name}.importance_row"), Numbers(fisher.Relative), 1e-3, name);
        }
    }

    [Fact]
    public void ASavedEstimateIsReadBack()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        FisherEstimator estimator = new(decoder, decoder.Maps, new FisherOptions { Mode = FisherMode.Elementwise, Epsilon = 3e-4 });
        using FisherResult result = estimator.Estimate([Sequence(1, 2, 3, 4)], [Sequence(5, 6, 7)]);
        string path = Path.Combine(Path.GetTempPath(), $"fisher-{Guid.NewGuid():N}.safetensors");
        try
        {
            result.Save(path);
            using FisherResult read = FisherResult.Load(path, decoder.Maps, CPU);
            Assert.Equal((3L, 2L), (read.ForgetTokens, read.RetainTokens));
            Assert.Equal((FisherMode.Elementwise, 3e-4), (read.Options.Mode, read.Options.Epsilon));
            foreach ((string name, ModuleFisher fisher) in result.Modules)
            {
                Assert.Equal(Numbers(fisher.Forget), Numbers(read.Modules[name].Forget));
                Assert.Equal(Numbers(fisher.Retain!), Numbers(read.Modules[name].Retain!));
                Assert.Equal(Numbers(fisher.Relative), Numbers(read.Modules[name].Relative));
            }

            using Decoder wider = new TinyModel(mlp: 20).Build(ScalarType.Float32);
            Assert.Contains("expected [20]", Assert.Throws<InputException>(() => FisherResult.Load(path, wider.Maps, CPU)).Message, StringComparison.Ordinal);
            using Decoder deeper = new TinyModel(layers: 3).Build(ScalarType.Float32);
            Assert.Throws<InputException>(() => FisherResult.Load(path, deeper.Maps, CPU));
        }
        finally
        {
            File.Delete(path);
        }
    }

    internal static float[] Numbers(Tensor values)
    {
        using DisposeScope scope = NewDisposeScope();
        return values.to_type(ScalarType.Float32).contiguous().data<float>().ToArray();
    }

    internal static LoraUnlearn.Data.LabelledSequence Sequence(params int[] ids) => LoraUnlearn.Data.LabelledSequence.ScoredFrom(ids, 1);

    private static FisherResult Estimate(GoldenModel model, FisherOptions options) =>
        new FisherEstimator(model.Decoder, model.Decoder.Maps, options).Estimate(model.Sequences, null);
}
