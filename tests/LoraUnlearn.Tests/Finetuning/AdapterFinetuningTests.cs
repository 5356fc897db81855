using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using LoraUnlearn.Initialization;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Tests.Models;
using LoraUnlearn.Tests.Training;
using LoraUnlearn.Training;
using TorchSharp;
using static LoraUnlearn.Torch.Scalars;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Finetuning;

/// <summary>Steps of LoRA fine-tuning against a loop written out in float64.</summary>
public class AdapterFinetuningTests
{
    [Fact]
    public void StepsAreThoseOfALoopWrittenOut()
    {
        using DisposeScope scope = NewDisposeScope();
        LabelledSequence[] rows = [.. TinyTask.Forget.Select(row => row.Sequence)];
        using Decoder decoder = new TinyModel().Build(ScalarType.Float32);
        using AdapterSet adapters = new(decoder, decoder.Maps, 2, 4);
        new AdapterInitialisation(InitialisationKind.Lora, 5).Apply(adapters, null);
        Tensor before = adapters.Parameters.clone();

        // The same values in float64, each factor a leaf of its own, on a model of its own.
        using Decoder plain = new TinyModel().Build();
        PlainPair[] pairs = [.. adapters.Pairs.Select((pair, index) => new PlainPair(pair.A.detach().to_type(ScalarType.Float64), pair.B.detach().to_type(ScalarType.Float64), 2))];
        foreach ((PlainPair pair, LinearMap map) in pairs.Zip(plain.Maps))
        {
            map.Delta = pair;
        }

        Tensor[] leaves = [.. pairs.SelectMany(pair => new[] { pair.A.requires_grad_(true), pair.B.requires_grad_(true) })];
        TrainingOptions options = new() { Steps = 5, BatchSize = 0, LearningRate = 1e-2, WarmUp = 0, Schedule = ScheduleKind.Constant };
        using UnlearningTrainer trainer = new(adapters, UnlearningRecipe.Of(new NllRetainTerm(), null, new SumCombiner(), options), TinyTask.Data(TinyTask.Forget), null);
        double first = trainer.TakeStep().ForgetLoss, last = first;
        Assert.Equal(PlainModel.Loss(plain, rows).ToDouble(), first, 1e-5); // B = 0: the base
        while (!trainer.IsDone)
        {
            last = trainer.TakeStep().ForgetLoss;
        }

        PlainModel.Adam(leaves, () => [.. autograd.grad([PlainModel.Loss(plain, rows)], leaves)], 5, 1e-2);
        Tensor expected = cat(leaves.Select(leaf => leaf.detach().reshape(-1)).ToArray(), 0);
        double error = (adapters.Parameters.to_type(ScalarType.Float64) - expected).norm().ToDouble();
        Assert.True(last < first, $"from {first} to {last}");
        Assert.InRange(error / (adapters.Parameters - before).norm().ToDouble(), 0, 5e-3);
    }

    private sealed class PlainPair(Tensor a, Tensor b, double scale) : ILinearDelta
    {
        public Tensor A { get; } = a;

        public Tensor B { get; } = b;

        public Tensor AddTo(Tensor output, Tensor input) => output.Plus(input.mm(A.t()).mm(B.t()) * Held(scale));
    }
}
