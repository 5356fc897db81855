using LoraUnlearn.Optimization;
using LoraUnlearn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Training;

public class DirectionProbeTests
{
    // METHODS §11: a probing step must leave parameters and moments as they were, to the last bit.
    [Fact]
    public void ParametersAndMomentsAreRestoredToTheBit()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(4);
        Tensor parameters = randn([50], ScalarType.Float32, generator: generator);
        using AdamW optimizer = new(parameters, weightDecay: 0.1);
        optimizer.Step(randn([50], ScalarType.Float32, generator: generator), 0.01);
        float[][] before = State();

        List<float[]> seen = [];
        DirectionProbe.Evaluate(parameters, optimizer, randn([50], ScalarType.Float32, generator: generator), 0.3, () =>
        {
            seen.Add(parameters.data<float>().ToArray());
            return 0;
        });
        Assert.Equal(before, State());
        Assert.Equal(1, optimizer.Steps);
        Assert.Equal(2, seen.Count);
        for (int i = 0; i < 50; i++)
        {
            // The points lie on a line, θ in the middle.
            Assert.NotEqual(before[0][i], seen[0][i]);
            Assert.Equal(before[0][i], (seen[0][i] + seen[1][i]) / 2, 5);
        }

        float[][] State() => [parameters.data<float>().ToArray(), optimizer.FirstMoment.data<float>().ToArray(), optimizer.SecondMoment.data<float>().ToArray()];
    }

    [Fact]
    public void EverythingIsRestoredWhenALossFails()
    {
        using Tensor parameters = ones([3], ScalarType.Float32);
        using Tensor gradient = ones([3], ScalarType.Float32);
        using AdamW optimizer = new(parameters);
        int calls = 0;
        Assert.Throws<WorkFailedException>(() => DirectionProbe.Evaluate(parameters, optimizer, gradient, 0.1, () => ++calls == 2 ? throw new WorkFailedException("no") : 0));
        Assert.Equal([1f, 1f, 1f], parameters.data<float>().ToArray());
        Assert.Equal([0f, 0f, 0f], optimizer.SecondMoment.data<float>().ToArray());
        Assert.Equal(0, optimizer.Steps);
    }
}
