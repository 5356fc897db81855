using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Evaluation.Membership;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Work;

/// <summary>The suite membership on any two files: can the rows of the one be told from those of the other?</summary>
internal sealed class MembershipWork : ISuiteWork
{
    private readonly string _members;
    private readonly string _nonMembers;
    private readonly int? _maxRows;
    private readonly MembershipOptions _options;
    private readonly string? _reference;

    /// <summary>Reads the options.</summary>
    /// <exception cref="InputException">A file was not given.</exception>
    public MembershipWork(Invocation invocation, SuiteOptions options)
    {
        _members = invocation.Get(options.Forget) ?? throw new InputException("--suite membership needs --forget FILE, the rows whose membership is in question.");
        _nonMembers = invocation.Get(options.Holdout) ?? throw new InputException("--suite membership needs --holdout FILE, rows of the same kind that the model never saw.");
        _reference = invocation.Get(options.ReferenceModel);
        _maxRows = invocation.Get(options.MaxRows);
        _options = new MembershipOptions
        {
            MinK = [invocation.Get(options.MinK)],
            Gradients = !invocation.Get(options.NoGradients),
            Resamples = invocation.Get(options.Resamples),
        };
    }

    /// <inheritdoc/>
    public SuiteResult Run(Invocation invocation, ModelSession session, FixedAdapter? adapter, EncodingOptions encoding)
    {
        EncodedData members = session.Encode(_members, encoding), nonMembers = session.Encode(_nonMembers, encoding);
        RunNotes.OfRows(invocation.Reporter, session, members, nonMembers);
        using ModelSession? reference = _reference is null ? null : ModelSession.Open(_reference, session.Compute);
        if (reference is not null && reference.Decoder.Spec.VocabularySize != session.Decoder.Spec.VocabularySize)
        {
            throw new InputException(
                $"--reference-model: {_reference} has a vocabulary of {reference.Decoder.Spec.VocabularySize}, the model one of {session.Decoder.Spec.VocabularySize}; the attack compares the same tokens under both, so give a model with the same tokenizer.");
        }

        MembershipSuite suite = new(session.Decoder, session.Tokenizer, reference?.Decoder, _options with { Seed = encoding.Seed });
        MembershipReport report;
        using (StageDisplay display = new(invocation, "membership"))
        {
            report = suite.Run(SuiteRows.First(members, _maxRows), SuiteRows.First(nonMembers, _maxRows), display, invocation.Cancellation);
        }

        return new SuiteResult([Table(report)], withRows =>
        {
            JsonObject json = report.ToJson(withRows);
            json["orientation"] = "scores are higher for non-members; AUC is the probability that a non-member scores above a member";
            return json;
        });
    }

    /// <summary>A table of the attacks.</summary>
    public static TextTable Table(MembershipReport report)
    {
        TextTable table = new("attack", "AUC", "95 % interval", "TPR at 1 % FPR");
        foreach ((string attack, Discrimination result) in report.Attacks)
        {
            table.Add(attack, Figures.Three(result.Auc), $"{Figures.Three(result.Low)} to {Figures.Three(result.High)}", Figures.Three(result.TruePositiveRate));
        }

        return table;
    }
}
