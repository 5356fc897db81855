using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Evaluation;

namespace LoraUnlearn.Cli.Work;

/// <summary>The progress of an evaluation: a bar for each of its stages.</summary>
/// <param name="invocation">The run.</param>
/// <param name="title">What is measured.</param>
internal sealed class StageDisplay(Invocation invocation, string title) : IProgress<EvaluationProgress>, IDisposable
{
    private ProgressDisplay? _display;
    private string _stage = "";

    /// <inheritdoc/>
    public void Report(EvaluationProgress value)
    {
        if (value.Stage != _stage || _display is null)
        {
            _display?.Dispose();
            _display = invocation.Reporter.Progress($"{title}: {value.Stage}", value.Total);
            _stage = value.Stage;
        }

        _display.Report(value.Done);
    }

    /// <inheritdoc/>
    public void Dispose() => _display?.Dispose();
}
