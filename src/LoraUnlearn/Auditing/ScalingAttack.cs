namespace LoraUnlearn.Auditing;

/// <summary>Weakens and strengthens the adapter: W + α·ΔW for α from 0, the base, to 2.</summary>
public sealed class ScalingAttack : IAttack
{
    private static readonly double[] Weights = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

    /// <inheritdoc/>
    public string Name => "scale";

    /// <inheritdoc/>
    public string Summary => "the adapter at α times its strength, α from 0 to 2";

    /// <inheritdoc/>
    public string? Lacks(AuditCase audit) => null;

    /// <inheritdoc/>
    public AttackResult Run(AuditCase audit)
    {
        List<double> forget = [], retain = [];
        audit.Begin("scales", Weights.Length);
        foreach (double weight in Weights)
        {
            using IDisposable? adapter = audit.Unlearned.Put(weight);
            forget.Add(audit.Probability(audit.Unlearned.Decoder, audit.Forget));
            if (audit.Retain is not null)
            {
                retain.Add(audit.Probability(audit.Unlearned.Decoder, audit.Retain));
            }

            audit.Advance(forget.Count, Weights.Length);
        }

        List<AuditCurve> curves = [new("forget", Weights, forget)];
        if (audit.Retain is not null)
        {
            curves.Add(new AuditCurve("retain", Weights, retain));
        }

        // At 0 the adapter is not there, which everybody who has the base can have: the attack is a weakened one.
        double half = forget[Array.IndexOf(Weights, 0.5)];
        double? baseline = audit.ReferenceProbability;
        return new AttackResult(
            Name,
            "The adapter was applied at 0 to 2 times its strength.",
            "strength of the adapter",
            curves,
            $"At half strength the true answers have probability {Wording.Of(half)}, at full strength {Wording.Of(forget[Array.IndexOf(Weights, 1.0)])}, and without the adapter, which is the base model, {Wording.Of(forget[0])}{Wording.Against(baseline)}.",
            "probability",
            half,
            baseline)
        {
            NeedsAdapter = true,
        };
    }
}
