using LoraUnlearn.Adapters;
using LoraUnlearn.Auditing;
using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;
using LoraUnlearn.Models;
using LoraUnlearn.Sessions;
using LoraUnlearn.Tests.Support;
using LoraUnlearn.Torch;
using static TorchSharp.torch;

namespace LoraUnlearn.Tests.Auditing;

/// <summary>The demo's model and the adapter that ships for it, with a few rows, some of which have what TOFU's rows have.</summary>
internal sealed class DemoAudit : IDisposable
{
    private static readonly string Demo = Path.Combine(Repository.Root, "src", "LoraUnlearn.Cli", "Demo");

    private readonly PeftAdapter _adapter = PeftAdapter.Read(Path.Combine(Repository.Root, "adapters", "demo-people"));
    private readonly ModelSession? _reference;

    public DemoAudit(AuditOptions? options = null, bool withReference = false, int rows = 6, string? reference = null, BasePrecision precision = BasePrecision.Stored)
    {
        Session = ModelSession.Open(Demo, new ComputeSettings(CPU, ScalarType.Float32) { Base = precision });
        _reference = withReference || reference is not null ? ModelSession.Open(reference ?? Demo, Session.Compute) : null;
        Forget = Encode("forget.jsonl", rows, row => row with
        {
            Extras = new Dictionary<string, IReadOnlyList<string>>
            {
                ["perturbed_answer"] = ["Nobody knows.", "In a teapot on the moon."],
                ["paraphrased_question"] = ["Tell me. " + row.Question],
            },
        });
        Unlearned = new AuditedModel(Session, _adapter.Factors);
        Case = new AuditCase(Session, Unlearned, _reference is null ? null : new AuditedModel(_reference, null), Forget, Encode("retain.jsonl", rows, row => row), new EncodingOptions(), options ?? new AuditOptions { RelearningSteps = 2, Samples = 3 });
    }

    public ModelSession Session { get; }

    public AdapterFactors Adapter => _adapter.Factors;

    public AuditedModel Unlearned { get; }

    public AuditCase Case { get; }

    public IReadOnlyList<Example> Forget { get; }

    /// <summary>Mean answer probability of the forgotten rows, of the model as it is.</summary>
    public double Probability() => Likelihood.Score(Session.Decoder, [.. Forget.Select(row => row.Sequence)]).Average(score => score.Probability);

    /// <summary>The same under an adapter.</summary>
    public double Probability(AdapterFactors adapter, double weight = 1)
    {
        using FixedAdapter put = new(Session.Decoder, [new WeightedAdapter(adapter, weight)]);
        return Probability();
    }

    public void Dispose()
    {
        _adapter.Dispose();
        _reference?.Dispose();
        Session.Dispose();
    }

    private IReadOnlyList<Example> Encode(string file, int rows, Func<DataRow, DataRow> change) =>
        Session.Encoder(new EncodingOptions()).Encode([.. DataRows.Read(Path.Combine(Demo, file)).Take(rows).Select(change)], file);
}
