using LoraUnlearn.Models;

namespace LoraUnlearn.Gguf;

/// <summary>
/// What one of llama.cpp's architectures computes of its own accord. A GGUF file says sizes and few settings; all the rest is in
/// llama.cpp's source (src/models), so a model that differs there must be refused: it would load, and compute something else.
/// </summary>
internal sealed record LlamaCppGraph
{
    /// <summary>llama.cpp's name, as in <c>general.architecture</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The values of <c>model_type</c> that it computes.</summary>
    public required string[] Families { get; init; }

    /// <summary>RMS or layer normalisation.</summary>
    public NormKind Norm { get; init; } = NormKind.Rms;

    /// <summary>The compositions of a block that it knows.</summary>
    public BlockLayout[] Layouts { get; init; } = [BlockLayout.Sequential];

    /// <summary>The activations that it computes, or (GELU with the error function) computes nearly.</summary>
    public Activation[] Activations { get; init; } = [Activation.Silu];

    /// <summary>Whether the MLP has a gate.</summary>
    public bool GatedMlp { get; init; } = true;

    /// <summary>How query, key and value are stored.</summary>
    public ProjectionLayout QueryKeyValue { get; init; } = ProjectionLayout.Separate;

    /// <summary>Whether gate and up are one matrix.</summary>
    public bool FusedGateUp { get; init; }

    /// <summary>Biases that must be there.</summary>
    public Biases RequiredBiases { get; init; }

    /// <summary>Biases that may be there, too.</summary>
    public Biases OptionalBiases { get; init; }

    /// <summary>Whether positions are rotary; learned otherwise.</summary>
    public bool IsRotary { get; init; } = true;

    /// <summary>Whether a part of a head may be rotated.</summary>
    public bool AllowsPartialRotation { get; init; }

    /// <summary>The kinds of rotary scaling that it can be told about.</summary>
    public Type[] Scalings { get; init; } = [];

    /// <summary>Whether neighbouring features are rotated instead of halves, so that the rows of query and key change places.</summary>
    public bool RotatesNeighbours { get; init; }

    /// <summary>Whether query and key heads are normalised.</summary>
    public bool QueryKeyNorm { get; init; }

    /// <summary>Whether the embedding is scaled by √d.</summary>
    public bool ScalesEmbedding { get; init; }

    /// <summary>Whether scores and logits are soft-capped, and every second layer, from the first, has a window.</summary>
    public bool CapsAndWindows { get; init; }

    /// <summary>Whether the heads must add up to the model's width.</summary>
    public bool NeedsHeadsOfModelWidth { get; init; }

    /// <summary>Whether the output head must be there even where it is the embedding.</summary>
    public bool NeedsHead { get; init; }

    /// <summary>Every architecture that both programs know.</summary>
    public static IReadOnlyList<LlamaCppGraph> All { get; } =
    [
        new()
        {
            Name = "llama", Families = ["llama", "mistral"], RotatesNeighbours = true,
            OptionalBiases = Biases.Blocks, Scalings = [typeof(LinearRotaryScaling), typeof(Llama3RotaryScaling), typeof(YarnRotaryScaling)],
        },
        new()
        {
            Name = "qwen2", Families = ["qwen2"], RequiredBiases = Biases.QueryKeyValue, NeedsHeadsOfModelWidth = true,
            Scalings = [typeof(LinearRotaryScaling), typeof(YarnRotaryScaling)],
        },
        new() { Name = "qwen3", Families = ["qwen3"], QueryKeyNorm = true, Scalings = [typeof(LinearRotaryScaling), typeof(YarnRotaryScaling)] },
        new()
        {
            Name = "phi2", Families = ["phi"], Norm = NormKind.Layer, Layouts = [BlockLayout.ParallelSharedNorm], GatedMlp = false,
            Activations = [Activation.GeluTanh, Activation.Gelu], RequiredBiases = Biases.Blocks | Biases.Head, AllowsPartialRotation = true,
            NeedsHeadsOfModelWidth = true, NeedsHead = true,
        },
        new()
        {
            Name = "phi3", Families = ["phi3"], QueryKeyValue = ProjectionLayout.Concatenated, FusedGateUp = true, AllowsPartialRotation = true,
            Scalings = [typeof(LongRotaryScaling)], NeedsHeadsOfModelWidth = true,
        },
        new()
        {
            Name = "gptneox", Families = ["gpt_neox"], Norm = NormKind.Layer, Layouts = [BlockLayout.Parallel, BlockLayout.Sequential], GatedMlp = false,
            Activations = [Activation.GeluTanh, Activation.Gelu], QueryKeyValue = ProjectionLayout.InterleavedByHead, RequiredBiases = Biases.Blocks,
            AllowsPartialRotation = true, NeedsHeadsOfModelWidth = true, NeedsHead = true,
        },
        new()
        {
            Name = "gpt2", Families = ["gpt2"], Norm = NormKind.Layer, GatedMlp = false, Activations = [Activation.GeluTanh, Activation.Gelu],
            QueryKeyValue = ProjectionLayout.Concatenated, RequiredBiases = Biases.Blocks, IsRotary = false, NeedsHeadsOfModelWidth = true,
        },
        new() { Name = "gemma", Families = ["gemma"], Activations = [Activation.GeluTanh], ScalesEmbedding = true },
        new()
        {
            Name = "gemma2", Families = ["gemma2"], Layouts = [BlockLayout.Sandwich], Activations = [Activation.GeluTanh], ScalesEmbedding = true,
            CapsAndWindows = true,
        },
    ];

