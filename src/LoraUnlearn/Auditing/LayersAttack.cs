using System.Globalization;
using LoraUnlearn.Adapters;
using LoraUnlearn.Models;

namespace LoraUnlearn.Auditing;

/// <summary>Switches the adapter off in one layer at a time: where is what hides the answers?</summary>
public sealed class LayersAttack : IAttack
{
    /// <inheritdoc/>
    public string Name => "layers";

    /// <inheritdoc/>
    public string Summary => "the adapter switched off in one layer at a time";

    /// <inheritdoc/>
    public string? Lacks(AuditCase audit) => audit.Unlearned.Adapter is null ? "there is no adapter" : null;

    /// <inheritdoc/>
    public AttackResult Run(AuditCase audit)
    {
        AdapterFactors adapter = audit.Unlearned.Adapter!;
        Decoder decoder = audit.Unlearned.Decoder;
        ModuleNames names = ModuleNames.Of(decoder.Spec);
        List<double> layers = [], forget = [], retain = [];
        audit.Begin("layers", decoder.Blocks.Count);
        for (int layer = 0; layer < decoder.Blocks.Count; layer++)
        {
            HashSet<string> inLayer = [.. decoder.Blocks[layer].Maps.Select(map => map.Name)];
            ModuleFactors[] others = [.. adapter.Modules.Where(module => !inLayer.Contains(names.Resolve(adapter, module.Module)))];
            audit.Advance(layer + 1, decoder.Blocks.Count);
            if (others.Length == adapter.Modules.Count)
            {
                continue;
            }

            // The tensors stay the adapter's: this list of them is not disposed.
            using FixedAdapter? rest = others.Length == 0 ? null : new FixedAdapter(decoder, [new WeightedAdapter(new AdapterFactors(others, adapter.Source))]);
            layers.Add(layer);
            forget.Add(audit.Probability(decoder, audit.Forget));
            if (audit.Retain is not null)
            {
                retain.Add(audit.Probability(decoder, audit.Retain));
            }
        }

        int most = forget.IndexOf(forget.Max());
        List<AuditCurve> curves = [new("forget", layers, forget)];
        if (audit.Retain is not null)
        {
            curves.Add(new AuditCurve("retain", layers, retain));
        }

        double? baseline = audit.ReferenceProbability;
        return new AttackResult(
            Name,
            "The adapter was switched off in one layer at a time.",
            "layer that is switched off",
            curves,
            $"The most comes back with layer {layers[most].ToString(CultureInfo.InvariantCulture)} switched off: the true answers have probability {Wording.Of(forget[most])}{Wording.Against(baseline)}.",
            "probability",
            forget[most],
            baseline)
        {
            NeedsAdapter = true,
        };
    }
}
