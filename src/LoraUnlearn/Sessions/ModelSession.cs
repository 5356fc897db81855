using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Tokenization;
using LoraUnlearn.Torch;

namespace LoraUnlearn.Sessions;

/// <summary>A model folder opened for work: its decoder, its tokenizer when text needs one, and its way of encoding rows.</summary>
public sealed class ModelSession : IDisposable
{
    private IReadOnlyList<string>? _warnings;

    private ModelSession(ModelFolder folder, Decoder decoder, ComputeSettings compute)
    {
        Folder = folder;
        Decoder = decoder;
        Compute = compute;
        Rows = new RowEncoding(folder, decoder.Spec);
    }

    /// <summary>The model folder, open as long as the session: the weights are mapped from it.</summary>
    public ModelFolder Folder { get; }

    /// <summary>The frozen base; adapters are put on its linear maps.</summary>
    public Decoder Decoder { get; }

    /// <summary>Where it computes.</summary>
    public ComputeSettings Compute { get; }

    /// <summary>What the user should know of the model, a line each.</summary>
    public IReadOnlyList<string> Warnings => _warnings ??= [.. Rows.Tokenizer is null ? [] : Rows.Special.Warnings, .. TiedHead.Warning(Folder, Decoder.Spec) is { } tied ? [tied] : Array.Empty<string>()];

    /// <summary>How rows are encoded for it.</summary>
    public RowEncoding Rows { get; }

    /// <summary>The tokenizer, read on first use; null when the folder has none.</summary>
    public Tokenizer? Tokenizer => Rows.Tokenizer;

    /// <summary>The ids that end a generated text.</summary>
    public long[] EndOfSequenceIds => [.. Rows.Special.Ends.Select(id => (long)id)];

    /// <summary>Opens a model folder and maps its weights.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="compute">Where to compute.</param>
    /// <param name="check">Sees the architecture before any weight is read, and may refuse it; or null.</param>
    /// <param name="ignoredKeys">Keys of config.json that count as absent.</param>
    /// <exception cref="InputException">The folder cannot be used.</exception>
    public static ModelSession Open(string path, ComputeSettings compute, Action<DecoderSpec>? check = null, IReadOnlyCollection<string>? ignoredKeys = null)
    {
        ModelFolder folder = ModelFolder.Open(path, ignoredKeys);
        try
        {
            check?.Invoke(ModelFamilies.Describe(folder.Config));
            return new ModelSession(folder, Decoder.Load(folder, compute.Device, compute.Dtype, compute.Base), compute);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The tokenizer, for callers that cannot do without.</summary>
    /// <exception cref="InputException">The folder has none.</exception>
    public Tokenizer RequireTokenizer() => Rows.RequireTokenizer();

    /// <summary>Reads and encodes a data file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Template and lengths.</param>
    /// <returns>The examples, how many rows were cut, and what was decided about them.</returns>
    /// <exception cref="InputException">The file or one of its rows cannot be used.</exception>
    public EncodedData Encode(string path, EncodingOptions options) => Rows.Encode(path, options);

    /// <summary>An encoder of rows of text for this model.</summary>
    /// <param name="options">Template and lengths.</param>
    /// <exception cref="InputException">There is no tokenizer, the template does not fit it, or the length does not fit the model.</exception>
    public ExampleEncoder Encoder(EncodingOptions options) => Rows.Encoder(options, needsText: true, Rows.TemplateFor(options.Template).Template);

    /// <inheritdoc/>
    public void Dispose()
    {
        Decoder.Dispose();
        Folder.Dispose();
    }
}
