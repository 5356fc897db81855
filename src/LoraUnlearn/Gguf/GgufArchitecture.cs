using LoraUnlearn.Models;

namespace LoraUnlearn.Gguf;

/// <summary>How a model is written for llama.cpp: its settings, the names of its tensors, and the order of their rows.</summary>
public sealed class GgufArchitecture
{
    private readonly LlamaCppGraph _graph;
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long[]> _rows = new(StringComparer.Ordinal);
    private readonly HashSet<string> _norms = new(StringComparer.Ordinal);

    private GgufArchitecture(DecoderSpec spec, LlamaCppGraph graph)
    {
        Spec = spec;
        _graph = graph;
        AddNames();
        Notes = [.. Remarks()];
    }

    /// <summary>The model types that can be written, sorted.</summary>
    public static IReadOnlyList<string> Families { get; } = [.. LlamaCppGraph.All.SelectMany(graph => graph.Families).Order(StringComparer.Ordinal)];

    /// <summary>llama.cpp's name of the architecture: <c>general.architecture</c>.</summary>
    public string Name => _graph.Name;

    /// <summary>The model.</summary>
    public DecoderSpec Spec { get; }

    /// <summary>Where llama.cpp computes a little less, or a little else, than the model says; empty where it does not.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Whether the output head is written although it is the embedding.</summary>
    internal bool WritesTiedHead => _graph.NeedsHead && Spec.TiedHead;

    /// <summary>Finds the architecture of a model.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="source">Its config.json, for messages.</param>
    /// <exception cref="InputException">llama.cpp has none for this family, or would compute something else than the model.</exception>
    public static GgufArchitecture Of(DecoderSpec spec, string source)
    {
        LlamaCppGraph graph = LlamaCppGraph.All.FirstOrDefault(graph => graph.Families.Contains(spec.Family))
            ?? throw new InputException(
                $"{source}: no GGUF can be written for model_type '{spec.Family}': it is none of the architectures that llama.cpp and this program both know ({string.Join(", ", Families)}). Use --format peft.");
        string[] differences = [.. graph.DifferencesFrom(spec)];
        return differences.Length == 0
            ? new GgufArchitecture(spec, graph)
            : throw new InputException(
                $"{source}: no GGUF can be written: llama.cpp's architecture '{graph.Name}' would compute something else than this model; what differs: {string.Join("; ", differences)}. Use --format peft.");
    }

    /// <summary>llama.cpp's name of a module, without ".weight"; null where it has none.</summary>
    /// <param name="module">The module's name in the model.</param>
    internal string? NameOf(string module) => _names.GetValueOrDefault(module);

    /// <summary>Whether a module is a norm, whose weights llama.cpp wants whole (<see cref="DecoderSpec.NormWeightOffset"/>).</summary>
    internal bool IsNorm(string module) => _norms.Contains(module);

    /// <summary>Which row of the model's matrix, bias or B stands in each row of llama.cpp's; null where they are in the same order.</summary>
    internal long[]? RowsOf(string module) => _rows.GetValueOrDefault(module);

