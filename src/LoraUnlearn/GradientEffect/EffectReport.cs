using System.Globalization;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Reporting;

namespace LoraUnlearn.GradientEffect;

/// <summary>Measurements as charts, tables and one page: the figures of the G-effect paper (arXiv 2502.19301).</summary>
/// <param name="title">Heading of the page.</param>
/// <param name="parameters">By which parameters.</param>
/// <param name="records">The measurements, in the order of their steps; at least one.</param>
public sealed class EffectReport(string title, string parameters, IReadOnlyList<EffectMeasurement> records)
{
    /// <summary>Name of the page's file.</summary>
    public const string PageFile = "geffect.html";

    /// <summary>The charts by name, for example <c>npo-retaining-by-layer</c>.</summary>
    public IReadOnlyDictionary<string, string> Charts()
    {
        Dictionary<string, string> charts = [];
        IReadOnlyList<string> objectives = [.. records[0].Objectives.Select(effect => effect.Objective)];
        if (records.Count > 1)
        {
            double[] steps = [.. records.Select(record => (double)(record.Step ?? 0))];
            foreach ((string name, string label, Func<EffectProducts, double> value) in Effects)
            {
                Curve[] curves = [.. objectives.Select((objective, index) => new Curve(objective, steps, [.. records.Select(record => value(record.Objectives[index].Total))]))];
                charts[$"{name}-by-step"] = Chart.Curves($"{label} along the run", "step", label, curves, ValueScale.SignedLog(curves.SelectMany(curve => curve.Y)));
            }

            charts["risks-by-step"] = Chart.Curves("Mean NLL along the run", "step", "nats a token", [new("forget", steps, [.. records.Select(record => record.ForgetRisk)]), new("retain", steps, [.. records.Select(record => record.RetainRisk)])], ValueScale.Linear);
            for (int index = 0; index < objectives.Count; index++)
            {
                AddHeatMaps(charts, objectives[index], index);
            }
        }

        if (objectives.Count > 1)
        {
            AddLayerChart(charts, objectives);
        }

        foreach (ObjectiveEffect effect in records[0].Objectives.Where(effect => effect.Instances.Count > 0))
        {
            double[] unlearning = [.. effect.Instances.Select(row => row.Unlearning)], retaining = [.. effect.Instances.Select(row => row.Retaining)];
            charts[$"{effect.Objective}-unlearning-by-row"] = Chart.Histogram($"{effect.Objective}: e_u of rows", "share of e_u", unlearning, ValueScale.SignedLog(unlearning));
            charts[$"{effect.Objective}-retaining-by-row"] = Chart.Histogram($"{effect.Objective}: e_r of rows", "share of e_r", retaining, ValueScale.SignedLog(retaining));
        }

        return charts;
    }

    /// <summary>Headings and rows of the table of objectives at one measurement.</summary>
    /// <param name="record">The measurement.</param>
    public static (IReadOnlyList<string> Headings, IReadOnlyList<IReadOnlyList<string>> Rows) Table(EffectMeasurement record) => (
        ["objective", "loss", "e_u", "e_r", "cos_u", "cos_r", "|grad L_u|"],
        [.. record.Objectives.Select(effect => new[]
        {
            effect.Objective, Number(effect.Loss), Number(effect.Total.Unlearning), Number(effect.Total.Retaining),
            effect.Total.UnlearningCosine.ToString("0.000", CultureInfo.InvariantCulture), effect.Total.RetainingCosine.ToString("0.000", CultureInfo.InvariantCulture), Number(effect.Total.ObjectiveNorm),
        })]);

    /// <summary>Writes the page with all charts and tables, atomically.</summary>
    /// <param name="path">The HTML file.</param>
    public void WritePage(string path)
    {
        HtmlPage page = new(title);
        page.Paragraph($"e_u = <grad L_u, grad R(forget)>, e_r = <grad L_u, grad R(retain)>, R the mean NLL, by the parameters: {parameters}. A small step -eta * grad L_u changes R by -eta * e: wanted are e_u far below 0 and e_r not below 0.");
        EffectMeasurement[] shown = records.Count > 1 ? [records[0], records[^1]] : [records[0]];
        foreach (EffectMeasurement record in shown)
        {
            page.Heading(record.Step is { } step ? $"After step {step}" : "At the model as it is");
            page.Paragraph($"Mean NLL: forget {Number(record.ForgetRisk)}, retain {Number(record.RetainRisk)}.");
            (IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows) = Table(record);
            page.Table(headings, rows);
        }

        page.Heading("Charts");
        foreach ((string name, string svg) in Charts())
        {
            page.Figure(svg, name);
        }

        AtomicFile.WriteAllText(path, page.ToString());
    }

    private static readonly (string Name, string Label, Func<EffectProducts, double> Value)[] Effects =
        [("unlearning", "e_u", products => products.Unlearning), ("retaining", "e_r", products => products.Retaining)];

    private void AddHeatMaps(Dictionary<string, string> charts, string objective, int index)
    {
        int[] layers = [.. records[0].Objectives[index].Layers.Select(layer => layer.Layer)];
        string[] steps = [.. records.Select(record => $"{record.Step}")], names = [.. layers.Select(layer => $"{layer}")];
        foreach ((string name, string label, Func<EffectProducts, double> value) in Effects)
        {
            double[,] values = new double[layers.Length, records.Count];
            for (int column = 0; column < records.Count; column++)
            {
                IReadOnlyList<(int Layer, EffectProducts Products)> found = records[column].Objectives[index].Layers;
                for (int row = 0; row < layers.Length; row++)
                {
                    values[row, column] = value(found[row].Products);
                }
            }

            charts[$"{objective}-{name}-by-layer"] = Chart.HeatMap($"{objective}: {label} by layer and step", "step", steps, "layer", names, values, ValueScale.SignedLog(values.Cast<double>()));
        }
    }

    // Cosines by layer at the first measurement: objectives differ by powers of ten in scale, not in this.
    private void AddLayerChart(Dictionary<string, string> charts, IReadOnlyList<string> objectives)
    {
        int[] layers = [.. records[0].Objectives.SelectMany(effect => effect.Layers).Select(layer => layer.Layer).Distinct().Order()];
        foreach ((string name, string label, Func<EffectProducts, double> cosine) in new (string, string, Func<EffectProducts, double>)[]
        {
            ("unlearning", "cosine with the forget risk", products => products.UnlearningCosine),
            ("retaining", "cosine with the retain risk", products => products.RetainingCosine),
        })
        {
            double[,] values = new double[layers.Length, objectives.Count];
            for (int column = 0; column < objectives.Count; column++)
            {
                foreach ((int layer, EffectProducts products) in records[0].Objectives[column].Layers)
                {
                    values[Array.IndexOf(layers, layer), column] = cosine(products);
                }
            }

            charts[$"{name}-cosine-by-objective"] = Chart.HeatMap($"Objectives at the start: {label}", "objective", objectives, "layer", [.. layers.Select(layer => $"{layer}")], values, ValueScale.Linear);
        }
    }

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
