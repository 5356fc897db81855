using System.CommandLine;
using LoraUnlearn.Cli.Verbs;
using LoraUnlearn.GradientEffect;

namespace LoraUnlearn.Cli.Options;

/// <summary>What a run does with the G-effect: record it, choose layers by it, weigh rows by it.</summary>
internal sealed class PlanOptions
{
    /// <summary>Steps between records.</summary>
    public Option<int?> Every { get; } = OptionKinds.OptionalWhole("--geffect-every", "Record the objective's G-effect by the adapter's layers every N steps: DIR/geffect.json, and geffect.html at the end.", 1);

    /// <summary>Rows of a record.</summary>
    public Option<int?> Rows { get; } = OptionKinds.OptionalWhole("--geffect-rows", "Rows of each set that a record is measured on; as many as a step takes unless given.", 1);

    /// <summary>Whether layers are chosen.</summary>
    public Option<string> FreezeBy { get; } = OptionKinds.Choice("--freeze-by", "Train only the layers with the best trade-off by the objective's G-effect on the base.", "none", "none", "geffect");

    /// <summary>How many layers are trained.</summary>
    public Option<int?> TrainLayers { get; } = OptionKinds.OptionalWhole("--train-layers", "With --freeze-by: how many layers are trained; half of them unless given.", 1);

    /// <summary>Least trade-off of a trained layer.</summary>
    public Option<double?> TrainAbove { get; } = OptionKinds.OptionalNumber("--train-above", "With --freeze-by: least trade-off of a trained layer, cos_r - cos_u, from -2 to 2.", -2, 2);

    /// <summary>Whether rows are weighed.</summary>
    public Option<string> RowWeights { get; } = OptionKinds.Choice("--row-weights", "Count forget rows less whose unlearning harms the retain set by their G-effect.", "none", "none", "geffect");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Every, Rows, FreezeBy, TrainLayers, TrainAbove, RowWeights];

    /// <summary>What is chosen before the training; null where nothing is.</summary>
    /// <exception cref="InputException">An option has no effect without another.</exception>
    public EffectPlan? ReadPlan(Invocation invocation)
    {
        bool layers = invocation.Get(FreezeBy) == "geffect", rows = invocation.Get(RowWeights) == "geffect";
        if (!layers && (invocation.Get(TrainLayers) is not null || invocation.Get(TrainAbove) is not null))
        {
            throw new InputException("--train-layers and --train-above say which layers --freeze-by geffect leaves; give that too.");
        }

        return layers || rows
            ? new EffectPlan { ChoosesLayers = layers, Layers = invocation.Get(TrainLayers), Threshold = invocation.Get(TrainAbove), WeighsRows = rows }
            : null;
    }

    /// <summary>The recorder; null where none was asked for.</summary>
    /// <exception cref="InputException">An option has no effect without another.</exception>
    public EffectRecorder? ReadRecorder(Invocation invocation) => invocation.Get(Every) is { } every
        ? new EffectRecorder(every, invocation.Get(Rows))
        : invocation.Get(Rows) is null ? null : throw new InputException("--geffect-rows says how many rows --geffect-every measures; give that too.");
}
