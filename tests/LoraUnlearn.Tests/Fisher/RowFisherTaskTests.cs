using LoraUnlearn.Data;
using LoraUnlearn.Fisher;
using LoraUnlearn.Models;
using LoraUnlearn.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Fisher;

public class RowFisherTaskTests
{
    // With i = 8 and o = 8, 4 and 4 outputs: t = 2 takes the Gram matrix (2·24 ≤ 8·16), t = 40 forms the gradients.
    [Theory]
    [InlineData(2)]
    [InlineData(40)]
    public void RowSumsAreThoseOfTheExplicitGradients(int length)
    {
        const int examples = 3;
        using DisposeScope scope = NewDisposeScope();
        using Decoder decoder = new TinyModel(layers: 1).Build();
        LinearMap[] maps = [.. decoder.Maps.Take(3)]; // query, key, value: one input
        Dictionary<LinearMap, Tensor> sums = maps.ToDictionary(map => map, map => zeros([map.OutputWidth], ScalarType.Float64));
        RowFisherTask task = new(decoder, maps, sums) { Batch = examples };
        using Generator generator = new(5);
        Tensor input = randn([examples * length, 8], ScalarType.Float64, generator: generator);
        Tensor[] gradients = [.. maps.Select(map => randn([examples * length, map.OutputWidth], ScalarType.Float64, generator: generator))];
        foreach ((LinearMap map, Tensor gradient) in maps.Zip(gradients))
        {
            task.Observe(map, input, zeros_like(gradient));
        }

        task.Receive(0, gradients);
        foreach ((LinearMap map, Tensor gradient) in maps.Zip(gradients))
        {
            double[] expected = Explicit(input.data<double>().ToArray(), gradient.data<double>().ToArray(), examples, length, (int)map.OutputWidth);
            double[] actual = sums[map].data<double>().ToArray();
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-9 * pair.First));
        }
    }

    // Inputs of equal values are not one input: TorchSharp's Equals compares numbers, and hashes by reference or not as it likes.
    [Fact]
    public void MapsThatSeeEqualNumbersInTwoTensorsAreTwoGroups()
    {
        using DisposeScope scope = NewDisposeScope();
        using Decoder decoder = new TinyModel(layers: 1).Build();
        using Counting task = new(decoder, decoder.Maps.Take(3)) { Batch = 1 };
        Tensor input = ones([2, 8], ScalarType.Float64), equal = input.clone();
        task.Observe(decoder.Maps[0], input, zeros([2, 8], ScalarType.Float64));
        task.Observe(decoder.Maps[1], equal, zeros([2, 4], ScalarType.Float64));
        task.Observe(decoder.Maps[2], input, zeros([2, 4], ScalarType.Float64));
        task.Receive(0, [.. decoder.Maps.Take(3).Select(map => zeros([2, map.OutputWidth], ScalarType.Float64))]);
        Assert.Equal([2, 1], task.Groups);
    }

    private sealed class Counting(Decoder decoder, IEnumerable<LinearMap> maps) : FisherTask(decoder, maps)
    {
        public List<int> Groups { get; } = [];

        protected override void Accumulate(Tensor input, IReadOnlyList<(LinearMap Map, Tensor Gradient)> maps) => Groups.Add(maps.Count);
    }

    // The same through a whole model, against squared weight gradients from the finite differences of the summed NLL.
    [Fact]
    public void RowSumsAreThoseOfFiniteDifferences()
    {
        using Decoder decoder = new TinyModel().Build();
        LabelledSequence[] sequences = [FisherEstimatorTests.Sequence(1, 2, 3, 4, 5, 6), FisherEstimatorTests.Sequence(9, 8, 7)];
        using FisherResult result = new FisherEstimator(decoder, decoder.Maps, new FisherOptions()).Estimate(sequences, null);
        foreach (LinearMap map in new[] { decoder.Maps[1], decoder.Maps[^1] })
        {
            double[] actual = result.Modules[map.Name].Forget.data<double>().ToArray();
            const int row = 1;
            double expected = sequences.Sum(sequence => Enumerable.Range(0, (int)map.InputWidth).Sum(k => Math.Pow(Derivative(decoder, sequence, map, row, k), 2)));
            Assert.Equal(expected / 7, actual[row], 1e-5 * expected);
        }
    }

    private static double Derivative(Decoder decoder, LabelledSequence sequence, LinearMap map, int row, int column)
    {
        const double step = 1e-4;
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor element = map.Weight.narrow(0, row, 1).narrow(1, column, 1);
        double value = element.ToDouble();
        double At(double point)
        {
            element.fill_(point);
            return SummedNll(decoder, sequence);
        }

        double derivative = (At(value + step) - At(value - step)) / (2 * step);
        element.fill_(value);
        return derivative;
    }

    private static double SummedNll(Decoder decoder, LabelledSequence sequence)
    {
        using DisposeScope scope = NewDisposeScope();
        using Batch batch = Batch.Create([sequence], CPU);
        Tensor logits = decoder.Logits(decoder.FinalNorm(decoder.Hidden(batch.InputIds)));
        Tensor logProbabilities = (logits - logits.logsumexp(1, true)).narrow(0, 0, sequence.Length - 1);
        return -logProbabilities.gather(1, batch.Labels.narrow(1, 1, sequence.Length - 1).reshape(-1, 1)).sum().ToDouble();
    }

    private static double[] Explicit(double[] input, double[] gradient, int examples, int length, int outputs)
    {
        int inputs = input.Length / (examples * length);
        double[] rows = new double[outputs];
        for (int example = 0; example < examples; example++)
        {
            for (int j = 0; j < outputs; j++)
            {
                for (int k = 0; k < inputs; k++)
                {
                    double g = 0;
                    for (int t = example * length; t < (example + 1) * length; t++)
                    {
                        g += gradient[(t * outputs) + j] * input[(t * inputs) + k];
                    }

                    rows[j] += g * g;
                }
            }
        }

        return rows;
    }
}
