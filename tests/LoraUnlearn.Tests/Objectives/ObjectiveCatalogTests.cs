using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Settings;

namespace LoraUnlearn.Tests.Objectives;

public class ObjectiveCatalogTests
{
    private static readonly string[] Forget =
        ["adversarial", "ceu", "dpo", "flat-kl", "ga", "ihl", "npo", "po", "random-label", "rmu", "satimp", "simnpo", "tnpo", "undial", "wga", "wtnpo"];

    [Fact]
    public void EveryMethodOfTheListsIsThere()
    {
        Assert.Equal(Forget, ObjectiveCatalog.ForgetNames.Order(StringComparer.Ordinal));
        Assert.Equal(["none", "nll", "kl", "hidden"], ObjectiveCatalog.RetainNames);
        Assert.Equal(["sum", "ngdiff", "pcgrad", "primal-dual"], Combiners.Names);
    }

    [Fact]
    public void EntriesMakeWhatTheyName()
    {
        Assert.All(ObjectiveCatalog.ForgetObjectives, entry => Assert.Equal(entry.Name, entry.With().Name));
        Assert.All(ObjectiveCatalog.RetainTerms.Skip(1), entry => Assert.Equal(entry.Name, entry.With()!.Name));
        Assert.All(Combiners.All, entry => Assert.Equal(entry.Name, entry.With().Name));
        Assert.Null(ObjectiveCatalog.Retain("none"));
    }

    // METHODS §5, the column of defaults.
    [Theory]
    [InlineData("npo", "beta", 0.1)]
    [InlineData("simnpo", "beta", 4.5)]
    [InlineData("simnpo", "delta", 0)]
    [InlineData("dpo", "beta", 0.1)]
    [InlineData("wga", "beta", 1)]
    [InlineData("tnpo", "beta", 4)]
    [InlineData("wtnpo", "beta", 4)]
    [InlineData("wtnpo", "alpha", 1.5)]
    [InlineData("satimp", "beta1", 5)]
    [InlineData("satimp", "beta2", 1)]
    [InlineData("rmu", "coefficient", 2)]
    [InlineData("undial", "beta", 10)]
    public void DefaultsAreThoseOfThePapers(string objective, string parameter, double expected) =>
        Assert.Equal(expected, ObjectiveCatalog.ForgetObjectives.Named("objective", objective).Values(null)[parameter]);

    [Fact]
    public void SettingsReachTheObjective()
    {
        MisdirectionObjective objective = (MisdirectionObjective)ObjectiveCatalog.Forget("rmu", new Dictionary<string, string> { ["layer"] = "3", ["coefficient"] = "6.5" });
        Assert.Equal(3, objective.RequestedLayer);
    }

    [Theory]
    [InlineData("npoo", "Did you mean 'npo'?")]
    [InlineData("simpo", "Did you mean 'simnpo'?")]
    [InlineData("nothing-like-it", "known: ihl, ga")]
    public void UnknownObjectivesAreRefusedWithTheNearestName(string name, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => ObjectiveCatalog.Forget(name)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("npo", "betta", "1", "Did you mean 'beta'?")]
    [InlineData("ga", "beta", "1", "ga has no parameters")]
    [InlineData("npo", "beta", "0", "expected a number above 0")]
    [InlineData("npo", "beta", "-1", "expected a number above 0")]
    [InlineData("npo", "beta", "soft", "beta is 'soft'")]
    [InlineData("npo", "beta", "NaN", "expected a number above 0")]
    [InlineData("satimp", "beta2", "-0.5", "expected a number from 0")]
    [InlineData("rmu", "layer", "1.5", "expected a whole number")]
    [InlineData("rmu", "layer", "0", "from 1")]
    public void WrongParametersAreRefused(string objective, string name, string value, string expected)
    {
        InputException error = Assert.Throws<InputException>(() => ObjectiveCatalog.Forget(objective, new Dictionary<string, string> { [name] = value }));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
