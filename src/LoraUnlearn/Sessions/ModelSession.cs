using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Tokenization;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Sessions;

/// <summary>A model folder opened for work: its decoder, its tokenizer when text needs one, and its way of encoding rows.</summary>
public sealed class ModelSession : IDisposable
{
    private readonly RowReader _rows;

    private ModelSession(ModelFolder folder, Decoder decoder, ComputeSettings compute)
    {
        Folder = folder;
        Decoder = decoder;
        Compute = compute;
        _rows = new RowReader(folder, decoder.Spec);
    }

    /// <summary>The folder.</summary>
    public ModelFolder Folder { get; }

    /// <summary>The model.</summary>
    public Decoder Decoder { get; }

    /// <summary>Where it computes.</summary>
    public ComputeSettings Compute { get; }

    /// <summary>The tokenizer, read on first use; null when the folder has none.</summary>
    public Tokenizer? Tokenizer => _rows.Tokenizer;

    /// <summary>The special tokens of the folder, read on first use; none without a tokenizer.</summary>
    /// <exception cref="InputException">One of the tokenizer's files is malformed.</exception>
    public SpecialTokens SpecialTokens => _rows.SpecialTokens;

    /// <summary>Opens a model folder and maps its weights.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="compute">Where to compute.</param>
    /// <param name="check">Sees the architecture before any weight is read, and may refuse it; or null.</param>
    /// <exception cref="InputException">The folder cannot be used.</exception>
    public static ModelSession Open(string path, ComputeSettings compute, Action<DecoderSpec>? check = null)
    {
        ModelFolder folder = ModelFolder.Open(path);
        try
        {
            check?.Invoke(ModelFamilies.Describe(folder.Config));
            return new ModelSession(folder, Decoder.Load(folder, compute.Device, compute.Dtype), compute);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The tokenizer, for callers that cannot do without.</summary>
    /// <exception cref="InputException">The folder has none.</exception>
    public Tokenizer RequireTokenizer() => _rows.RequireTokenizer();

    /// <summary>The ids that stop generation: generation_config.json's, else config.json's, else the tokenizer's end.</summary>
    public long[] StopIds => Tokenizer is null ? Folder.EndOfSequenceIds : [.. SpecialTokens.StopIds.Select(id => (long)id)];

    /// <summary>The template in force: the one asked for, else the tokenizer's own where it is known, else <c>plain</c>.</summary>
    /// <param name="options">What was asked for.</param>
    public PromptTemplate TemplateOf(EncodingOptions options) => _rows.TemplateOf(options);

    /// <summary>Reads and encodes a data file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Template and lengths.</param>
    /// <returns>The examples and how many rows were cut.</returns>
    /// <exception cref="InputException">The file or one of its rows cannot be used.</exception>
    public EncodedData Encode(string path, EncodingOptions options) => _rows.Encode(path, options);

    /// <inheritdoc/>
    public void Dispose()
    {
        Decoder.Dispose();
        Folder.Dispose();
    }
}

/// <summary>How rows become token ids.</summary>
public sealed record EncodingOptions
{
    /// <summary>Template of question rows; null: the tokenizer's own chat template where it is a known one, else <c>plain</c>.</summary>
    public PromptTemplate? Template { get; init; }

    /// <summary>What is parsed, ended and scored.</summary>
    public RowEncodingRules Rules { get; init; } = new();

    /// <summary>Most tokens of a sequence; by default 512, or the model's positions if fewer.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Replacement answers for rows that have none.</summary>
    public IReadOnlyList<string>? Refusals { get; init; }

    /// <summary>Chooses each row's replacement.</summary>
    public long Seed { get; init; } = 42;
}

/// <summary>An encoded file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Examples">Its examples.</param>
/// <param name="TruncatedRows">How many rows were cut to the maximum length.</param>
public sealed record EncodedData(string Path, IReadOnlyList<Example> Examples, int TruncatedRows)
{
    /// <summary>The name of the template in force.</summary>
    public string Template { get; init; } = "plain";

    /// <summary>How many special tokens the rows' texts spelled, and were read as.</summary>
    public int ParsedSpecialTokens { get; init; }

    /// <summary>How many completions and texts got an end that they did not spell.</summary>
    public int AppendedEnds { get; init; }

    /// <summary>What to know of how the rows were read, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
