using LoraUnlearn.Adapters;
using LoraUnlearn.Auditing;
using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Models;
using TorchSharp;
using static LoraUnlearn.Torch.Scalars;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Auditing;

/// <summary>Each attack where what must come out is known.</summary>
public sealed class AttackTests : IDisposable
{
    private readonly DemoAudit _demo = new();

    public void Dispose() => _demo.Dispose();

    [Fact]
    public void ScaledByNothingItIsTheBaseAndByOneTheAdapter()
    {
        AttackResult result = new ScalingAttack().Run(_demo.Case);
        AuditCurve curve = result.Curves[0];
        double at(double weight) => curve.Y[curve.X.ToList().IndexOf(weight)];
        Assert.Equal(_demo.Probability(), at(0));
        Assert.Equal(_demo.Probability(_demo.Adapter), at(1));
        Assert.Equal(_demo.Probability(_demo.Adapter, 1.75), at(1.75));
        Assert.Equal(2, curve.X[^1]);
        Assert.Equal(at(0.5), result.Value);
        Assert.All(_demo.Session.Decoder.Maps, map => Assert.Null(map.Delta));
    }

    [Fact]
    public void ALayerSwitchedOffIsOneWhoseChangeIsNothing()
    {
        AttackResult result = new LayersAttack().Run(_demo.Case);
        Assert.Equal(_demo.Session.Decoder.Blocks.Count, result.Curves[0].X.Count);
        using AdapterFactors without = new(
            [.. _demo.Adapter.Modules.Select(module => module with { A = module.A.clone(), B = module.Module.Contains("layers.1.", StringComparison.Ordinal) ? zeros_like(module.B) : module.B.clone() })], "test");
        Assert.Equal(_demo.Probability(without), result.Curves[0].Y[1], 1e-6);
        Assert.Equal(result.Curves[0].Most, result.Value);
    }

    [Fact]
    public void TheLensAtTheLastLayerIsTheModelsOutput()
    {
        AttackResult result = new LogitLensAttack().Run(_demo.Case);
        Assert.Equal(_demo.Session.Decoder.Blocks.Count + 1, result.Curves[0].X.Count);
        Assert.Equal(_demo.Probability(_demo.Adapter), result.Curves[0].Y[^1], 1e-6);
        Assert.Equal(_demo.Probability(), result.Curves[1].Y[^1], 1e-6);
        Assert.True(result.Curves[1].Y[0] < 0.2, "the embedding alone knows no answer");
    }

    [Fact]
    public void ABaseInFewBitsIsAuditedToo()
    {
        using DemoAudit demo = new(precision: LoraUnlearn.Torch.BasePrecision.FourBit);
        AttackResult result = new QuantisationAttack().Run(demo.Case);
        AuditCurve merged = result.Curves.Single(curve => curve.Name == "forget, merged, int8 and INT4");
        Assert.Equal(demo.Probability(demo.Adapter), merged.Y[0], 1e-3); // merged and kept in float32
    }

    [Fact]
    public void TheReferenceIsAskedOnce()
    {
        using DemoAudit demo = new(withReference: true);
        Assert.Equal(demo.Probability(), demo.Case.ReferenceProbability!.Value, 1e-9);
        Assert.Equal(demo.Case.ReferenceProbability, new ScalingAttack().Run(demo.Case).Baseline);
        Assert.Null(_demo.Case.ReferenceProbability);
    }

    [Fact]
    public void MergedAsStoredItIsTheMergedModelAndInFewBitsAnother()
    {
        AttackResult result = new QuantisationAttack().Run(_demo.Case);
        double unlearned = _demo.Probability(_demo.Adapter);
        AuditCurve merged = result.Curves.Single(curve => curve.Name == "forget, merged, int8 and INT4");
        Assert.Equal([16.0, 8, 4], merged.X);
        Assert.Equal(unlearned, merged.Y[0], 0.01); // rounded to float16
        Assert.Equal(unlearned, merged.Y[1], 0.05);
        Assert.NotEqual(merged.Y[1], merged.Y[2]);

        // By hand: every merged weight rounded to eight bits, as a change of the base.
        List<ModuleFactors> changes = [];
        foreach (LinearMap map in _demo.Session.Decoder.Maps)
        {
            using DisposeScope scope = NewDisposeScope();
            ModuleFactors? module = _demo.Adapter.Modules.SingleOrDefault(module => module.Module == map.Name);
            Tensor weight = module is null ? map.Weight : map.Weight.Plus(module.B.mm(module.A) * Held(module.Scale));
            weight = weight.to_type(ScalarType.Float16).to_type(ScalarType.Float32);
            Tensor largest = weight.abs().amax([1], keepdim: true) / Held(127.0);
            Tensor change = ((weight / largest).round() * largest) - map.Weight; // [o,i]
            changes.Add(new ModuleFactors(map.Name, eye(map.InputWidth).MoveToOuterDisposeScope(), change.MoveToOuterDisposeScope(), 1));
        }

        using AdapterFactors byHand = new(changes, "by hand");
        Assert.Equal(_demo.Probability(byHand), merged.Y[1], 1e-4);
        Assert.All(_demo.Session.Decoder.Maps, map => Assert.Null(map.Delta));
    }

