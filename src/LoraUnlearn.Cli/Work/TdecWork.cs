using System.Globalization;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Evaluation.Tdec;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Work;

/// <summary>The suite tdec: memorisation accuracy and extraction likelihood of one file.</summary>
internal sealed class TdecWork : ISuiteWork
{
    private readonly string _forget;
    private readonly int? _maxRows;
    private readonly TdecOptions _options;

    /// <summary>Reads the options.</summary>
    /// <exception cref="InputException">No file was given.</exception>
    public TdecWork(Invocation invocation, SuiteOptions options)
    {
        _forget = invocation.Get(options.Forget) ?? throw new InputException("--suite tdec needs --forget FILE, the rows whose memorisation is measured.");
        _maxRows = invocation.Get(options.MaxRows);
        _options = new TdecOptions
        {
            Orders = invocation.Get(options.NoGenerate) ? [] : [.. invocation.Get(options.NGrams).Split(',').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).Distinct()],
            Divisor = invocation.Get(options.Divisor) == "paper" ? NGramDivisor.Continuation : NGramDivisor.TrueSuffix,
            PrefixStep = invocation.Get(options.PrefixStep),
        };
    }

    /// <inheritdoc/>
    public SuiteResult Run(Invocation invocation, ModelSession session, FixedAdapter? adapter, EncodingOptions encoding)
    {
        EncodedData forget = session.Encode(_forget, encoding);
        RunNotes.OfRows(invocation.Reporter, session, forget);
        TdecReport report;
        using (StageDisplay display = new(invocation, "tdec"))
        {
            report = new TdecSuite(session.Decoder, session.EndOfSequenceIds, _options).Run(SuiteRows.First(forget, _maxRows), display, invocation.Cancellation);
        }

        TextTable table = new("", "value");
        table.Add("MA", Figures.Three(report.Accuracy));
        foreach (int n in _options.Orders)
        {
            table.Add($"EL_{n}", Figures.Three(report.Likelihood(n)));
        }

        return new SuiteResult([table], report.ToJson);
    }
}
