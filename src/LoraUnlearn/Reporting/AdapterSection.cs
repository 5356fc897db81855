using LoraUnlearn.Adapters;

namespace LoraUnlearn.Reporting;

/// <summary>Where an adapter changes the model, and how much: layers by modules.</summary>
/// <param name="norms">Of each module.</param>
public sealed class AdapterSection(IReadOnlyList<ModuleNorm> norms) : IReportSection
{
    private const int MostLayers = 256;
    private const int MostPlaces = 32;
    private static readonly string[] WeightColumns = ["‖W‖", "‖ΔW‖ / ‖W‖"];

    /// <inheritdoc/>
    public string Title => "What the adapter changes";

    /// <inheritdoc/>
    public IReadOnlyList<Highlight> Highlights => [];

    /// <inheritdoc/>
    public void Write(HtmlPage page)
    {
        bool hasWeights = norms.Any(norm => norm.Relative is not null);
        page.Paragraph("‖ΔW‖ is the Frobenius norm of the change of a linear map; beside it, where the model was at hand, the same as a share of the map's own norm ‖W‖.");
        if (!hasWeights)
        {
            page.Note("The model was not given, or its weights are quantised, so the shares of ‖W‖ are not measured; report --model DIR adds them.");
        }

        int[] layers = [.. norms.Where(norm => norm.Layer is not null).Select(norm => norm.Layer!.Value).Distinct().Order()];
        string[] places = [.. norms.Where(norm => norm.Layer is not null).Select(norm => norm.Place).Distinct()];
        if (layers.Length is 0 or > MostLayers || places.Length > MostPlaces)
        {
            page.Note($"The adapter has {layers.Length} layers and {places.Length} modules in them; a map of them is drawn for 1 to {MostLayers} layers of at most {MostPlaces} modules.");
        }
        else
        {
            string[] names = Shortest(places);
            Map(page, "Change of each map, ‖ΔW‖", layers, places, names, norm => norm.Change);
            if (hasWeights)
            {
                Map(page, "Change of each map, ‖ΔW‖ / ‖W‖", layers, places, names, norm => norm.Relative);
            }
        }

        page.Details("The same as a table", () => page.Table(
            ["module", "‖ΔW‖", .. hasWeights ? WeightColumns : []],
            norms.Take(MostLayers * MostPlaces).Select(norm => new[] { JsonReading.Short(norm.Module, 120), ReportNumber.Four(norm.Change) }.Concat(hasWeights ? [ReportNumber.Four(norm.Weight), ReportNumber.Four(norm.Relative)] : []).ToArray())));
    }

    private void Map(HtmlPage page, string title, int[] layers, string[] places, string[] names, Func<ModuleNorm, double?> value)
    {
        double[,] values = new double[layers.Length, places.Length];
        for (int layer = 0; layer < layers.Length; layer++)
        {
            for (int place = 0; place < places.Length; place++)
            {
                values[layer, place] = double.NaN;
            }
        }

        foreach (ModuleNorm norm in norms.Where(norm => norm.Layer is not null))
        {
            values[Array.IndexOf(layers, norm.Layer!.Value), Array.IndexOf(places, norm.Place)] = value(norm) ?? double.NaN;
        }

        ModuleNorm? largest = norms.Where(norm => norm.Layer is not null && value(norm) is not null).MaxBy(norm => value(norm));
        page.Figure(
            Chart.HeatMap(title, "module", names, "layer", [.. layers.Select(layer => $"{layer}")], values, ValueScale.Linear, rising: true),
            $"{title}, {layers.Length} layers by {places.Length} modules.{(largest is null ? "" : $" The largest is {ReportNumber.Four(value(largest))}, in layer {largest.Layer}, {largest.Place}.")}",
            layers.Length * places.Length > norms.Count ? "Empty: not changed by the adapter." : "");
    }

    // The last part of a name, or the last two where that says more than one.
    private static string[] Shortest(string[] places)
    {
        string[] last = [.. places.Select(place => place[(place.LastIndexOf('.') + 1)..])];
        return [.. places.Select((place, index) => last.Count(name => name == last[index]) == 1 ? last[index] : place)];
    }
}
