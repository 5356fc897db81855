using LoraUnlearn.Cli.Configuration;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Settings;
using YamlDotNet.Serialization;

namespace LoraUnlearn.Cli.Tests;

/// <summary>A preset leaves nothing of its method to the program's defaults.</summary>
public sealed class PresetTests
{
    public static TheoryData<string> PresetNames => [.. Presets.Names];

    [Theory]
    [MemberData(nameof(PresetNames))]
    public void SetsEveryPartOfItsMethod(string preset)
    {
        Dictionary<string, string> settings = Read(preset);
        Method<Objective> objective = ObjectiveCatalog.ForgetObjectives.Named("objective", settings["objective"]);
        ForgetRetainCombiner combiner = Combiners.Create(settings["combiner"]);

        Assert.All(["retain-loss", "learning-rate", "schedule", "init"], option => Assert.Contains(option, settings.Keys));
        Assert.Equal(combiner.UsesWeights, settings.ContainsKey("forget-weight"));
        Assert.Equal(combiner.UsesWeights && settings["retain-loss"] != "none", settings.ContainsKey("retain-weight"));
        Assert.All(objective.Parameters.Where(parameter => parameter.Default is not null), parameter => Assert.Contains(parameter.Name, settings.Keys));
        Assert.All(
            settings["schedule"] == "gen" ? GeneralisedNewtonRate.Parameters : [],
            parameter => Assert.Contains("schedule." + parameter.Name, settings.Keys));
    }

    // Figures of the papers' codes; METHODS §5 to §8.
    [Theory]
    [InlineData("npo", "beta=0.1 epochs=10 warmup=0.1 weight-decay=0.01 batch-size=16 accumulate=2 forget-weight=1 retain-weight=1")]
    [InlineData("simnpo", "beta=4.5 delta=0 epochs=10 forget-weight=0.125 retain-weight=1")]
    [InlineData("wga", "beta=1 epochs=5 batch-size=16 accumulate=1 weight-decay=0")]
    [InlineData("tnpo", "beta=4 epochs=5 batch-size=16 accumulate=1 weight-decay=0")]
    [InlineData("undial", "beta=10 retain-loss=none epochs=10")]
    [InlineData("ngdiff", "objective=ga combiner=ngdiff schedule=gen schedule.every=10")]
    [InlineData("loku", "objective=ihl init=fila epochs=5 retain-weight=1")]
    [InlineData("rmu", "retain-loss=hidden coefficient=2 schedule=constant batch-size=4")]
    public void HasThePapersFigures(string preset, string figures)
    {
        Dictionary<string, string> settings = Read(preset);
        Assert.All(figures.Split(' '), figure => Assert.Equal(figure.Split('=')[1], settings[figure.Split('=')[0]]));
    }

    // The options, and those under "set" by their own names.
    private static Dictionary<string, string> Read(string preset)
    {
        Dictionary<string, object> yaml = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(Presets.Text(preset));
        Dictionary<object, object> set = yaml.Remove("set", out object? inner) ? (Dictionary<object, object>)inner : [];
        return yaml.Select(pair => KeyValuePair.Create(pair.Key, (string)pair.Value))
            .Concat(set.Select(pair => KeyValuePair.Create((string)pair.Key, (string)pair.Value)))
            .ToDictionary(StringComparer.Ordinal);
    }
}
