using System.Globalization;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Fisher;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Work;

/// <summary>Shows how an unlearning run goes: stages, a bar for the Fisher estimate, a bar with the losses for the training.</summary>
internal sealed class RunDisplay : IRunProgress, IDisposable
{
    private readonly Reporter _reporter;
    private readonly string _rows;
    private ProgressDisplay? _display;
    private string _stage = "";
    private long _tokens;
    private double _seconds;

    /// <summary>Creates the display.</summary>
    /// <param name="reporter">Where it is shown.</param>
    /// <param name="rows">What the rows are called whose loss is shown.</param>
    public RunDisplay(Reporter reporter, string rows = "forget")
    {
        _reporter = reporter;
        _rows = rows;
    }

    // Stages that report how far they are show that by a bar; the others by a line.
    /// <inheritdoc/>
    public void Stage(string stage)
    {
        Close();
        _stage = stage;
        if (stage is not ("Fisher information" or "Training"))
        {
            _reporter.Log($"{stage}…");
        }
    }

    /// <inheritdoc/>
    public void Plan(RunForecast forecast)
    {
        Close();
        PlanText plan = new(forecast);
        foreach (string line in plan.Lines())
        {
            _reporter.Log(line);
        }

        foreach (string note in forecast.Notes)
        {
            _reporter.Log(note);
        }

        RunNotes.FirstRows(_reporter, forecast.Rows, forecast.Forget, forecast.Retain);
    }

    /// <inheritdoc/>
    public void Note(string message)
    {
        Close();
        _reporter.Log(message);
    }

    /// <inheritdoc/>
    public void Fisher(FisherProgress progress)
    {
        _display ??= _reporter.Progress(_stage, progress.Total, "--fisher-rows");
        _display.Report(progress.Done);
    }

    /// <inheritdoc/>
    public void Step(StepReport report)
    {
        _display ??= _reporter.Progress(_stage, report.Total, "--steps");
        _tokens += report.Tokens;
        _seconds += report.Seconds;
        string retain = report.RetainLoss is double loss ? string.Create(CultureInfo.InvariantCulture, $", retain {loss:0.000}") : "";
        _display.Report(
            report.Step,
            string.Create(CultureInfo.InvariantCulture, $"loss: {_rows} {report.ForgetLoss:0.000}{retain}, {_tokens / Math.Max(1e-9, _seconds):0} tokens/s"));
        if (_reporter.IsVerbose)
        {
            _reporter.Detail(string.Create(
                CultureInfo.InvariantCulture,
                $"step {report.Step}: gradient norm {report.GradientNorm:G4}, learning rate {report.LearningRate:G4}, {report.Tokens} tokens in {report.Seconds:0.000} s"));
        }
    }

    /// <inheritdoc/>
    public void Evaluated(int step, QuickScores scores)
    {
        Close();
        string retain = scores.Retain is double value ? $", retain {Figures.Three(value)}" : "";
        _reporter.Log($"after step {step}: answer probability forget {Figures.Three(scores.Forget)}{retain}");
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private void Close()
    {
        _display?.Dispose();
        _display = null;
    }
}
