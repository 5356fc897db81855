using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Work;

/// <summary>The basic suite on both sets, without and with an adapter, under a progress bar.</summary>
internal static class SuiteWork
{
    /// <summary>Measures.</summary>
    /// <param name="invocation">The run.</param>
    /// <param name="session">The model.</param>
    /// <param name="adapter">The adapter on it; null: the model alone is measured.</param>
    /// <param name="options">Settings.</param>
    /// <param name="forget">The forget set, or null.</param>
    /// <param name="retain">The retain set, or null.</param>
    public static BasicReport Run(
        Invocation invocation, ModelSession session, FixedAdapter? adapter, BasicSuiteOptions options, EncodedData? forget, EncodedData? retain)
    {
        BasicSuite suite = new(session, options);
        return new BasicReport(
            forget is null ? null : Compare(invocation, session, suite, adapter, forget, "forget"),
            retain is null ? null : Compare(invocation, session, suite, adapter, retain, "retain"));
    }

    /// <summary>A table of the measures of both sets.</summary>
    public static TextTable Table(BasicReport report)
    {
        TextTable table = new("", "forget before", "forget after", "retain before", "retain after");
        void Add(string name, Func<BasicMeasures, double?> measure)
        {
            string Cell(BasicMeasures? measures) => Figures.Three(measures is null ? null : measure(measures));
            table.Add(name, Cell(report.Forget?.Before), Cell(report.Forget?.After), Cell(report.Retain?.Before), Cell(report.Retain?.After));
        }

        Add("probability", measures => measures.Probability);
        Add("perplexity", measures => measures.Perplexity);
        Add("accuracy", measures => measures.Accuracy);
        Add("exact match", measures => measures.ExactMatch);
        Add("extraction strength", measures => measures.ExtractionStrength);
        Add("ROUGE-L recall", measures => measures.RougeL);
        return table;
    }

    private static BasicComparison Compare(Invocation invocation, ModelSession session, BasicSuite suite, FixedAdapter? adapter, EncodedData data, string set)
    {
        BasicMeasures before;
        using (adapter?.SwitchOff())
        {
            before = Measure(invocation, session, suite, data, adapter is null ? set : $"{set}, before");
        }

        return new BasicComparison(before, adapter is null ? null : Measure(invocation, session, suite, data, $"{set}, after"));
    }

    private static BasicMeasures Measure(Invocation invocation, ModelSession session, BasicSuite suite, EncodedData data, string title)
    {
        using StageDisplay display = new(invocation, title);
        BasicMeasures measures = suite.Measure(data.Examples, display, invocation.Cancellation);
        NotFinite.Require(measures.Probability, $"the probability of the rows of {data.Path}", session);
        return measures;
    }
}
