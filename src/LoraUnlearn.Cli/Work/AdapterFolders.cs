using System.Globalization;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Work;

/// <summary>Adapters that the user names: DIR, or DIR:WEIGHT.</summary>
internal static class AdapterFolders
{
    /// <summary>Puts an adapter on a model, not to be trained.</summary>
    /// <param name="session">The model.</param>
    /// <param name="folder">The adapter folder; null for none.</param>
    /// <param name="reporter">Warned where the adapter was trained on the base in another precision; or null.</param>
    /// <returns>Null without an adapter.</returns>
    /// <exception cref="InputException">The adapter cannot be read, or does not fit the model.</exception>
    public static FixedAdapter? Attach(ModelSession session, string? folder, Reporter? reporter = null)
    {
        if (folder is null)
        {
            return null;
        }

        if (reporter is not null && AdapterBase.Of(folder)?.Precision is { } precision && session.Decoder.Quantisation != precision)
        {
            reporter.Warn($"{folder} was trained on the base in {precision}; give --base-precision {precision} to compute what it was trained and measured on.");
        }

        using PeftAdapter adapter = PeftAdapter.Read(folder);
        return new FixedAdapter(session.Decoder, [new WeightedAdapter(adapter.Factors)]);
    }

    /// <summary>Reads several adapters with their weights.</summary>
    /// <param name="arguments">DIR or DIR:WEIGHT, at least one.</param>
    /// <exception cref="InputException">None was given, or one cannot be read.</exception>
    public static LoadedAdapters Read(IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0)
        {
            throw new InputException("--adapter: at least one adapter folder is needed.");
        }

        List<PeftAdapter> adapters = [];
        try
        {
            List<WeightedAdapter> weighted = [];
            foreach (string argument in arguments)
            {
                (string folder, double weight) = Split(argument);
                adapters.Add(PeftAdapter.Read(folder));
                weighted.Add(new WeightedAdapter(adapters[^1].Factors, weight));
            }

            return new LoadedAdapters(adapters, weighted);
        }
        catch
        {
            adapters.ForEach(adapter => adapter.Dispose());
            throw;
        }
    }

    /// <summary>The parts of DIR:WEIGHT; the weight is 1 where there is none.</summary>
    /// <exception cref="InputException">It is no folder, and what follows the colon is no weight.</exception>
    public static (string Folder, double Weight) Split(string argument)
    {
        int colon = argument.LastIndexOf(':');
        if (Directory.Exists(argument) || colon <= 0)
        {
            return (argument, 1);
        }

        string text = argument[(colon + 1)..];
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double weight) && double.IsFinite(weight)
            ? (argument[..colon], weight)
            : throw new InputException($"--adapter: {argument} is no folder, and '{text}' is no weight; expected DIR or DIR:WEIGHT, like forgotten:0.5.");
    }
}

/// <summary>Adapters in memory, as they are combined.</summary>
/// <param name="Adapters">The adapters.</param>
/// <param name="Weighted">The same with their weights.</param>
internal sealed record LoadedAdapters(IReadOnlyList<PeftAdapter> Adapters, IReadOnlyList<WeightedAdapter> Weighted) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PeftAdapter adapter in Adapters)
        {
            adapter.Dispose();
        }
    }
}
