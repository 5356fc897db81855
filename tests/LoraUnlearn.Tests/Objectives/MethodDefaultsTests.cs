using System.Reflection;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Settings;

namespace LoraUnlearn.Tests.Objectives;

/// <summary>A method made by its constructor is the one made by its name.</summary>
public class MethodDefaultsTests
{
    [Fact]
    public void ConstructorsHaveTheCataloguesDefaults()
    {
        List<string> compared = [];
        Compare(ObjectiveCatalog.ForgetObjectives, compared);
        Compare(ObjectiveCatalog.RetainTerms, compared);
        Compare(Combiners.All, compared);
        Assert.Superset(
            new HashSet<string> { "npo.beta", "simnpo.beta", "simnpo.delta", "dpo.beta", "wga.beta", "tnpo.beta", "wtnpo.beta", "wtnpo.alpha", "undial.beta", "rmu.coefficient", "primal-dual.epsilon" },
            compared.ToHashSet());
    }

    [Fact]
    public void SimNpoHasItsOwnWeight() => Assert.All(
        ObjectiveCatalog.ForgetNames, name => Assert.Equal(name == "simnpo" ? 0.125 : 1, ObjectiveCatalog.Forget(name).StandardWeight));

    private static void Compare<T>(IReadOnlyList<Method<T>> methods, List<string> compared)
    {
        foreach (Method<T> method in methods)
        {
            if (method.With() is not { } made)
            {
                continue;
            }

            foreach (ParameterInfo argument in made.GetType().GetConstructors().SelectMany(constructor => constructor.GetParameters()))
            {
                Parameter? parameter = method.Parameters.FirstOrDefault(known => known.Name.Replace("_", "", StringComparison.Ordinal).Equals(argument.Name, StringComparison.OrdinalIgnoreCase));
                if (parameter is not null && argument.HasDefaultValue)
                {
                    Assert.Equal(parameter.Default, argument.DefaultValue is null ? null : Convert.ToDouble(argument.DefaultValue, System.Globalization.CultureInfo.InvariantCulture));
                    compared.Add($"{method.Name}.{argument.Name}");
                }
            }
        }
    }
}
