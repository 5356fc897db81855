using LoraUnlearn.Adapters;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Training.Rules;

/// <summary>Measures the first rows of both sets: without the adapter the answer probabilities, with it what the rules name too.</summary>
internal sealed class RunEvaluation(ModelSession session, AdapterSet adapters, EncodedData forget, EncodedData? retain, TrainingRules rules, UnlearningRequest request)
{
    /// <summary>The base model's scores.</summary>
    public QuickScores MeasureBase(CancellationToken cancellation)
    {
        using IDisposable off = adapters.SwitchOff();
        return Measure([], cancellation);
    }

    /// <summary>Scores with the adapter on.</summary>
    public QuickScores MeasureAdapter(CancellationToken cancellation) => Measure(rules.Names, cancellation);

    private QuickScores Measure(IReadOnlyList<string> names, CancellationToken cancellation)
    {
        IReadOnlyDictionary<string, double> measures = request.Measures.Take(names, session, forget, retain, request.EvaluationRows, cancellation);
        return new QuickScores(measures["forget.probability"], retain is null ? null : measures["retain.probability"]) { Measures = measures };
    }
}
