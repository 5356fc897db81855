using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Text;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Models;
using LoraUnlearn.Sessions;
using LoraUnlearn.Tokenization;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Text lines in, token id lists out; or the other way.</summary>
internal sealed class TokenizeVerb : Verb
{
    private readonly Option<string> _model = OptionKinds.RequiredInput("--model", "DIR", "Model folder with tokenizer.json, or that file.");
    private readonly Option<string?> _data = OptionKinds.Input("--data", "FILE", "Lines to read; standard input unless given.");
    private readonly Option<bool> _special = OptionKinds.Flag("--special", "Add the post-processor's tokens, for example a beginning-of-sequence token.");
    private readonly Option<bool> _noParseSpecial = OptionKinds.Flag("--no-parse-special", "Special tokens written in the text are ordinary text.");
    private readonly Option<bool> _jsonLines = OptionKinds.Flag("--json-lines", "Each line of text, in or out, is a JSON string.");
    private readonly Option<bool> _decode = OptionKinds.Flag("--decode", "The other way: JSON id lists in, text lines out.");
    private readonly Option<bool> _skipSpecial = OptionKinds.Flag("--skip-special", "With --decode: leave special tokens out of the text.");
    private readonly Option<int?> _firstRows = OptionKinds.OptionalWhole("--rows", "Read --data as rows to train on, and show the first N as unlearn encodes them: tokens, ids, which are scored.", 1);
    private readonly RowOptions _rows = new();

    /// <summary>Creates the verb.</summary>
    public TokenizeVerb()
        : base("tokenize", "Turn text lines into token ids, or token ids into text.")
    {
        AddGroup("Options", _model, _data, _special, _noParseSpecial, _jsonLines, _decode, _skipSpecial, _firstRows);
        AddGroup("Rows", _rows.All);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "Reads UTF-8 lines and prints one JSON list of ids a line. A line ends at a line feed and nowhere else.";

    /// <inheritdoc/>
    public override bool UsesTorch => false;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "echo 'Who wrote Dune?' | lora-unlearn tokenize --model models/llama",
        "echo '[1, 15043]' | lora-unlearn tokenize --model models/llama --decode",
        "lora-unlearn tokenize --model models/llama --data forget.jsonl --template llama3 --rows 2",
    ];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        if (invocation.Get(_firstRows) is { } count)
        {
            ShowRows(invocation, count);
            return;
        }

        Tokenizer tokenizer = Tokenizer.Load(invocation.Get(_model));
        string? path = invocation.Get(_data);
        using Stream input = path is null ? invocation.In : InputFiles.OpenRead("--data", path);
        string name = path ?? "standard input";
        Reporter reporter = invocation.Reporter;
        reporter.Detail($"reading {name}");
        TextWriter output = reporter.Data;
        long number = 0;

        // Written as it comes: a document of a long line would be many times the size of the line.
        foreach (string line in Utf8Lines.Read(input, name, invocation.Cancellation))
        {
            string place = $"{name} line {++number}";
            output.Write(!reporter.IsJson ? "" : number == 1 ? "[\n  " : ",\n  ");
            if (invocation.Get(_decode))
            {
                string text = Decode(tokenizer, line, place, invocation);
                output.Write(reporter.IsJson || invocation.Get(_jsonLines) ? JsonText.Compact(JsonValue.Create(text)) : text);
            }
            else
            {
                WriteIds(output, tokenizer, line, place, invocation);
            }

            output.Write(reporter.IsJson ? "" : "\n");
        }

        output.Write(!reporter.IsJson ? "" : number == 0 ? "[]\n" : "\n]\n");
    }

    private void ShowRows(Invocation invocation, int count)
    {
        string path = invocation.Get(_data) ?? throw new InputException("--rows shows rows of a file; give it with --data FILE.");
        using ModelFolder folder = ModelFolder.Open(invocation.Get(_model));
        RowEncoding rows = new(folder, ModelFamilies.Describe(folder.Config));
        EncodedData data = rows.Encode(path, _rows.Read(invocation, Defaults.Request.Seed), count);
        RowListing.Print(invocation.Reporter, rows, data);
    }

    private void WriteIds(TextWriter output, Tokenizer tokenizer, string line, string place, Invocation invocation)
    {
        string text = invocation.Get(_jsonLines) ? ParseText(line, place) : line;
        bool parsesSpecial = !invocation.Get(_noParseSpecial);
        bool isFirst = true;
        output.Write('[');
        if (invocation.Get(_special))
        {
            Write(tokenizer.Encode(text, addSpecialTokens: true, parsesSpecial));
        }
        else
        {
            tokenizer.EncodeInParts(text, parsesSpecial, Write);
        }

        output.Write(']');

        void Write(IReadOnlyList<int> ids)
        {
            Span<char> digits = stackalloc char[16];
            foreach (int id in ids)
            {
                output.Write(isFirst ? "" : ",");
                isFirst = false;
                id.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
                output.Write(digits[..length]);
            }
        }
    }

    private string Decode(Tokenizer tokenizer, string line, string place, Invocation invocation) =>
        tokenizer.Decode(ParseIds(line, place), skipSpecialTokens: invocation.Get(_skipSpecial));

    private static string ParseText(string line, string place)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line.TrimStart('\uFEFF'));
            return document.RootElement.ValueKind == JsonValueKind.String
                ? document.RootElement.GetString()!
                : throw new InputException($"{place}: found {document.RootElement.ValueKind}, expected a JSON string, as --json-lines asks for.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InputException($"{place}: not a JSON string, as --json-lines asks for: {BoundedJson.Reason(exception)}", exception);
        }
    }

    private static int[] ParseIds(string line, string place)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line.TrimStart('\uFEFF'));
            return [.. document.RootElement.EnumerateArray().Select(element => element.GetInt32())];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new InputException($"{place}: not a JSON list of token ids, like [1, 2, 3]: {BoundedJson.Reason(exception)}", exception);
        }
    }
}
