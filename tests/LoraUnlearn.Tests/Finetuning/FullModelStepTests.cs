using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Sessions;
using LoraUnlearn.Tests.Adapters;
using LoraUnlearn.Training;
using TorchSharp;
using static LoraUnlearn.Torch.Scalars;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Finetuning;

/// <summary>Gradients and steps of full fine-tuning against finite differences and a loop written out in float64.</summary>
public class FullModelStepTests
{
    private const double Step = 1e-5;

    public static TheoryData<string> Families => FixtureModel.Families;

    private static readonly IReadOnlyList<LabelledSequence> Rows =
    [
        LabelledSequence.ScoredFrom([1, 5, 9, 13, 2], 1),
        LabelledSequence.ScoredFrom([1, 7, 3, 2], 2),
        LabelledSequence.ScoredFrom([4, 8, 15, 16, 23, 6, 2], 3),
    ];

    private static IReadOnlyList<Example> Examples { get; } = [.. Rows.Select((row, index) => new Example(index, row, null, new DataRow(DataRowKind.Tokens, index + 1), null))];

    private static TrainingOptions Options { get; } = new() { Steps = 4, BatchSize = 0, LearningRate = 1e-2, WarmUp = 0, Schedule = ScheduleKind.Constant };

    [Theory]
    [MemberData(nameof(Families))]
    public void TheGradientByEveryTensorIsTheLossesSlope(string family)
    {
        using DisposeScope scope = NewDisposeScope();
        using ModelFolder folder = ModelFolder.Open(FixtureModel.FolderOf(family));
        using ModelParameters model = ModelParameters.Load(folder, CPU);
        using PlainModel plain = new(folder);
        FullModelStep step = new(model, checkpoint: family.Length % 2 == 0) { Scale = 2 }; // both ways of keeping activations
        double loss = step.Accumulate([new LossPart(new NllRetainTerm(), 0.5, DataSide.Forget, Examples)])[0].ToDouble();
        Assert.NotEmpty(model.Names);
        foreach (string name in model.Names)
        {
            Tensor direction = randn(plain[name].shape, ScalarType.Float64, generator: new Generator(7));
            double slope = (plain.Loss(Rows, name, direction * Held(Step)) - plain.Loss(Rows, name, direction * Held(-Step))) / (2 * Step);
            Tensor gradient = model.Gradient.narrow(0, model.StartOf(name)!.Value, direction.numel()).to_type(ScalarType.Float64);
            Assert.Equal(slope, gradient.dot(direction.reshape(-1)).ToDouble(), 2e-4 * Math.Max(1, Math.Abs(slope)));
        }

        string any = model.Names.First();
        Assert.Equal(plain.Loss(Rows, any, zeros_like(plain[any])), loss, 1e-4);
    }

    [Theory]
    [InlineData("llama-gqa")]
    [InlineData("gpt-neo")]
    public void StepsAreThoseOfALoopWrittenOut(string family)
    {
        using DisposeScope scope = NewDisposeScope();
        using ModelFolder folder = ModelFolder.Open(FixtureModel.FolderOf(family));
        using ModelParameters model = ModelParameters.Load(folder, CPU);
        using PlainModel plain = new(folder);
        Dictionary<string, Tensor> before = model.Names.ToDictionary(name => name, name => plain[name].clone());
        UnlearningRecipe recipe = UnlearningRecipe.Of(new NllRetainTerm(), null, new SumCombiner(), Options);
        using UnlearningTrainer trainer = UnlearningTrainer.OfModel(model, recipe, new EncodedData("rows.jsonl", Examples, 0));
        double first = trainer.TakeStep().ForgetLoss, last = first;
        while (!trainer.IsDone)
        {
            last = trainer.TakeStep().ForgetLoss;
        }

        plain.Train(Rows, Options.Steps!.Value, Options.LearningRate);
        double error = 0, change = 0;
        foreach (string name in model.Names)
        {
            Tensor value = model.Parameters.narrow(0, model.StartOf(name)!.Value, plain[name].numel()).to_type(ScalarType.Float64).view(plain[name].shape);
            error += (value - plain[name]).Squared().sum().ToDouble();
            change += (plain[name] - before[name]).Squared().sum().ToDouble();
        }

        Assert.True(last < first, $"from {first} to {last}");
        Assert.True(change > 1e-3);
        Assert.InRange(Math.Sqrt(error / change), 0, 5e-3);
    }
}
