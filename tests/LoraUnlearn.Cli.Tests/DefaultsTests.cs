using System.Globalization;
using System.Text.RegularExpressions;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Fisher;
using LoraUnlearn.Objectives;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Tests;

/// <summary>Defaults stand in the library alone; the help and the documents say what is there.</summary>
public sealed partial class DefaultsTests
{
    private static readonly UnlearningRequest Request = new() { Model = "", Forget = "", Output = "", Compute = null!, Measures = new BasicRunMeasures() };

    private static readonly TrainingOptions Training = new();

    // Measured on TOFU forget05 (README); METHODS §6 has 1 for the papers' λ.
    [Fact]
    public void AreTheTunedOnes() => Assert.Equal((2e-3, 1.6, null), (Training.LearningRate, Training.RetainWeight, Training.ForgetWeight));

    [Fact]
    public void HelpShowsThem()
    {
        string help = Flat(ToolRun.Of("unlearn", "--help").Out);
        (string Option, object Value)[] defaults =
        [
            ("--objective", Request.Objective),
            ("--init", Lower(Request.Initialisation)),
            ("--rank", Request.Rank),
            ("--alpha", Request.Alpha),
            ("--epochs", Training.Epochs),
            ("--batch-size", Training.BatchSize),
            ("--accumulate", Training.Accumulate),
            ("--learning-rate", Training.LearningRate),
            ("--schedule", Lower(Training.Schedule)),
            ("--warmup", Training.WarmUp),
            ("--gradient-clip", Training.GradientClip),
            ("--weight-decay", Training.WeightDecay),
            ("--combiner", Request.Combiner),
            ("--retain-weight", Training.RetainWeight),
            ("--fisher-rows", Request.FisherRows),
            ("--fisher-epsilon", new FisherOptions().Epsilon),
            ("--checkpoint-every", Request.CheckpointEvery),
            ("--eval-rows", Request.EvaluationRows),
            ("--seed", Request.Seed),
        ];
        Assert.All(defaults, pair => Assert.Matches($@" {pair.Option} (?:(?! --).)*\(default {Regex.Escape(Text(pair.Value))}\)", help));
        Assert.Contains($"Weight of the forget objective; unless given 1, or {Text(ObjectiveCatalog.Forget("simnpo").StandardWeight)} for simnpo.", help, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadmeSaysThem()
    {
        string expected =
            $"Unless told otherwise: objective {Request.Objective}, init {Lower(Request.Initialisation)}, rank {Request.Rank}, alpha {Text(Request.Alpha)}, " +
            $"{Text(Training.Epochs)} epochs of {Training.BatchSize} rows of each set a step, learning rate {Text(Training.LearningRate)} " +
            $"({Lower(Training.Schedule)}, warm-up {Text(Training.WarmUp)}), retain weight {Text(Training.RetainWeight)}, " +
            $"forget weight {Text(ObjectiveCatalog.Forget(Request.Objective).StandardWeight)} (simnpo: {Text(ObjectiveCatalog.Forget("simnpo").StandardWeight)}).";
        Assert.Contains(expected, Flat(File.ReadAllText(Path.Combine(Repository.Root, "README.md"))), StringComparison.Ordinal);
    }

    [Fact]
    public void TheComparisonOfPresetsUsesThem()
    {
        string document = Flat(File.ReadAllText(Path.Combine(Repository.Root, "docs", "presets.md")));
        Assert.Contains(
            $"steps of {Training.BatchSize} rows of each set, learning rate {Text(Training.LearningRate)}, {Lower(Training.Schedule)} after a warm-up of {Text(Training.WarmUp)} (ngdiff: gen), no weight decay, rank {Request.Rank}",
            document,
            StringComparison.Ordinal);
    }

    private static string Lower<TEnum>(TEnum value)
        where TEnum : struct, Enum => value.ToString().ToLowerInvariant();

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static string Flat(string text) => Spaces().Replace(text, " ");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