    /// <summary>Adds the settings that llama.cpp reads.</summary>
    internal void Describe(GgufMetadata metadata)
    {
        void Add(string key, long value) => metadata.Add($"{Name}.{key}", value);
        void AddNumber(string key, double value) => metadata.Add($"{Name}.{key}", (float)value);
        Add("context_length", ContextLength);
        Add("embedding_length", Spec.Width);
        Add("block_count", Spec.Layers);
        Add("feed_forward_length", Spec.MlpWidth);
        Add("vocab_size", Spec.VocabularySize);
        Add("attention.head_count", Spec.Heads);
        Add("attention.head_count_kv", Spec.KeyValueHeads);
        Add("attention.key_length", Spec.HeadWidth);
        Add("attention.value_length", Spec.HeadWidth);
        AddNumber(Spec.Norm == NormKind.Rms ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon", Spec.NormEpsilon);
        if (_graph.Layouts.Length > 1)
        {
            metadata.Add($"{Name}.use_parallel_residual", Spec.Layout == BlockLayout.Parallel);
        }

        if (Spec.AttentionSoftCap is double scores && Spec.LogitSoftCap is double logits)
        {
            AddNumber("attn_logit_softcapping", scores);
            AddNumber("final_logit_softcapping", logits);
            Add("attention.sliding_window", Spec.WindowOf(0)!.Value);
        }

        if (Spec.Rotary is { } rotary)
        {
            Add("rope.dimension_count", rotary.Width);
            AddNumber("rope.freq_base", rotary.Base);
            Describe(rotary.Scaling, metadata);
        }
    }

    /// <summary>Tensors that are in no checkpoint: the divisors of the rotary frequencies, [width/2] each.</summary>
    internal IEnumerable<(string Name, double[] Values)> RotaryDivisors()
    {
        if (Spec.Rotary is not { Scaling: { } scaling } rotary)
        {
            yield break;
        }

        if (scaling is Llama3RotaryScaling)
        {
            double[] frequencies = [.. Enumerable.Range(0, (int)(rotary.Width / 2)).Select(j => Math.Pow(rotary.Base, -2.0 * j / rotary.Width))];
            double[] scaled = scaling.Apply(frequencies, 1).Frequencies;
            yield return ("rope_freqs.weight", [.. frequencies.Zip(scaled, (before, after) => before / after)]);
        }

        if (scaling is LongRotaryScaling longer)
        {
            yield return ("rope_factors_long.weight", [.. longer.LongFactors]);
            yield return ("rope_factors_short.weight", [.. longer.ShortFactors]);
        }
    }

    // Windows of these architectures are not in llama.cpp's graph: up to a window's length they make no difference.
    private long ContextLength => !_graph.CapsAndWindows && Spec.AttentionWindows.Min() is { } window ? Math.Min(window, Spec.MaximumLength) : Spec.MaximumLength;

    private void Describe(RotaryScaling? scaling, GgufMetadata metadata)
    {
        string prefix = $"{Name}.rope.scaling.";
        switch (scaling)
        {
            case LinearRotaryScaling linear:
                metadata.Add(prefix + "type", "linear");
                metadata.Add(prefix + "factor", (float)linear.Factor);
                break;
            case YarnRotaryScaling yarn:
                metadata.Add(prefix + "type", "yarn");
                metadata.Add(prefix + "factor", (float)yarn.Factor);
                metadata.Add(prefix + "original_context_length", yarn.OriginalLength);
                metadata.Add(prefix + "yarn_beta_fast", (float)yarn.FastTurns);
                metadata.Add(prefix + "yarn_beta_slow", (float)yarn.SlowTurns);
                break;
            case LongRotaryScaling longer:
                metadata.Add(prefix + "original_context_length", longer.OriginalLength);
                metadata.Add(prefix + "attn_factor", (float)longer.Amplitude);
                break;
        }
    }

    private IEnumerable<string> Remarks()
    {
        if (ContextLength < Spec.MaximumLength)
        {
            yield return $"llama.cpp has no attention windows for '{Name}'; its context is limited to the window, {ContextLength} tokens of {Spec.MaximumLength}";
        }

        if (Spec.Activation == Activation.Gelu)
        {
            yield return $"llama.cpp computes GELU by its tanh approximation for '{Name}'";
        }

        if (Spec.Rotary?.Scaling is LongRotaryScaling)
        {
            yield return "llama.cpp chooses the rotary factors by the context it is started with, not by the length of the text";
        }
    }

    private void AddNames()
    {
        DecoderNames names = Spec.Names;
        bool fused = Spec.QueryKeyValue != ProjectionLayout.Separate;
        Add(names.Embedding, "token_embd");
        Add(names.PositionEmbedding, "position_embd");
        Add(names.FinalNorm, "output_norm", isNorm: true);
        Add(names.Head, "output");
        for (int layer = 0; layer < Spec.Layers; layer++)
        {
            AddLayer(names.AttentionNorm, "attn_norm", true);
            AddLayer(names.MlpNorm, "ffn_norm", true);
            AddLayer(names.PostAttentionNorm, "post_attention_norm", true);
            AddLayer(names.PostMlpNorm, "post_ffw_norm", true);
            AddLayer(names.QueryNorm, "attn_q_norm", true);
            AddLayer(names.KeyNorm, "attn_k_norm", true);
            AddLayer(names.Query, fused ? "attn_qkv" : "attn_q");
            AddLayer(fused ? null : names.Key, "attn_k");
            AddLayer(fused ? null : names.Value, "attn_v");
            AddLayer(names.Output, "attn_output");
            AddLayer(Spec.GatedMlp ? names.Gate : null, Spec.FusedGateUp ? "ffn_up" : "ffn_gate");
            AddLayer(Spec.FusedGateUp ? null : names.Up, "ffn_up");
            AddLayer(names.Down, "ffn_down");
            AddRows(layer);

            void AddLayer(string? template, string name, bool isNorm = false) =>
                Add(template is null ? null : DecoderNames.Of(template, layer), $"blk.{layer}.{name}", isNorm);
        }
    }

    private void Add(string? module, string name, bool isNorm = false)
    {
        if (module is not null)
        {
            _names.Add(module, name);
            if (isNorm)
            {
                _norms.Add(module);
            }
        }
    }

    private void AddRows(int layer)
    {
        if (_graph.RotatesNeighbours)
        {
            _rows.Add(DecoderNames.Of(Spec.Names.Query, layer), Neighbours(Spec.Heads, Spec.HeadWidth));
            _rows.Add(DecoderNames.Of(Spec.Names.Key!, layer), Neighbours(Spec.KeyValueHeads, Spec.HeadWidth));
        }

        if (Spec.QueryKeyValue == ProjectionLayout.InterleavedByHead)
        {
            _rows.Add(DecoderNames.Of(Spec.Names.Query, layer), Concatenated(Spec.Heads, Spec.HeadWidth));
        }
    }

    // Feature j of the first half and of the second stand side by side.
    private static long[] Neighbours(long heads, long width)
    {
        long[] rows = new long[heads * width];
        for (long row = 0; row < rows.Length; row++)
        {
            (long head, long feature) = Math.DivRem(row, width);
            rows[row] = (head * width) + (feature % 2 * (width / 2)) + (feature / 2);
        }

        return rows;
    }

    // All heads' queries, then keys, then values, where the model has them head by head.
    private static long[] Concatenated(long heads, long width)
    {
        long[] rows = new long[3 * heads * width];
        for (long row = 0; row < rows.Length; row++)
        {
            (long part, long rest) = Math.DivRem(row, heads * width);
            (long head, long feature) = Math.DivRem(rest, width);
            rows[row] = (((head * 3) + part) * width) + feature;
        }

        return rows;
    }
}
