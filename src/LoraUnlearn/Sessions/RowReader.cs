using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Sessions;

/// <summary>Reads data files for a model as training does, without its weights: tokenizer and special tokens on first use.</summary>
public sealed class RowReader
{
    private const int LongestByDefault = 512;

    private readonly ModelFolder _folder;
    private readonly DecoderSpec _spec;
    private readonly Lazy<Tokenizer?> _tokenizer;
    private readonly Lazy<SpecialTokens> _special;

    /// <summary>Creates a reader.</summary>
    /// <param name="folder">The opened model folder.</param>
    /// <param name="spec">Its architecture.</param>
    public RowReader(ModelFolder folder, DecoderSpec spec)
    {
        _folder = folder;
        _spec = spec;
        _tokenizer = new Lazy<Tokenizer?>(() => folder.TokenizerPath is { } path ? Tokenizer.Load(path) : null);
        _special = new Lazy<SpecialTokens>(() => Tokenizer is { } tokenizer ? SpecialTokens.Read(folder.Path, tokenizer) : SpecialTokens.None);
    }

    /// <summary>The tokenizer; null when the folder has none.</summary>
    public Tokenizer? Tokenizer => _tokenizer.Value;

    /// <summary>The special tokens of the folder; none without a tokenizer.</summary>
    public SpecialTokens SpecialTokens => _special.Value;

    /// <summary>The tokenizer, for callers that cannot do without.</summary>
    /// <exception cref="InputException">The folder has none.</exception>
    public Tokenizer RequireTokenizer() => Tokenizer
        ?? throw new InputException($"{_folder.Path}: there is no tokenizer.json, which text needs; copy the model's, or give rows of input_ids.");

    /// <summary>The template in force.</summary>
    /// <param name="options">What was asked for.</param>
    public PromptTemplate TemplateOf(EncodingOptions options) =>
        options.Template ?? SpecialTokens.Template ?? PromptTemplate.Named("plain");

    /// <summary>The most tokens of a sequence.</summary>
    /// <param name="options">What was asked for.</param>
    /// <exception cref="InputException">More was asked for than the model has positions.</exception>
    public int MaximumLength(EncodingOptions options)
    {
        int longest = options.MaxLength ?? (int)Math.Min(LongestByDefault, _spec.MaximumLength);
        return longest <= _spec.MaximumLength
            ? longest
            : throw new InputException($"--max-length is {longest}, but the model has {_spec.MaximumLength} positions.");
    }

    /// <summary>Reads and encodes a data file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Template and lengths.</param>
    /// <returns>The examples, and what was done to the rows.</returns>
    /// <exception cref="InputException">The file or one of its rows cannot be used.</exception>
    public EncodedData Encode(string path, EncodingOptions options)
    {
        IReadOnlyList<DataRow> rows = DataRows.Read(path);
        int longest = MaximumLength(options);
        bool text = rows.Any(row => row.Kind != DataRowKind.Tokens);
        Tokenizer? tokenizer = text ? RequireTokenizer() : null;
        SpecialTokens special = text ? SpecialTokens : SpecialTokens.None;
        PromptTemplate template = text ? TemplateOf(options) : options.Template ?? PromptTemplate.Named("plain");
        ExampleEncoder encoder = new(
            tokenizer, template, longest, special.EndId, options.Refusals, options.Seed, (int)_spec.VocabularySize, options.Rules, special);
        IReadOnlyList<Example> examples = encoder.Encode(rows, path);
        return new EncodedData(path, examples, encoder.TruncatedRows)
        {
            Template = template.Name,
            ParsedSpecialTokens = encoder.ParsedSpecialTokens,
            AppendedEnds = encoder.AppendedEnds,
            Notes = [.. Notes(path, rows, encoder, template, options)],
        };
    }

    private IEnumerable<string> Notes(string path, IReadOnlyList<DataRow> rows, ExampleEncoder encoder, PromptTemplate template, EncodingOptions options)
    {
        if (options.Template is null && rows.Any(row => row.Kind is DataRowKind.QuestionAnswer or DataRowKind.Conversation))
        {
            string why = SpecialTokens.Template is not null ? "the tokenizer's own chat template"
                : SpecialTokens.HasChatTemplate ? "the tokenizer's chat template is none of the known ones; choose one with --template if plain is wrong"
                : "the tokenizer has no chat template";
            yield return $"{path}: template {template.Name} ({why}).";
        }

        if (encoder.ParsedSpecialTokens > 0)
        {
            yield return $"{path}: {encoder.ParsedSpecialTokens} special tokens spelled in the rows are read as such; --special-tokens text takes them for text.";
        }

        if (encoder.AppendedEnds > 0)
        {
            yield return $"{path}: {encoder.AppendedEnds} rows got an end-of-sequence token at the end; --append-eos off leaves it out.";
        }
    }
}
