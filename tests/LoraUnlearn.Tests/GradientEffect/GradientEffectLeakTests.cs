using LoraUnlearn.GradientEffect;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Tests.Training;

namespace LoraUnlearn.Tests.GradientEffect;

[Collection(RunsAlone.Name)]
public class GradientEffectLeakTests
{
    [Theory]
    [InlineData(EffectParameters.Full, true, 1)]
    [InlineData(EffectParameters.Adapter, false, 1 << 20)]
    public void MeasurementsLeaveNoTensorsBehind(EffectParameters parameters, bool instances, long budget)
    {
        using TinyTask task = new();
        EffectOptions options = new() { Parameters = parameters, Instances = instances, TokensPerBatch = 20, StateBudget = budget };
        LeftBehind.AssertNothing(() => EffectMeterTests.Measure(task.Adapters, options, ["npo", "rmu", "dpo"], TinyTask.Forget, TinyTask.Retain));
    }
}
