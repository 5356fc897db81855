using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Work;

/// <summary>The suite basic on the forget and the retain set, before and after the adapter.</summary>
internal sealed class BasicWork : ISuiteWork
{
    private readonly string? _forget;
    private readonly BasicSuiteOptions _options;
    private readonly string? _retain;

    /// <summary>Reads the options.</summary>
    /// <exception cref="InputException">Neither set was given.</exception>
    public BasicWork(Invocation invocation, SuiteOptions options)
    {
        _forget = invocation.Get(options.Forget);
        _retain = invocation.Get(options.Retain);
        if (_forget is null && _retain is null)
        {
            throw new InputException("evaluate needs --forget FILE, --retain FILE, or both.");
        }

        _options = new BasicSuiteOptions
        {
            MaxRows = invocation.Get(options.MaxRows),
            MaxNewTokens = invocation.Get(options.MaxNewTokens),
            Generate = !invocation.Get(options.NoGenerate),
        };
    }

    /// <inheritdoc/>
    public SuiteResult Run(Invocation invocation, ModelSession session, FixedAdapter? adapter, EncodingOptions encoding)
    {
        EncodedData? forget = _forget is null ? null : session.Encode(_forget, encoding);
        EncodedData? retain = _retain is null ? null : session.Encode(_retain, encoding);
        RunNotes.OfRows(invocation.Reporter, session, forget, retain);
        BasicReport report = SuiteWork.Run(invocation, session, adapter, _options, forget, retain);
        return new SuiteResult([SuiteWork.Table(report)], report.ToJson);
    }
}
