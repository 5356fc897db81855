using LoraUnlearn.Adapters;
using LoraUnlearn.Fisher;
using LoraUnlearn.Initialization;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Models;
using LoraUnlearn.Tests.Support;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Fisher;

[Collection(RunsAlone.Name)]
public class FisherLeakTests
{
    [Theory]
    [InlineData(FisherMode.Rowwise, false)]
    [InlineData(FisherMode.Rowwise, true)]
    [InlineData(FisherMode.Elementwise, false)]
    public void EstimatesAndInitialisationsLeaveNoTensorsBehind(FisherMode mode, bool checkpointing)
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        FisherEstimator estimator = new(decoder, decoder.Maps, new FisherOptions { Mode = mode, Checkpointing = checkpointing, MemoryBudget = 500 });
        LeftBehind.AssertNothing(() =>
        {
            using FisherResult result = estimator.Estimate([FisherEstimatorTests.Sequence(1, 2, 3)], [FisherEstimatorTests.Sequence(4, 5, 6, 7)]);
            using AdapterSet adapters = new(decoder, decoder.Maps, 2, 4);
            new AdapterInitialisation(InitialisationKind.Fila, 1).Apply(adapters, result);
            new AdapterInitialisation(InitialisationKind.Lora, 1).Apply(adapters, null);
        });
    }

    [Theory]
    [InlineData(FisherMode.Rowwise)]
    [InlineData(FisherMode.Elementwise)]
    public void ACancelledEstimateLeavesNoTensorsBehind(FisherMode mode)
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        FisherEstimator estimator = new(decoder, decoder.Maps, new FisherOptions { Mode = mode, MemoryBudget = 500 });
        LeftBehind.AssertNothing(() =>
        {
            // After the first group's forget set; a group has statistics by then in the elementwise mode.
            using CancellationTokenSource source = new();
            Assert.Throws<OperationCanceledException>(() => estimator.Estimate(
                [FisherEstimatorTests.Sequence(1, 2, 3)],
                [FisherEstimatorTests.Sequence(4, 5, 6, 7)],
                new After(mode == FisherMode.Rowwise ? 1 : 3, source.Cancel),
                source.Token));
        });
    }

    // The last map of the last block fails: by then every map of the blocks below has been observed.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnEstimateThatFailsInAPassLeavesNoTensorsBehind(bool checkpointing)
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        decoder.Maps[^1].Delta = new Failing(checkpointing ? 1 : 0);
        FisherEstimator estimator = new(decoder, decoder.Maps, new FisherOptions { Checkpointing = checkpointing });
        LeftBehind.AssertNothing(() =>
        {
            ((Failing)decoder.Maps[^1].Delta!).Calls = 0;
            Assert.Throws<WorkFailedException>(() => estimator.Estimate([FisherEstimatorTests.Sequence(1, 2, 3)], null));
        });
    }

    [Fact]
    public void AnEstimateThatCannotBeReadLeavesNoTensorsBehind()
    {
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        using Decoder deeper = new TinyModel(layers: 3).Build(ScalarType.Float32);
        using LoraUnlearn.Tests.Checkpoints.TemporaryFolder folder = new();
        using (FisherResult result = new FisherEstimator(decoder, decoder.Maps, new FisherOptions()).Estimate([FisherEstimatorTests.Sequence(1, 2, 3)], null))
        {
            result.Save(folder["fisher.safetensors"]);
        }

        LeftBehind.AssertNothing(() => Assert.Throws<InputException>(() => FisherResult.Load(folder["fisher.safetensors"], deeper.Maps, CPU)));
    }

    private sealed class After(int reports, Action action) : IProgress<FisherProgress>
    {
        private int _seen;

        public void Report(FisherProgress value)
        {
            if (++_seen == reports)
            {
                action();
            }
        }
    }

    private sealed class Failing(int successes) : ILinearDelta
    {
        public int Calls { get; set; }

        public Tensor AddTo(Tensor output, Tensor input) => Calls++ < successes ? output : throw new WorkFailedException("no");
    }
}
