using LoraUnlearn.Adapters;
using LoraUnlearn.Models;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Training.Rules;

/// <summary>
/// What a run measures of its model before, during and after the training, by name: <c>forget.probability</c>, with a retain set
/// <c>retain.probability</c>, and whatever else rules may name.
/// </summary>
public interface IRunMeasures
{
    /// <summary>The measures that rules may name.</summary>
    /// <param name="hasRetainSet">Whether there is a retain set.</param>
    IReadOnlyList<string> Names(bool hasRetainSet);

    /// <summary>Refuses measures that cannot be taken on these rows.</summary>
    /// <param name="names">The measures that the rules name.</param>
    /// <param name="rows">The model's way of encoding rows.</param>
    /// <param name="forget">The forget set.</param>
    /// <param name="retain">The retain set, or null.</param>
    /// <exception cref="InputException">A measure cannot be taken.</exception>
    void Check(IEnumerable<string> names, RowEncoding rows, EncodedData forget, EncodedData? retain);

    /// <summary>Measures the model as it is: adapters on it take part unless switched off.</summary>
    /// <param name="names">The measures that are needed beyond the answer probabilities.</param>
    /// <param name="session">The model.</param>
    /// <param name="forget">The rows to forget.</param>
    /// <param name="retain">The rows to keep, or null.</param>
    /// <param name="rows">Rows of each set, from the first.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>Values by name; a measure that these rows do not have is left out.</returns>
    IReadOnlyDictionary<string, double> Take(IReadOnlyList<string> names, ModelSession session, EncodedData forget, EncodedData? retain, int rows, CancellationToken cancellation);
}

/// <summary>Measures the first rows of both sets: without the adapter the answer probabilities, with it what the rules name too.</summary>
internal sealed class RunEvaluation(ModelSession session, AdapterSet adapters, EncodedData forget, EncodedData? retain, TrainingRules rules, UnlearningRequest request)
{
    public QuickScores MeasureBase(CancellationToken cancellation)
    {
        using IDisposable off = adapters.SwitchOff();
        return Measure([], cancellation);
    }

    /// <summary>With the adapter on, whose factors are put together once for all rows.</summary>
    public QuickScores MeasureAdapter(CancellationToken cancellation)
    {
        using IDisposable still = adapters.HoldStill();
        return Measure(rules.Names, cancellation);
    }

    /// <summary>Scores with an adapter in place of the one that is trained, which is put back afterwards.</summary>
    public QuickScores MeasureInstead(AdapterFactors factors, CancellationToken cancellation)
    {
        SetDeltas(_ => null);
        try
        {
            using FixedAdapter instead = new(session.Decoder, [new WeightedAdapter(factors)]);
            return Measure([], cancellation);
        }
        finally
        {
            SetDeltas(pair => pair);
        }
    }

    private void SetDeltas(Func<LowRankPair, ILinearDelta?> delta)
    {
        foreach (LowRankPair pair in adapters.Pairs)
        {
            pair.Map.Delta = delta(pair);
        }
    }

    private QuickScores Measure(IReadOnlyList<string> names, CancellationToken cancellation)
    {
        IReadOnlyDictionary<string, double> measures = request.Measures.Take(names, session, forget, retain, request.EvaluationRows, cancellation);
        return new QuickScores(measures["forget.probability"], retain is null ? null : measures["retain.probability"]) { Measures = measures };
    }
}