    [Fact]
    public void TheBestOfMoreSamplesIsNeverWorseAndTheSeedDecides()
    {
        AttackResult first = new SamplingAttack().Run(_demo.Case);
        Assert.Equal(3, first.Curves[0].Y.Count);
        Assert.Equal(first.Curves[0].Y.Order(), first.Curves[0].Y);
        Assert.Equal(first.Curves[0].Y, new SamplingAttack().Run(_demo.Case).Curves[0].Y);
        using DemoAudit other = new(new AuditOptions { Samples = 3, Seed = 43 });
        Assert.NotEqual(first.Curves[0].Y, new SamplingAttack().Run(other.Case).Curves[0].Y);
        Assert.NotEmpty(first.Examples);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void BeforeTheFirstStepOfRelearningItIsTheUnlearnedModel(int steps)
    {
        using DemoAudit demo = new(new AuditOptions { RelearningSteps = steps, RelearningRate = 5e-3 });
        (Example[] taught, Example[] measured) = RelearningAttack.Halves(demo.Case);
        Assert.Equal(demo.Forget.Select(row => row.Index), taught.Concat(measured).Select(row => row.Index).Order());
        AttackResult result = new RelearningAttack().Run(demo.Case);
        double unlearned;
        using (demo.Unlearned.Put())
        {
            unlearned = Likelihood.Score(demo.Session.Decoder, [.. measured.Select(row => row.Sequence)]).Average(score => score.Probability);
        }

        Assert.Equal(0, result.Curves[0].X[0]);
        Assert.Equal(steps, result.Curves[0].X[^1]);
        Assert.Equal(unlearned, result.Curves[0].Y[0], 1e-6);
        Assert.Equal(steps > 0, result.Curves[0].Y[^1] != result.Curves[0].Y[0]);
        Assert.All(demo.Session.Decoder.Maps, map => Assert.True(map.Delta is null && map.Carried is null));
    }

    [Theory]
    [InlineData("one two  three", 1, 3)]
    [InlineData("one two  three", 2, 7)]
    [InlineData("one two  three", 3, 14)]
    [InlineData("one two  three", 9, 14)]
    [InlineData("  one", 1, 5)]
    public void WordsEndWhereTheyEnd(string text, int words, int end) => Assert.Equal(end, PrimingAttack.EndOfWord(text, words));

    [Fact]
    public void GivenWordsAreNotScored()
    {
        Example row = _demo.Forget[0]; // "Alba Alderholm was born in Saint Harlow."
        Assert.Same(row, PrimingAttack.Primed(_demo.Case, row, 0));
        Example primed = PrimingAttack.Primed(_demo.Case, row, 5)!;
        Assert.Equal("Saint Harlow.", primed.Row.Completion);
        Assert.Equal(row.Sequence.InputIds, primed.Sequence.InputIds);
        Assert.Equal("Alba Alderholm was born in", _demo.Session.Tokenizer!.Decode(row.Sequence.InputIds[row.PromptLength!.Value..primed.PromptLength!.Value]).Trim());
        Assert.Equal(row.Sequence.Length - primed.PromptLength!.Value, primed.Sequence.LabelledCount);
        Assert.Null(PrimingAttack.Primed(_demo.Case, row, 7));
        AttackResult result = new PrimingAttack().Run(_demo.Case);
        Assert.Equal(_demo.Probability(_demo.Adapter), result.Curves[0].Y[0], 1e-6);
    }

    [Fact]
    public void TheBaseChoosesTheTruthAmongNonsense()
    {
        AttackResult result = new ChoiceAttack().Run(_demo.Case);
        Assert.Equal(1, result.Curves.Single(curve => curve.Name == "base").Y[0]);
        Assert.Contains("0.333 by chance", result.CameBack, StringComparison.Ordinal);
    }

    [Fact]
    public void ParaphrasesComeFromTheRowsOrTheFile()
    {
        AttackResult own = new ParaphraseAttack().Run(_demo.Case);
        Assert.Equal(_demo.Probability(_demo.Adapter), own.Curves[0].Y[0], 1e-6);
        Assert.NotEqual(own.Curves[0].Y[0], own.Curves[0].Y[1]);
        AuditCase same = new(_demo.Session, _demo.Unlearned, null, _demo.Forget, null, new Sessions.EncodingOptions(), new AuditOptions()) { Paraphrased = _demo.Forget };
        AttackResult file = new ParaphraseAttack().Run(same);
        Assert.Equal(file.Curves[0].Y[0], file.Curves[0].Y[1]);
    }

    [Fact]
    public void AClozeHasNoQuestion()
    {
        AttackResult result = new ClozeAttack().Run(_demo.Case);
        Assert.InRange(result.Value, 0, 1);
        Assert.Equal(result.Curves[0].Y[1], result.Value);
        Assert.DoesNotContain(result.Examples, example => example.Truth.Contains('?', StringComparison.Ordinal));
    }
}
