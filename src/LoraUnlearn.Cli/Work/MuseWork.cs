using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Evaluation.Membership;
using LoraUnlearn.Evaluation.Muse;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Work;

/// <summary>The suite muse: each of its measures whose files were given.</summary>
internal sealed class MuseWork : ISuiteWork
{
    private const string LeakAttack = "min_k_40";

    private readonly string? _holdout;
    private readonly int? _maxNewTokens;
    private readonly int? _maxRows;
    private readonly string? _members;
    private readonly IReadOnlyList<(string Name, string Questions, string? Examples)> _questions;
    private readonly int _resamples;
    private readonly double _retrained; // as MUSE counts
    private readonly string? _verbatim;

    /// <summary>Reads the options.</summary>
    /// <exception cref="InputException">No file was given, or a file lacks what it is compared with.</exception>
    public MuseWork(Invocation invocation, SuiteOptions options)
    {
        _verbatim = invocation.Get(options.Forget);
        (string, string?, string?)[] questions =
        [
            ("forget", invocation.Get(options.ForgetQuestions), invocation.Get(options.ForgetExamples)),
            ("retain", invocation.Get(options.RetainQuestions), invocation.Get(options.RetainExamples)),
        ];
        _questions = [.. questions.Where(set => set.Item2 is not null).Select(set => (set.Item1, set.Item2!, set.Item3))];
        _holdout = invocation.Get(options.Holdout);
        _members = invocation.Get(options.PrivacyForget) ?? _verbatim;
        _maxRows = invocation.Get(options.MaxRows);
        _maxNewTokens = invocation.Get(options.MaxNewTokens);
        _resamples = invocation.Get(options.Resamples);
        if (_verbatim is null && _questions.Count == 0 && _holdout is null)
        {
            throw new InputException("--suite muse needs --forget FILE (verbatim memorisation), --forget-qa or --retain-qa FILE (knowledge memorisation), or --holdout FILE (privacy leakage).");
        }

        if (_holdout is not null)
        {
            _retrained = Retrained(invocation.Get(options.Corpus), invocation.Get(options.RetrainedAuc));
            if (_members is null)
            {
                throw new InputException("--holdout: privacy leakage compares it with forget texts; give --privacy-forget FILE or --forget FILE.");
            }
        }
    }

    /// <inheritdoc/>
    public SuiteResult Run(Invocation invocation, ModelSession session, FixedAdapter? adapter, EncodingOptions encoding)
    {
        MuseSuite suite = new(session, encoding, _maxNewTokens);
        TextTable table = new("", "value", "rows");
        JsonObject json = [], rows = [];
        using StageDisplay display = new(invocation, "muse");
        void Add(string name, string title, IReadOnlyList<MuseRow> measured)
        {
            double value = measured.Average(row => row.RougeL);
            json[name] = new JsonObject { ["rouge_l_f1"] = value, ["rouge_l_f1_without_stemming"] = measured.Average(row => row.RougeLWithoutStemming), ["rows"] = measured.Count };
            rows[name] = new JsonArray([.. measured.Select(row => new JsonObject { ["line"] = row.Line, ["rouge_l_f1"] = row.RougeL, ["truth"] = row.Truth, ["generated"] = row.Generated })]);
            table.Add(title, Figures.Three(value), $"{measured.Count}");
        }

        if (_verbatim is not null)
        {
            Add("verbatim_memorisation", "verbatim memorisation (VerbMem)", suite.Verbatim(SuiteRows.First(session.Encode(_verbatim, encoding), _maxRows), display, invocation.Cancellation));
        }

        foreach ((string name, string questions, string? examples) in _questions)
        {
            DataRow[] asked = [.. DataRows.Read(questions).Take(_maxRows ?? int.MaxValue)];
            Add(
                $"knowledge_memorisation_{name}",
                $"knowledge memorisation (KnowMem), {name}",
                suite.Knowledge(asked, examples is null ? [] : DataRows.Read(examples), questions, display, invocation.Cancellation));
        }

        if (_holdout is not null)
        {
            MembershipOptions options = new() { MinK = [40], Gradients = false, Resamples = _resamples, Seed = encoding.Seed };
            IReadOnlyList<Example> members = SuiteRows.First(session.Encode(_members!, encoding), _maxRows), others = SuiteRows.First(session.Encode(_holdout, encoding), _maxRows);
            MembershipReport report = new MembershipSuite(session.Decoder, session.Tokenizer, null, options).Run(members, others, display, invocation.Cancellation);
            Discrimination found = report.Attacks.Single(attack => attack.Attack == LeakAttack).Result;
            double leak = PrivacyLeakage.Of(found.Auc, _retrained);
            json["privacy_leakage"] = leak;
            json["muse_auc"] = 1 - found.Auc;
            json["muse_retrained_auc"] = _retrained;
            json["membership"] = report.ToJson(withRows: false);
            table.Add("privacy leakage (PrivLeak), %", Figures.Three(leak), $"{members.Count} + {others.Count}");
        }

        return new SuiteResult([table], withRows =>
        {
            JsonObject whole = (JsonObject)json.DeepClone();
            if (withRows)
            {
                whole["per_row"] = rows.DeepClone();
            }

            return whole;
        });
    }

    private static double Retrained(string? corpus, double? auc) => (corpus?.ToLowerInvariant(), auc) switch
    {
        (not null, not null) => throw new InputException("--corpus and --retrained-auc both say what PrivLeak compares with; leave one out."),
        (null, { } given) => 1 - given,
        ("news", null) => PrivacyLeakage.RetrainedNews,
        ("books", null) => PrivacyLeakage.RetrainedBooks,
        (null, null) => throw new InputException("--holdout: privacy leakage compares with a retrained model; give --corpus news|books for MUSE's published one, or --retrained-auc X, the Min-40 % AUC that this suite reports for yours."),
        _ => throw new InputException($"--corpus: found '{corpus}', expected news or books."),
    };
}
