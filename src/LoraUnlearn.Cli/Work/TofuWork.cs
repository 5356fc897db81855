using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Data;
using LoraUnlearn.Evaluation.Membership;
using LoraUnlearn.Evaluation.Tofu;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Work;

/// <summary>The suite tofu: a model, or a saved log, against TOFU's measures.</summary>
internal sealed class TofuWork : ISuiteWork
{
    private readonly string? _holdout;
    private readonly TofuLayout? _layout;
    private readonly TofuLog? _log;
    private readonly int? _maxNewTokens;
    private readonly int? _maxRows;
    private readonly TofuLog? _reference;
    private readonly int _resamples;
    private readonly string? _save;

    /// <summary>Reads the options, and everything that can be read before a model is opened.</summary>
    /// <exception cref="InputException">An option or a file is missing.</exception>
    public TofuWork(Invocation invocation, SuiteOptions options, string? model)
    {
        string? folder = invocation.Get(options.Tofu), log = invocation.Get(options.Log), save = invocation.Get(options.SaveLog), reference = invocation.Get(options.Reference);
        if (log is null && folder is null)
        {
            throw new InputException("--suite tofu needs --tofu DIR, the folder with TOFU's files; or --log FILE, a log to judge in place of a model.");
        }

        if (log is not null && (model is not null || save is not null))
        {
            throw new InputException($"--log judges a log that is there already; leave {(model is not null ? "--model" : "--save-log")} out, or --log.");
        }

        if (log is not null && invocation.Get(options.Holdout) is not null)
        {
            throw new InputException("--holdout needs a model to score it; a log that is judged has none. Leave it out.");
        }

        string making = Making(folder ?? "TOFU", invocation.Get(options.Split), reference);
        if (reference is null && save is null)
        {
            throw new InputException(
                $"--suite tofu needs --reference LOG, the log of a model that never saw the forget set, for the forget quality. Make it with\n  {making}\nWithout such a model, give --save-log FILE alone: everything but the forget quality is then measured.");
        }

        _layout = folder is null || log is not null ? null : TofuLayout.Open(folder, invocation.Get(options.Split));
        _log = log is null ? null : TofuLog.Read(log);
        _reference = reference is null ? null : TofuReference.Read(reference, making);
        _save = save;
        _holdout = invocation.Get(options.Holdout);
        _resamples = invocation.Get(options.Resamples);
        _maxRows = invocation.Get(options.MaxRows);
        _maxNewTokens = invocation.Get(options.MaxNewTokens);
    }

    /// <summary>The verdict on a saved log; null where a model is to be measured.</summary>
    public SuiteResult? OfLog => _log is null ? null : Result(new TofuReport(_log, _reference));

    /// <inheritdoc/>
    public SuiteResult Run(Invocation invocation, ModelSession session, FixedAdapter? adapter, EncodingOptions encoding)
    {
        TofuLayout layout = _layout!;
        if (_reference is not null)
        {
            TofuReference.CheckSettings(TofuSettings.Of(session, layout.Split, session.Rows.TemplateFor(encoding.Template).Template.Name), _reference.Settings, _reference.Source);
        }

        TofuSuite suite = new(session, new TofuSuiteOptions { Encoding = encoding, MaxRows = _maxRows, MaxNewTokens = _maxNewTokens });
        TofuLog log;
        using (StageDisplay display = new(invocation, "tofu"))
        {
            log = suite.Run(layout, display, invocation.Cancellation);
        }

        if (suite.TruncatedTexts > 0)
        {
            invocation.Reporter.Warn($"{suite.TruncatedTexts} texts were cut to the maximum length; raise it with --max-length.");
        }

        if (_save is { } save)
        {
            log.Write(save);
            invocation.Reporter.Line($"log written to {save}");
        }

        SuiteResult result = Result(new TofuReport(log, _reference));
        return _holdout is null ? result : WithMembership(invocation, session, encoding, result);
    }

    // Forget quality is never the only judge: the forget answers against rows that were never trained on.
    private SuiteResult WithMembership(Invocation invocation, ModelSession session, EncodingOptions encoding, SuiteResult result)
    {
        using StageDisplay display = new(invocation, "membership");
        IReadOnlyList<Example> members = SuiteRows.First(session.Encode(_layout!.FileOf(TofuSet.Forget), encoding), _maxRows);
        IReadOnlyList<Example> others = SuiteRows.First(session.Encode(_holdout!, encoding), _maxRows);
        MembershipOptions options = new() { Gradients = false, Resamples = _resamples, Seed = encoding.Seed };
        MembershipReport report = new MembershipSuite(session.Decoder, session.Tokenizer, null, options).Run(members, others, display, invocation.Cancellation);
        return new SuiteResult([.. result.Tables, MembershipWork.Table(report)], withRows =>
        {
            JsonObject json = result.Document(withRows);
            json["membership"] = report.ToJson(withRows);
            return json;
        });
    }

    private static SuiteResult Result(TofuReport report)
    {
        TextTable sets = new(["", .. report.Log.Sets.Keys.Select(set => set.Name)]);
        void Add(string name, Func<TofuSetScores, double?> measure)
        {
            if (report.Log.Sets.Values.Any(set => measure(set) is not null))
            {
                sets.Add([name, .. report.Log.Sets.Values.Select(set => Figures.Three(measure(set)))]);
            }
        }

        Add("probability", set => set.Probability);
        Add("ROUGE-L recall", set => set.RougeL);
        Add("truth ratio", set => set.TruthRatio);
        Add("median R", set => set.MedianTruthRatio);
        Add("extraction strength", set => set.ExtractionStrength);
        Add("exact memorisation", set => set.ExactMemorisation);
        TextTable whole = new("", "value");
        if (report.ModelUtility is { } utility)
        {
            whole.Add("model utility", Figures.Four(utility));
        }

        if (report.ForgetQuality is { } quality)
        {
            whole.Add("forget quality", Figures.Four(quality.PValue));
            whole.Add("log10 forget quality", Figures.Three(Math.Log10(Math.Max(quality.PValue, double.Epsilon))));
            whole.Add("KS distance of truth ratios", Figures.Three(quality.Statistic));
        }

        return new SuiteResult([sets, whole], report.ToJson);
    }

    private static string Making(string folder, string split, string? reference) =>
        $"{ShellText.Program} evaluate --suite tofu --model RETAIN_MODEL --tofu {ShellText.Quote(folder)} --split {ShellText.Quote(split)} --save-log {ShellText.Quote(reference ?? "reference.json")}";
}
