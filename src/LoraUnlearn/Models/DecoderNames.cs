namespace LoraUnlearn.Models;

/// <summary>
/// Module names of a family, as Hugging Face's model class has them (PEFT uses the same names). "{0}" stands for the layer
/// number; null means that the family has no such module. A tensor's name is the module's followed by ".weight" or ".bias".
/// </summary>
public sealed record DecoderNames
{
    /// <summary>Token embedding.</summary>
    public required string Embedding { get; init; }

    /// <summary>Learned position embedding.</summary>
    public string? PositionEmbedding { get; init; }

    /// <summary>From the embedding's width to the model's, where they differ.</summary>
    public string? EmbeddingProjection { get; init; }

    /// <summary>From the model's width to the output head's, where they differ.</summary>
    public string? HeadProjection { get; init; }

    /// <summary>Norm before the attention (or the shared one of a parallel block).</summary>
    public required string AttentionNorm { get; init; }

    /// <summary>Norm before the MLP.</summary>
    public string? MlpNorm { get; init; }

    /// <summary>Norm after the attention, before the residual (sandwich layout).</summary>
    public string? PostAttentionNorm { get; init; }

    /// <summary>Norm after the MLP, before the residual (sandwich layout).</summary>
    public string? PostMlpNorm { get; init; }

    /// <summary>Query projection, or the fused projection of query, key and value.</summary>
    public required string Query { get; init; }

    /// <summary>Key projection.</summary>
    public string? Key { get; init; }

    /// <summary>Value projection.</summary>
    public string? Value { get; init; }

    /// <summary>Norm of the query heads.</summary>
    public string? QueryNorm { get; init; }

    /// <summary>Norm of the key heads.</summary>
    public string? KeyNorm { get; init; }

    /// <summary>Output projection of the attention.</summary>
    public required string Output { get; init; }

    /// <summary>Gate projection of a gated MLP, or gate and up fused.</summary>
    public string? Gate { get; init; }

    /// <summary>Up projection of the MLP.</summary>
    public string? Up { get; init; }

    /// <summary>Down projection of the MLP.</summary>
    public required string Down { get; init; }

    /// <summary>Norm before the output head; null when there is none (OPT with post-norm).</summary>
    public string? FinalNorm { get; init; }

    /// <summary>Output head.</summary>
    public required string Head { get; init; }

    /// <summary>
    /// The prefix that a bare model class leaves out ("model.", "transformer."): a tensor is looked up with it, then without.
    /// </summary>
    public string OptionalPrefix { get; init; } = "model.";

    /// <summary>Puts the layer number into a name.</summary>
    /// <param name="template">One of the names.</param>
    /// <param name="layer">Block number from 0.</param>
    public static string Of(string template, int layer) =>
        template.Replace("{0}", layer.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
