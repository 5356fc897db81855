using LoraUnlearn.Adapters;
using LoraUnlearn.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Auditing;

/// <summary>
/// Rounds the merged weights, or the adapter's own factors, to few bits, as everybody does who runs the model on less memory
/// (arXiv 2410.16454): a small change of the weights may be rounded away, and the base comes back.
/// </summary>
public sealed class QuantisationAttack : IAttack
{
    private const double StoredBits = 16; // or more: the weights as a merge writes them

    private static readonly (string Name, double Bits, Func<Tensor, Tensor> RoundTrip)[] Formats =
        [("int8", 8, RoundTrips.ByRowsOf8Bits), ("NF4", 4, RoundTrips.ByBlocksOfNormalFloat4), ("INT4", 4, RoundTrips.ByGroupsOf4Bits)];

    /// <inheritdoc/>
    public string Name => "quantise";

    /// <inheritdoc/>
    public string Summary => "merged weights, and the adapter itself, rounded to int8, NF4 and INT4";

    /// <inheritdoc/>
    public string? Lacks(AuditCase audit) => audit.Unlearned.Adapter is null ? "there is no adapter" : null;

    /// <inheritdoc/>
    public AttackResult Run(AuditCase audit)
    {
        int total = (2 * Formats.Length) + 2, done = 0;
        audit.Begin("formats", total);
        List<(string Name, Point Point)> merged = [], adapter = [];
        Point stored, whole;
        using (new RoundTripWeights(audit.Unlearned, null))
        {
            stored = Measure(audit, ++done, total);
        }

        using (audit.Unlearned.Put())
        {
            whole = Measure(audit, ++done, total);
        }

        foreach ((string name, _, Func<Tensor, Tensor> roundTrip) in Formats)
        {
            using (new RoundTripWeights(audit.Unlearned, roundTrip))
            {
                merged.Add(($"merged weights in {name}", Measure(audit, ++done, total)));
            }

            using AdapterFactors rounded = Rounded(audit.Unlearned.Adapter!, roundTrip);
            using FixedAdapter put = new(audit.Unlearned.Decoder, [new WeightedAdapter(rounded)]);
            adapter.Add(($"adapter in {name}", Measure(audit, ++done, total)));
        }

        List<(string Name, Point Point)> all = [("merged weights as stored", stored), .. merged, .. adapter];
        (string Name, Point Point) worst = all.MaxBy(format => format.Point.Forget);
        double? baseline = audit.ReferenceProbability;
        return new AttackResult(
            Name,
            "The merged weights, and apart from that the adapter's own factors, were rounded to int8 (by rows), NF4 (blocks of 64) and INT4 (groups of 128).",
            "bits of a weight",
            [.. Curves("merged", stored, merged, audit.Retain is not null), .. Curves("adapter", whole, adapter, audit.Retain is not null)],
            $"The most comes back with the {worst.Name}: the true answers have probability {Wording.Of(worst.Point.Forget)} ({Wording.Of(whole.Forget)} before){Wording.Against(baseline)}.",
            "probability",
            worst.Point.Forget,
            baseline);
    }

    private static Point Measure(AuditCase audit, int done, int total)
    {
        Point point = new(audit.Probability(audit.Unlearned.Decoder, audit.Forget), audit.Retain is { } retain ? audit.Probability(audit.Unlearned.Decoder, retain) : null);
        audit.Advance(done, total);
        return point;
    }

    private static AdapterFactors Rounded(AdapterFactors adapter, Func<Tensor, Tensor> roundTrip)
    {
        using DisposeScope scope = NewDisposeScope();
        return new AdapterFactors([.. adapter.Modules.Select(module => module with { A = roundTrip(module.A), B = roundTrip(module.B) })], adapter.Source);
    }

    // Integers on one line, NF4 on another; both begin with the weights as they are.
    private static IEnumerable<AuditCurve> Curves(string what, Point before, List<(string Name, Point Point)> formats, bool hasRetain)
    {
        (string Side, Func<Point, double> Of)[] sides = hasRetain ? [("forget", point => point.Forget), ("retain", point => point.Retain!.Value)] : [("forget", point => point.Forget)];
        foreach ((string side, Func<Point, double> of) in sides)
        {
            yield return new AuditCurve($"{side}, {what}, int8 and INT4", [StoredBits, Formats[0].Bits, Formats[2].Bits], [of(before), of(formats[0].Point), of(formats[2].Point)]);
            yield return new AuditCurve($"{side}, {what}, NF4", [StoredBits, Formats[1].Bits], [of(before), of(formats[1].Point)]);
        }
    }

    private readonly record struct Point(double Forget, double? Retain);
}
