using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Tokenization;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Sessions;

/// <summary>A model folder opened for work: its decoder, its tokenizer when text needs one, and its way of encoding rows.</summary>
public sealed class ModelSession : IDisposable
{
    private const int LongestByDefault = 512;

    private readonly Lazy<Tokenizer?> _tokenizer;

    private ModelSession(ModelFolder folder, Decoder decoder, ComputeSettings compute)
    {
        Folder = folder;
        Decoder = decoder;
        Compute = compute;
        _tokenizer = new Lazy<Tokenizer?>(() => folder.TokenizerPath is { } path ? Tokenizer.Load(path) : null);
    }

    /// <summary>The model folder, open as long as the session: the weights are mapped from it.</summary>
    public ModelFolder Folder { get; }

    /// <summary>The frozen base; adapters are put on its linear maps.</summary>
    public Decoder Decoder { get; }

    /// <summary>Where it computes.</summary>
    public ComputeSettings Compute { get; }

    /// <summary>The tokenizer, read on first use; null when the folder has none.</summary>
    public Tokenizer? Tokenizer => _tokenizer.Value;

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
    public Tokenizer RequireTokenizer() => Tokenizer
        ?? throw new InputException($"{Folder.Path}: there is no tokenizer.json, which text needs; copy the model's, or give rows of input_ids.");

    /// <summary>Reads and encodes a JSONL file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Template and lengths.</param>
    /// <returns>The examples and how many rows were cut.</returns>
    /// <exception cref="InputException">The file or one of its rows cannot be used.</exception>
    public EncodedData Encode(string path, EncodingOptions options)
    {
        IReadOnlyList<DataRow> rows = DataRows.Read(path);
        ExampleEncoder encoder = Encoder(options, rows.Any(row => row.Kind != DataRowKind.Tokens));
        IReadOnlyList<Example> examples = encoder.Encode(rows, path);
        return new EncodedData(path, examples, encoder.TruncatedRows);
    }

    /// <summary>An encoder of rows for this model.</summary>
    /// <param name="options">Template and lengths.</param>
    /// <param name="text">Whether rows are text, so that the tokenizer is needed.</param>
    /// <exception cref="InputException">There is no tokenizer, or the maximum length is more than the model's positions.</exception>
    public ExampleEncoder Encoder(EncodingOptions options, bool text = true)
    {
        int longest = options.MaxLength ?? (int)Math.Min(LongestByDefault, Decoder.Spec.MaximumLength);
        if (longest > Decoder.Spec.MaximumLength)
        {
            throw new InputException($"--max-length is {longest}, but the model has {Decoder.Spec.MaximumLength} positions.");
        }

        return new ExampleEncoder(
            text ? RequireTokenizer() : null,
            options.Template,
            longest,
            Folder.EndOfSequenceIds.Length > 0 ? (int)Folder.EndOfSequenceIds[0] : null,
            options.Refusals,
            options.Seed,
            (int)Decoder.Spec.VocabularySize);
    }

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
    /// <summary>Template of question rows.</summary>
    public PromptTemplate Template { get; init; } = PromptTemplate.Named("plain");

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
public sealed record EncodedData(string Path, IReadOnlyList<Example> Examples, int TruncatedRows);
