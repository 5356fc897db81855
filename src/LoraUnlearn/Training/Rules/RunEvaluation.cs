using LoraUnlearn.Adapters;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Training.Rules;

/// <summary>Scores the first rows of both sets during a run: answer probabilities always, what the rules name with the adapter on.</summary>
internal sealed class RunEvaluation
{
    private readonly AdapterSet _adapters;
    private readonly EncodedData _forget;
    private readonly EncodedData? _retain;
    private readonly BasicSuite _suite;
    private readonly BasicSuite _withoutText;

    public RunEvaluation(ModelSession session, AdapterSet adapters, EncodedData forget, EncodedData? retain, TrainingRules rules, int rows)
    {
        (_adapters, _forget, _retain) = (adapters, forget, retain);
        BasicSuiteOptions options = new() { MaxRows = rows, Generate = RunMeasures.NeedGeneration(rules.Names) };
        _suite = new BasicSuite(session, options);
        _withoutText = new BasicSuite(session, options with { Generate = false });
    }

    /// <summary>The base model's scores.</summary>
    public QuickScores OfBase(CancellationToken cancellation)
    {
        using IDisposable off = _adapters.SwitchOff();
        return Take(_withoutText, cancellation);
    }

    /// <summary>Scores with the adapter on.</summary>
    public QuickScores OfAdapter(CancellationToken cancellation) => Take(_suite, cancellation);

    private QuickScores Take(BasicSuite suite, CancellationToken cancellation)
    {
        Dictionary<string, double> measures = new(RunMeasures.Take(suite, "forget", _forget.Examples, cancellation));
        if (_retain is not null)
        {
            foreach ((string name, double value) in RunMeasures.Take(suite, "retain", _retain.Examples, cancellation))
            {
                measures[name] = value;
            }
        }

        return new QuickScores(measures["forget.probability"], _retain is null ? null : measures["retain.probability"]) { Measures = measures };
    }
}
