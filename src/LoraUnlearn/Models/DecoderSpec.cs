namespace LoraUnlearn.Models;

/// <summary>
/// Everything that distinguishes one decoder-only transformer from another. A family builds it from
/// <c>config.json</c>; <see cref="Decoder"/> computes whatever it says. Widths are counts of features.
/// </summary>
public sealed record DecoderSpec
{
    internal const long LargestSize = 1L << 28;
    internal const int LargestDepth = 4096;

    /// <summary>The family's name, for messages: the <c>model_type</c> of the configuration.</summary>
    public required string Family { get; init; }

    /// <summary>Vocabulary size v: rows of the embedding and of the output head.</summary>
    public required long VocabularySize { get; init; }

    /// <summary>Model width d.</summary>
    public required long Width { get; init; }

    /// <summary>Number of blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key/value heads; equal to <see cref="Heads"/> without grouping, and a divisor of it otherwise.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Features of one head.</summary>
    public required long HeadWidth { get; init; }

    /// <summary>Features of the MLP's hidden layer.</summary>
    public required long MlpWidth { get; init; }

    /// <summary>Longest sequence that the positions are made for.</summary>
    public required long MaximumLength { get; init; }

    /// <summary>RMS or layer normalisation.</summary>
    public NormKind Norm { get; init; } = NormKind.Rms;

    /// <summary>ε inside the square root of every norm.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Added to the norm's weight before use: 1 for Gemma, whose weights are stored minus one; otherwise 0.</summary>
    public double NormWeightOffset { get; init; }

    /// <summary>How attention and MLP are composed around the residual stream.</summary>
    public BlockLayout Layout { get; init; } = BlockLayout.Sequential;

    /// <summary>The MLP's nonlinearity.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>Whether the MLP is down( act(gate x) ⊙ up x ) instead of down( act(up x) ).</summary>
    public bool GatedMlp { get; init; } = true;

    /// <summary>How query, key and value projections are stored.</summary>
    public ProjectionLayout QueryKeyValue { get; init; } = ProjectionLayout.Separate;

    /// <summary>Whether gate and up are one matrix, gate first (Phi-3's <c>gate_up_proj</c>).</summary>
    public bool FusedGateUp { get; init; }

    /// <summary>Whether linear weights are stored [i,o] (GPT-2's Conv1D; PEFT calls it fan_in_fan_out).</summary>
    public bool TransposedWeights { get; init; }

    /// <summary>Output and input width of a linear weight, whichever way round it is stored.</summary>
    /// <param name="shape">[o,i], or [i,o] where <see cref="TransposedWeights"/>.</param>
    public (long Output, long Input) WidthsOf(IReadOnlyList<long> shape) => TransposedWeights ? (shape[1], shape[0]) : (shape[0], shape[1]);

    /// <summary>Which linear maps have a bias. Layer norms always have one, RMS norms never.</summary>
    public Biases Biases { get; init; }

    /// <summary>Rotary embedding, or null where positions are learned.</summary>
    public RotarySpec? Rotary { get; init; }

    /// <summary>Rows skipped at the start of the learned position table: 2 for OPT, otherwise 0.</summary>
    public int PositionOffset { get; init; }

    /// <summary>Factor of the attention scores; normally 1/√(head width).</summary>
    public required double AttentionScale { get; init; }

    /// <summary>Whether the scores of block l are divided by l+1 too (GPT-2's <c>scale_attn_by_inverse_layer_idx</c>).</summary>
    public bool AttentionScaledByLayer { get; init; }

    /// <summary>Scores become c·tanh(score/c) (Gemma 2), or null.</summary>
    public double? AttentionSoftCap { get; init; }

    /// <summary>Logits become c·tanh(logit/c) (Gemma 2), or null.</summary>
    public double? LogitSoftCap { get; init; }

    /// <summary>Per layer, the number of positions that a query sees, itself included; null for all of them.</summary>
    public IReadOnlyList<int?> AttentionWindows { get; init; } = [];

    /// <summary>Whether query and key heads are RMS-normalised before the rotation (Qwen3).</summary>
    public bool QueryKeyNorm { get; init; }

    /// <summary>Factor of the embedding output, rounded to the weights' type before use: √d for Gemma, otherwise 1.</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>
    /// Features of the embedding and of the output head's input where they differ from <see cref="Width"/> (OPT-350m): two
    /// matrices lead from one to the other and back. Null where they are the same.
    /// </summary>
    public long? EmbeddingWidth { get; init; }

    /// <summary>Whether the output head is the embedding.</summary>
    public bool TiedHead { get; init; }

    /// <summary>What the tensors of a checkpoint are called.</summary>
    public required DecoderNames Names { get; init; }

