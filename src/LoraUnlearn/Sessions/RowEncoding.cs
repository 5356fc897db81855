using LoraUnlearn.Checkpoints;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Sessions;

/// <summary>A model's way of encoding rows: its tokenizer, its special tokens, its template. No weight is read.</summary>
public sealed class RowEncoding
{
    private const int LongestByDefault = 512;

    private readonly string _folder;
    private readonly Lazy<Tokenizer?> _tokenizer;
    private readonly Lazy<SpecialTokens> _special;
    private readonly DecoderSpec _spec;

    /// <summary>Prepares it; the tokenizer is read on first use.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="spec">The architecture that its configuration describes.</param>
    public RowEncoding(ModelFolder folder, DecoderSpec spec)
    {
        _folder = folder.Path;
        _spec = spec;
        string? path = folder.TokenizerPath;
        ModelConfig config = Config = folder.Config;
        _tokenizer = new Lazy<Tokenizer?>(() => path is null ? null : Tokenizer.Load(path));
        _special = new Lazy<SpecialTokens>(() => SpecialTokens.Read(_folder, config, _tokenizer.Value));
    }

    /// <summary>The model's config.json.</summary>
    public ModelConfig Config { get; }

    /// <summary>The tokenizer; null when the folder has none.</summary>
    public Tokenizer? Tokenizer => _tokenizer.Value;

    /// <summary>The special tokens.</summary>
    public SpecialTokens Special => _special.Value;

    /// <summary>The tokenizer, for callers that cannot do without.</summary>
    /// <exception cref="InputException">The folder has none.</exception>
    public Tokenizer RequireTokenizer() => Tokenizer
        ?? throw new InputException($"{_folder}: there is no tokenizer.json, which text needs; copy the model's, or give rows of input_ids.");

    /// <summary>The template that is used, and where it comes from.</summary>
    /// <param name="asked">The one asked for; null for the model's own.</param>
    /// <exception cref="InputException">The tokenizer lacks a special token that the template spells.</exception>
    public (PromptTemplate Template, string Reason) TemplateFor(PromptTemplate? asked)
    {
        if (asked is not null)
        {
            ChatTemplates.RequireMarkers(asked, RequireTokenizer(), _folder);
            return (asked, "as asked for");
        }

        PromptTemplate plain = PromptTemplate.Named("plain");
        if (Special.ChatTemplate is not { } program)
        {
            return (plain, "the model has no chat template");
        }

        if (ChatTemplateFamilies.Recognise(program, Spelled(Special.Bos), Spelled(Special.Eos)) is not { } own)
        {
            return (plain, "the model's chat template is none of the known ones; give --template to say which is right");
        }

        ChatTemplates.RequireMarkers(own, RequireTokenizer(), _folder);
        return (own, own.StandardSystem is null || own.Name == "vicuna" ? "from the model's chat template" : "from the model's chat template, with its standard system turn");
    }

    private string? Spelled(int? id) => id is { } known ? Tokenizer?.IdToToken(known) : null;

    /// <summary>An encoder for this model's rows.</summary>
    /// <param name="options">How.</param>
    /// <param name="needsText">Whether there are rows of text, which need a tokenizer.</param>
    /// <param name="template">The template in force; it does not matter without text.</param>
    /// <exception cref="InputException">There is no tokenizer, or the length does not fit the model.</exception>
    public ExampleEncoder Encoder(EncodingOptions options, bool needsText, PromptTemplate template)
    {
        int longest = options.MaxLength ?? (int)Math.Min(LongestByDefault, _spec.MaximumLength);
        if (longest > _spec.MaximumLength)
        {
            throw new InputException($"--max-length is {longest}, but the model has {_spec.MaximumLength} positions.");
        }

        return new ExampleEncoder(needsText ? RequireTokenizer() : null, template, longest, needsText ? Special.Eos : null, options.Refusals, options.Seed, (int)_spec.VocabularySize)
        {
            SpecialTokens = options.SpecialTokens,
            AppendEos = options.AppendEos,
            ScoresAllAssistantTurns = options.ScoresAllAssistantTurns,
            BosId = needsText && Special.AddBos ? Special.Bos : null,
            EndsTexts = needsText && Special.AddEos,
        };
    }

    /// <summary>Reads and encodes a data file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Template and lengths.</param>
    /// <param name="mostRows">Rows from the first; all by default.</param>
    /// <returns>The examples, how many rows were cut, and what was decided about them.</returns>
    /// <exception cref="InputException">The file or one of its rows cannot be used.</exception>
    public EncodedData Encode(string path, EncodingOptions options, int mostRows = int.MaxValue)
    {
        IReadOnlyList<DataRow> rows = DataRows.Read(path);
        rows = mostRows < rows.Count ? [.. rows.Take(mostRows)] : rows;
        bool needsText = rows.Any(row => row.Kind != DataRowKind.Tokens);
        bool needsTemplate = rows.Any(row => row.Kind is DataRowKind.QuestionAnswer or DataRowKind.Conversation);
        (PromptTemplate template, string reason) = needsTemplate ? TemplateFor(options.Template) : (PromptTemplate.Named("plain"), "");
        ExampleEncoder encoder = Encoder(options, needsText, template);
        IReadOnlyList<Example> examples = encoder.Encode(rows, path);
        List<string> notes = [];
        if (needsTemplate && options.Template is null)
        {
            notes.Add($"{path}: template {template.Name} ({reason}).");
        }

        if (encoder.SpecialTokensFound > 0)
        {
            notes.Add($"{path}: {encoder.SpecialTokensFound} special tokens spelled in the rows are taken as such; --special-tokens text takes them as ordinary text.");
        }

        if (encoder.Completions > 0 && options.AppendEos == EosRule.Auto)
        {
            notes.Add(Special.Eos is null
                ? $"{path}: the model names no end-of-sequence token, so completions end without one."
                : $"{path}: {encoder.CompletionsEnded} of {encoder.Completions} completions get the end-of-sequence token; --append-eos off leaves it out.");
        }

        return new EncodedData(path, examples, encoder.TruncatedRows) { Notes = notes, Template = needsTemplate ? template.Name : null };
    }

    /// <summary>How a row was encoded: its tokens, ids, and which are scored, for people.</summary>
    /// <param name="example">The row.</param>
    /// <param name="tokens">The most tokens that are shown.</param>
    public IEnumerable<string> Describe(Example example, int tokens = 200)
    {
        LabelledSequence sequence = example.Sequence;
        for (int position = 0; position < Math.Min(tokens, sequence.Length); position++)
        {
            int id = sequence.InputIds[position];
            string text = Tokenizer is null ? "" : $"  {System.Text.Json.JsonSerializer.Serialize(Tokenizer.Decode([id]), PlainJson)}";
            bool isScored = position > 0 && sequence.Labels[position] != LabelledSequence.NotScored;
            yield return $"{position,5} {id,7} {(isScored ? "scored" : "      ")}{text}";
        }

        if (sequence.Length > tokens)
        {
            yield return $"… {sequence.Length - tokens} more tokens";
        }
    }

    private static readonly System.Text.Json.JsonSerializerOptions PlainJson = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
