using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Evaluation.Membership;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Work;

/// <summary>
/// The suite yao (arXiv 2402.15159; METHODS §10): perplexity and accuracy on what was forgotten, on rows like it that were never
/// trained on (approximate retraining: what a retrained model would look like), and on general text; and Min-K % attacks.
/// </summary>
internal sealed class YaoWork : ISuiteWork
{
    private static readonly int[] Percentages = [30, 40, 50, 60, 100];

    private readonly IReadOnlyList<(string Name, string Path)> _sets;
    private readonly int? _maxRows;
    private readonly string? _nonMembers;
    private readonly int _resamples;

    /// <summary>Reads the options.</summary>
    /// <exception cref="InputException">The forget set was not given.</exception>
    public YaoWork(Invocation invocation, SuiteOptions options)
    {
        (string, string?)[] sets = [("forget", invocation.Get(options.Forget)), ("approximate", invocation.Get(options.Approximate)), ("general", invocation.Get(options.General))];
        if (sets[0].Item2 is null)
        {
            throw new InputException("--suite yao needs --forget FILE; --approximate FILE and --general FILE add the other two sets.");
        }

        _sets = [.. sets.Where(set => set.Item2 is not null).Select(set => (set.Item1, set.Item2!))];
        _nonMembers = invocation.Get(options.Holdout) ?? invocation.Get(options.Approximate);
        _maxRows = invocation.Get(options.MaxRows);
        _resamples = invocation.Get(options.Resamples);
    }

    /// <inheritdoc/>
    public SuiteResult Run(Invocation invocation, ModelSession session, FixedAdapter? adapter, EncodingOptions encoding)
    {
        EncodedData[] data = [.. _sets.Select(set => session.Encode(set.Path, encoding))];
        RunNotes.OfRows(invocation.Reporter, session, data);
        TextTable table = new("", "perplexity", "accuracy", "probability");
        JsonObject json = [];
        BasicSuite suite = new(session, new BasicSuiteOptions { Generate = false });
        foreach (((string name, string _), EncodedData set) in _sets.Zip(data))
        {
            using StageDisplay display = new(invocation, name);
            BasicMeasures measures = suite.Measure(SuiteRows.First(set, _maxRows), display, invocation.Cancellation);
            if (!double.IsFinite(measures.Perplexity))
            {
                throw new WorkFailedException($"The perplexity on the {name} set is not finite: the model has probably diverged; or compute in float32.");
            }

            table.Add(name, Figures.Four(measures.Perplexity), Figures.Three(measures.Accuracy), Figures.Three(measures.Probability));
            json[name] = new JsonObject
            {
                ["rows"] = measures.Rows.Count,
                ["tokens"] = measures.Tokens,
                ["perplexity"] = measures.Perplexity,
                ["accuracy"] = measures.Accuracy,
                ["probability"] = measures.Probability,
            };
        }

        if (_nonMembers is null)
        {
            return new SuiteResult([table], _ => json);
        }

        MembershipReport report;
        using (StageDisplay display = new(invocation, "membership"))
        {
            MembershipOptions options = new() { MinK = Percentages, Gradients = false, Resamples = _resamples, Seed = encoding.Seed };
            report = new MembershipSuite(session.Decoder, session.Tokenizer, null, options).Run(
                SuiteRows.First(data[0], _maxRows), SuiteRows.First(session.Encode(_nonMembers, encoding), _maxRows), display, invocation.Cancellation);
        }

        return new SuiteResult([table, MembershipWork.Table(report)], withRows =>
        {
            JsonObject whole = (JsonObject)json.DeepClone();
            whole["membership"] = report.ToJson(withRows);
            return whole;
        });
    }
}