    /// <summary>The window of one layer, or null when it sees every position before it.</summary>
    /// <param name="layer">Block number from 0.</param>
    public int? WindowOf(int layer) => layer < AttentionWindows.Count ? AttentionWindows[layer] : null;

    /// <summary>The factor of the attention scores in one layer.</summary>
    /// <param name="layer">Block number from 0.</param>
    public double AttentionScaleOf(int layer) => AttentionScaledByLayer ? AttentionScale / (layer + 1) : AttentionScale;

    /// <summary>Checks that the numbers fit together.</summary>
    /// <param name="source">Where the configuration came from, for the message.</param>
    /// <returns>This specification.</returns>
    /// <exception cref="InputException">A size is not positive, or heads do not divide.</exception>
    public DecoderSpec Validate(string source)
    {
        foreach ((string name, long value) in new (string, long)[]
        {
            ("vocabulary size", VocabularySize), ("hidden size", Width), ("number of layers", Layers), ("number of heads", Heads),
            ("number of key/value heads", KeyValueHeads), ("head size", HeadWidth), ("MLP size", MlpWidth),
            ("maximum length", MaximumLength), ("embedding size", EmbeddingWidth ?? Width),
        })
        {
            if (value is <= 0 or > LargestSize)
            {
                throw new InputException($"{source}: the {name} is {value}; expected a positive number up to {LargestSize}.");
            }
        }

        if (Layers > LargestDepth)
        {
            throw new InputException($"{source}: the number of layers is {Layers}; expected up to {LargestDepth}.");
        }

        if (Heads % KeyValueHeads != 0)
        {
            throw new InputException($"{source}: {Heads} query heads are not a multiple of {KeyValueHeads} key/value heads.");
        }

        if (Rotary is { } rotary && (rotary.Width > HeadWidth || rotary.Width % 2 != 0 || rotary.Width <= 0))
        {
            throw new InputException($"{source}: {rotary.Width} rotary features; expected an even number up to the head size {HeadWidth}.");
        }

        foreach (int? window in AttentionWindows)
        {
            if (window <= 0)
            {
                throw new InputException($"{source}: an attention window of {window} positions; expected a positive number.");
            }
        }

        return this;
    }
}

/// <summary>Linear maps that have a bias.</summary>
[Flags]
public enum Biases
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>The query, key and value projections, or the fused one.</summary>
    QueryKeyValue = 1,

    /// <summary>The attention's output projection.</summary>
    AttentionOutput = 2,

    /// <summary>All projections of the MLP.</summary>
    Mlp = 4,

    /// <summary>The output head.</summary>
    Head = 8,

    /// <summary>All projections of the blocks.</summary>
    Blocks = QueryKeyValue | AttentionOutput | Mlp,
}

/// <summary>Kinds of normalisation.</summary>
public enum NormKind
{
    /// <summary>x / √(mean(x²) + ε) ⊙ weight.</summary>
    Rms,

    /// <summary>(x − mean) / √(variance + ε) ⊙ weight + bias.</summary>
    Layer,
}

/// <summary>How a block composes attention and MLP.</summary>
public enum BlockLayout
{
    /// <summary>h = x + attention(norm₁ x); y = h + mlp(norm₂ h).</summary>
    Sequential,

    /// <summary>y = x + attention(norm₁ x) + mlp(norm₂ x) (GPT-NeoX).</summary>
    Parallel,

    /// <summary>y = x + attention(norm x) + mlp(norm x), one norm for both (Phi).</summary>
    ParallelSharedNorm,

    /// <summary>h = x + post₁(attention(norm₁ x)); y = h + post₂(mlp(norm₂ h)) (Gemma 2).</summary>
    Sandwich,

    /// <summary>h = norm₁(x + attention x); y = norm₂(h + mlp h) (OPT-350m).</summary>
    PostNorm,
}

/// <summary>Nonlinearities.</summary>
public enum Activation
{
    /// <summary>x·σ(x).</summary>
    Silu,

    /// <summary>GELU with the error function.</summary>
    Gelu,

    /// <summary>GELU's tanh approximation (<c>gelu_new</c>, <c>gelu_pytorch_tanh</c>, <c>gelu_fast</c>).</summary>
    GeluTanh,

    /// <summary>max(x, 0).</summary>
    Relu,
}

/// <summary>How query, key and value projections are stored.</summary>
public enum ProjectionLayout
{
    /// <summary>Three matrices.</summary>
    Separate,

    /// <summary>One matrix, rows in the order query, key, value (GPT-2, Phi-3).</summary>
    Concatenated,

    /// <summary>One matrix, rows head by head: query, key, value of head 0, then of head 1 (GPT-NeoX).</summary>
    InterleavedByHead,
}
