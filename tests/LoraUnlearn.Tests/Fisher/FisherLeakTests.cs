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
}