    /// <summary>In what a model differs from what llama.cpp would compute; empty where nothing.</summary>
    public IEnumerable<string> DifferencesFrom(DecoderSpec spec)
    {
        double scale = CapsAndWindows && spec.Layers == Gemma27Layers ? Math.Sqrt((double)spec.Width / spec.Heads) : Math.Sqrt(spec.HeadWidth);
        Biases biases = spec.Biases & ~OptionalBiases;
        (bool Same, string Difference)[] checks =
        [
            (spec.Norm == Norm && Layouts.Contains(spec.Layout), "the norms or their places"),
            (Activations.Contains(spec.Activation) && spec.GatedMlp == GatedMlp && spec.FusedGateUp == FusedGateUp, $"the MLP ({spec.Activation})"),
            (spec.QueryKeyValue == QueryKeyValue && spec.QueryKeyNorm == QueryKeyNorm, "the projections of query, key and value"),
            (biases == RequiredBiases, $"the biases ({spec.Biases})"),
            (spec.Rotary is not null == IsRotary && spec.PositionOffset == 0, "the positions"),
            (spec.Rotary is not { } rotary || AllowsPartialRotation || rotary.Width == spec.HeadWidth, "the rotated part of a head"),
            (spec.Rotary?.Scaling is not { } scaling || CanExpress(scaling), $"the scaling of the positions ({spec.Rotary?.Scaling?.GetType().Name.Replace("RotaryScaling", "", StringComparison.Ordinal).ToLowerInvariant()})"),
            (Near(spec.AttentionScale, 1 / scale) && !spec.AttentionScaledByLayer, $"the factor of the attention scores ({spec.AttentionScale:0.####})"),
            (Near(spec.EmbeddingScale, ScalesEmbedding ? Math.Sqrt(spec.Width) : 1) && spec.EmbeddingWidth is null, "the embedding"),
            (spec.AttentionSoftCap is not null == CapsAndWindows && spec.LogitSoftCap is not null == CapsAndWindows, "the caps of scores and logits"),
            (!CapsAndWindows || EverySecondSlides(spec), "which layers have a window"),
            (!NeedsHeadsOfModelWidth || spec.Heads * spec.HeadWidth == spec.Width, "heads that do not add up to the model's width"),
        ];
        return checks.Where(check => !check.Same).Select(check => check.Difference);
    }

    // Gemma 2 27B is known to llama.cpp by its number of layers, and has another factor of its scores.
    private const int Gemma27Layers = 46;

    private bool CanExpress(RotaryScaling scaling) => Scalings.Contains(scaling.GetType())
        && scaling is not YarnRotaryScaling { WholeDimensions: false }
        && (scaling is not YarnRotaryScaling yarn || Near(yarn.Amplitude, YarnRotaryScaling.StandardAmplitude(yarn.Factor)));

    private static bool EverySecondSlides(DecoderSpec spec) => Enumerable.Range(0, spec.Layers)
        .All(layer => layer % 2 == 0 ? spec.WindowOf(layer) is { } window && window == spec.WindowOf(0) : spec.WindowOf(layer) is null);

    private static bool Near(double found, double expected) => Math.Abs(found - expected) <= 1e-6 * Math.Abs(expected);
}
