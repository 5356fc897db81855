using System.Text.Json.Nodes;
using LoraUnlearn.Evaluation;

namespace LoraUnlearn.Auditing;

/// <summary>What a model gives away when it is simply asked: the line that attacks are held against.</summary>
/// <param name="Base">Answer probability of the forgotten rows without the adapter.</param>
/// <param name="Unlearned">The same with it.</param>
/// <param name="Reference">The same of the retain-only model, or null.</param>
/// <param name="BaseRetain">Answer probability of the kept rows without the adapter, or null.</param>
/// <param name="UnlearnedRetain">The same with it, or null.</param>
public sealed record Standing(double Base, double Unlearned, double? Reference, double? BaseRetain, double? UnlearnedRetain);

/// <summary>The attacks, and what came back under each: a document, and a verdict for people.</summary>
public sealed class Audit
{
    /// <summary>What a document of an audit says that it is.</summary>
    public const string Format = "lora-unlearn-audit/1";

    /// <summary>Every attack, in the order in which they are tried and shown.</summary>
    public static IReadOnlyList<IAttack> Attacks { get; } =
    [
        new ParaphraseAttack(),
        new PrimingAttack(),
        new ClozeAttack(),
        new ChoiceAttack(),
        new SamplingAttack(),
        new ScalingAttack(),
        new LayersAttack(),
        new LogitLensAttack(),
        new QuantisationAttack(),
        new RelearningAttack(),
    ];

    private Audit(int rows, Standing standing, IReadOnlyList<AttackResult> results, IReadOnlyList<(string Name, string Reason)> skipped)
    {
        (Standing, Results, Skipped) = (standing, results, skipped);
        Verdict = AuditVerdict.Of(rows, standing, results, skipped);
    }

    /// <summary>What the models give away without any attack.</summary>
    public Standing Standing { get; }

    /// <summary>The attacks that were tried.</summary>
    public IReadOnlyList<AttackResult> Results { get; }

    /// <summary>The attacks that could not be tried, and why.</summary>
    public IReadOnlyList<(string Name, string Reason)> Skipped { get; }

    /// <summary>What was tried and what came back, sentences for people.</summary>
    public IReadOnlyList<string> Verdict { get; }

    /// <summary>Finds attacks by name.</summary>
    /// <param name="names">Names; none for all attacks.</param>
    /// <exception cref="InputException">There is no such attack.</exception>
    public static IReadOnlyList<IAttack> Named(IReadOnlyCollection<string> names)
    {
        foreach (string name in names)
        {
            if (!Attacks.Any(attack => attack.Name == name))
            {
                throw new InputException($"--attacks: there is no attack '{name}'.{NearestName.Suggestion(name, [.. Attacks.Select(attack => attack.Name)])} Known are {string.Join(", ", Attacks.Select(attack => attack.Name))}.");
            }
        }

        return names.Count == 0 ? Attacks : [.. Attacks.Where(attack => names.Contains(attack.Name))];
    }

    /// <summary>Tries attacks, one after the other.</summary>
    /// <param name="audit">Models, rows, settings.</param>
    /// <param name="attacks">The attacks.</param>
    /// <param name="next">Told the name of each attack before it is tried, or null.</param>
    /// <exception cref="InputException">None of them can be tried on these rows.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Audit Run(AuditCase audit, IReadOnlyList<IAttack> attacks, Action<string>? next = null)
    {
        (string Name, string Reason)[] skipped = [.. attacks.Select(attack => (attack.Name, Reason: attack.Lacks(audit)!)).Where(attack => attack.Reason is not null)];
        if (skipped.Length == attacks.Count)
        {
            throw new InputException($"None of the attacks can be tried on these rows: {string.Join("; ", skipped.Select(attack => $"{attack.Name}: {attack.Reason}"))}.");
        }

        next?.Invoke("as asked");
        Standing standing = Stand(audit);
        List<AttackResult> results = [];
        foreach (IAttack attack in attacks.Where(attack => !skipped.Any(left => left.Name == attack.Name)))
        {
            audit.Cancellation.ThrowIfCancellationRequested();
            next?.Invoke(attack.Name);
            results.Add(attack.Run(audit));
        }

        return new Audit(audit.Forget.Count, standing, results, skipped);
    }

    /// <summary>The audit as a document: numbers and sentences, never the forgotten text unless asked for.</summary>
    /// <param name="model">Name of the model.</param>
    /// <param name="adapter">Name of the adapter.</param>
    /// <param name="reference">Name of the retain-only model, or null.</param>
    /// <param name="withText">Whether rows that came back are listed with their text.</param>
    public JsonObject ToJson(string model, string? adapter, string? reference, bool withText) => new()
    {
        ["format"] = Format,
        ["model"] = model,
        ["adapter"] = adapter,
        ["reference"] = reference,
        ["as_asked"] = new JsonObject
        {
            ["base"] = JsonNumber.Of(Standing.Base),
            ["unlearned"] = JsonNumber.Of(Standing.Unlearned),
            ["reference"] = JsonNumber.Of(Standing.Reference),
            ["retain_base"] = JsonNumber.Of(Standing.BaseRetain),
            ["retain_unlearned"] = JsonNumber.Of(Standing.UnlearnedRetain),
        },
        ["attacks"] = new JsonArray([.. Results.Select(result => (JsonNode)result.ToJson(withText))]),
        ["skipped"] = new JsonArray([.. Skipped.Select(attack => (JsonNode)new JsonObject { ["name"] = attack.Name, ["reason"] = attack.Reason })]),
        ["verdict"] = new JsonArray([.. Verdict.Select(sentence => (JsonNode)sentence)]),
    };

    private static Standing Stand(AuditCase audit)
    {
        double? Kept() => audit.Retain is { } retain ? audit.Probability(audit.Unlearned.Decoder, retain) : null;
        double before = audit.Probability(audit.Unlearned.Decoder, audit.Forget);
        double? keptBefore = Kept();
        using IDisposable? adapter = audit.Unlearned.Put();
        return new Standing(
            before,
            audit.Probability(audit.Unlearned.Decoder, audit.Forget),
            audit.ReferenceProbability,
            keptBefore,
            Kept());
    }
}
