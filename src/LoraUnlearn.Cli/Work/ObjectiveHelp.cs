using System.Globalization;
using System.Text;
using LoraUnlearn.Objectives;
using LoraUnlearn.Optimization;
using LoraUnlearn.Settings;

namespace LoraUnlearn.Cli.Work;

/// <summary>The text of <c>--help objectives</c>: every method with its formula, parameters, source and use.</summary>
internal static class ObjectiveHelp
{
    /// <summary>The topic's name.</summary>
    public const string Topic = "objectives";

    /// <summary>The text, from the catalogues.</summary>
    public static string Text()
    {
        StringBuilder text = new();
        text.AppendLine("NLL: negative log-likelihood; p_y: probability of the label; z: logits; ref: the model with the adapter off; sg: constant for the");
        text.AppendLine("gradient. Means are over scored tokens unless the formula says otherwise. The loss is --forget-weight·L_f + --retain-weight·L_r.");
        Write(text, "Forget objectives L_f (--objective)", "", ObjectiveCatalog.ForgetObjectives);
        Write(text, "Retain terms L_r (--retain-loss)", "retain.", ObjectiveCatalog.RetainTerms);
        Write(text, "Combiners of their gradients (--combiner)", "combiner.", Combiners.All);
        text.AppendLine().AppendLine("Learning rate that fits the retain loss along each step (--schedule gen; GeN, Bu and Xu 2024, arXiv 2407.02772)");
        Write(text, "schedule.", GeneralisedNewtonRate.Parameters);
        return text.ToString().TrimEnd();
    }

    private static void Write<T>(StringBuilder text, string heading, string prefix, IReadOnlyList<Method<T>> methods)
    {
        text.AppendLine().AppendLine(heading);
        foreach (Method<T> method in methods)
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"  {method.Name}: {method.Formula}");
            text.AppendLine(CultureInfo.InvariantCulture, $"      {method.Use}{(method.Source.Length > 0 ? $" [{method.Source}]" : "")}");
            Write(text, prefix, method.Parameters);
        }
    }

    private static void Write(StringBuilder text, string prefix, IReadOnlyList<Parameter> parameters)
    {
        foreach (Parameter parameter in parameters)
        {
            string standard = parameter.Default is double value ? string.Create(CultureInfo.InvariantCulture, $", default {value}") : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"      --set {prefix}{parameter.Name}=…  {parameter.Meaning} ({parameter.Range}{standard})");
        }
    }
}
