using LoraUnlearn.Data;
using LoraUnlearn.Objectives;
using LoraUnlearn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Training;

/// <summary>Weights of rows: each row's part of the gradient counts as often as its weight says.</summary>
public class RowWeightsTests
{
    [Theory]
    [InlineData("ga")]
    [InlineData("ihl")]
    [InlineData("npo")]
    [InlineData("dpo")]
    [InlineData("po")]
    [InlineData("undial")]
    [InlineData("rmu")]
    public void TheGradientIsTheWeightedSumOfTheRows(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using TinyTask task = new(ScalarType.Float64);
        Objective objective = ObjectiveCatalog.Forget(name);
        objective.Bind(task.Decoder.Spec, 1);
        UnlearningStep step = new(task.Adapters, new ReferenceModel(task.Adapters), checkpoint: false);
        Example[] rows = [TinyTask.Forget[1], TinyTask.Forget[4]];
        double[] weights = [0.25, 1.75];
        Tensor Gradient(IReadOnlyList<Example> examples, double weight, IReadOnlyList<double>? rowWeights = null)
        {
            task.Adapters.Gradient.zero_();
            step.Accumulate([new LossPart(objective, weight, DataSide.Forget, examples) { RowWeights = rowWeights }]);
            return task.Adapters.Gradient.clone();
        }

        // A row's share of the mean, by its own gradient alone.
        double[] sizes = [.. rows.Select(row => objective.IsSequenceMean ? 1.0 : (objective.Labels == LabelSource.Alternate ? row.Alternate! : row.Sequence).LabelledCount)];
        Tensor expected = rows.Select((row, index) => Gradient([row], weights[index] * sizes[index] / sizes.Sum())).Aggregate((first, second) => first + second);
        Tensor actual = Gradient(rows, 1, weights);
        Assert.InRange(((actual - expected).norm() / expected.norm()).ToDouble(), 0, 1e-5);
        Assert.True(((actual - Gradient(rows, 1)).norm() / expected.norm()).ToDouble() > 0.01);
    }
}
