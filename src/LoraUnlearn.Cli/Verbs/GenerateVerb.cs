using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Data;
using LoraUnlearn.Models;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Continues prompts, with several adapters side by side.</summary>
internal sealed class GenerateVerb : Verb
{
    private static readonly GenerationOptions Standard = new();

    private readonly ModelOptions _model = new();
    private readonly Option<string[]> _adapter = OptionKinds.Inputs("--adapter", "DIR", "Adapter folder (PEFT) to put on the model; several are shown side by side.");
    private readonly Option<bool> _base = OptionKinds.Flag("--base", "With adapters: show what the base model says, too.");
    private readonly Option<string?> _prompt = OptionKinds.Text("--prompt", "TEXT", "Text to continue, as it is; with --template, a question to answer.");
    private readonly Option<string?> _data = OptionKinds.Input("--data", "FILE", "JSONL file whose prompts to continue.");
    private readonly Option<int?> _maxRows = OptionKinds.OptionalWhole("--max-rows", "Rows of --data, from the first; all unless given.", 1);
    private readonly Option<int> _maxNewTokens = OptionKinds.Whole("--max-new-tokens", "Most new tokens.", Standard.MaxNewTokens, 1);
    private readonly Option<double> _temperature = OptionKinds.Number("--temperature", "Sampling temperature; 0 takes the most likely token always.", Standard.Temperature, 0);
    private readonly Option<int> _topK = OptionKinds.Whole("--top-k", "Sample among this many most likely tokens; 0 for all.", Standard.TopK, 0);
    private readonly Option<double> _topP = OptionKinds.Number("--top-p", "Sample among the most likely tokens that together reach this probability.", Standard.TopP, 0, 1);
    private readonly RowOptions _rows = new();
    private readonly ComputeOptions _compute = new();

    /// <summary>Creates the verb.</summary>
    public GenerateVerb()
        : base("generate", "Continue prompts, with several adapters side by side.")
    {
        AddGroup("Options", _model.Model, _adapter, _base, _prompt, _data, _maxRows, _model.IgnoreConfigKey);
        AddGroup("Sampling", _maxNewTokens, _temperature, _topK, _topP);
        AddGroup("Rows", _rows.All);
        AddGroup("Computation", _compute.All);
        AddCommon();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn generate --model models/llama --prompt 'Once upon a time'",
        "lora-unlearn generate --model models/llama --adapter forgotten --base --data forget.jsonl --max-rows 3",
    ];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string? prompt = invocation.Get(_prompt), path = invocation.Get(_data);
        if (prompt is null == path is null)
        {
            throw new InputException(prompt is null ? "generate needs --prompt TEXT or --data FILE." : "generate takes --prompt or --data, not both.");
        }

        EncodingOptions encoding = _rows.Read(invocation, invocation.Get(_compute.Seed));
        using ModelSession session = ModelSession.Open(invocation.Get(_model.Model), _compute.Read(invocation), ignoredKeys: invocation.Get(_model.IgnoreConfigKey));
        session.RequireTokenizer();
        IReadOnlyList<Prompt> prompts = path is null ? [OfText(invocation, session, encoding, prompt!)] : OfFile(invocation, session, encoding, path);
        GenerationOptions options = new()
        {
            MaxNewTokens = invocation.Get(_maxNewTokens),
            Temperature = invocation.Get(_temperature),
            TopK = invocation.Get(_topK),
            TopP = invocation.Get(_topP),
            EndOfSequenceIds = session.EndOfSequenceIds,
            Seed = invocation.Get(_compute.Seed),
        };
        options.Validate();
        string[] adapters = invocation.Get(_adapter);
        List<string?> variants = [.. adapters];
        if (adapters.Length == 0 || invocation.Get(_base))
        {
            variants.Insert(0, null);
        }

        List<Variant> outputs = [.. variants.Select(folder => Continue(invocation, session, folder, prompts, options))];
        Report(invocation.Reporter, prompts, outputs);
    }

    private Prompt OfText(Invocation invocation, ModelSession session, EncodingOptions encoding, string text)
    {
        PromptTemplate template = invocation.IsGiven(_rows.Template) ? session.Rows.TemplateFor(encoding.Template).Template : PromptTemplate.Named("plain");
        ExampleEncoder encoder = session.Rows.Encoder(encoding with { MaxLength = (int)session.Decoder.Spec.MaximumLength }, needsText: true, template);
        if (!invocation.IsGiven(_rows.Template))
        {
            return new Prompt(text, null, encoder.EncodePrompt(text));
        }

        // The answer is made up; only the prompt in front of it is used.
        Example example = encoder.Encode([new DataRow(DataRowKind.QuestionAnswer, 1) { Question = text, Answer = "?" }], "--prompt")[0];
        return new Prompt(text, null, example.Sequence.InputIds[..example.PromptLength!.Value]);
    }

    private List<Prompt> OfFile(Invocation invocation, ModelSession session, EncodingOptions encoding, string path)
    {
        EncodedData data = session.Encode(path, encoding);
        List<Prompt> prompts = [];
        foreach (Example example in data.Examples.Take(invocation.Get(_maxRows) ?? int.MaxValue))
        {
            if (example.PromptLength is not > 0)
            {
                throw new InputException($"{path}, line {example.Row.Line}: this row has no prompt to continue; expected question and answer, prompt and completion, a conversation, or input_ids whose first labels are -100.");
            }

            int[] ids = example.Sequence.InputIds[..example.PromptLength.Value];
            prompts.Add(new Prompt(
                example.Row.Question ?? example.Row.Prompt ?? session.RequireTokenizer().Decode(ids, skipSpecialTokens: true),
                example.Row.Answer ?? example.Row.Completion,
                ids));
        }

        return prompts;
    }

    private static Variant Continue(Invocation invocation, ModelSession session, string? folder, IReadOnlyList<Prompt> prompts, GenerationOptions options)
    {
        using FixedAdapter? adapter = AdapterFolders.Attach(session, folder, invocation.Reporter);
        using ProgressDisplay display = invocation.Reporter.Progress($"Generating ({folder ?? "base"})", prompts.Count, "--max-rows");
        IReadOnlyList<int[]> ids = Generation.Generate(
            session.Decoder, [.. prompts.Select(prompt => prompt.Ids)], options, new DirectProgress<int>(done => display.Report(done)), invocation.Cancellation);
        return new Variant(folder, [.. ids.Select(one => session.RequireTokenizer().Decode(one, skipSpecialTokens: true))], ids);
    }

    private static void Report(Reporter reporter, IReadOnlyList<Prompt> prompts, IReadOnlyList<Variant> variants)
    {
        SideBySide.Print(
            reporter,
            [.. prompts.Select((prompt, row) => new Answered(prompt.Text, prompt.Reference, [.. variants.Select(variant => (variant.Label, variant.Texts[row]))]))]);
        JsonArray rows = [];
        for (int row = 0; row < prompts.Count; row++)
        {
            rows.Add(new JsonObject
            {
                ["prompt"] = prompts[row].Text,
                ["reference"] = prompts[row].Reference,
                ["outputs"] = new JsonArray([.. variants.Select(variant => (JsonNode?)new JsonObject
                {
                    ["adapter"] = variant.Folder,
                    ["text"] = variant.Texts[row],
                    ["ids"] = JsonText.Numbers(variant.Ids[row].Select(id => (long)id)),
                })]),
            });
        }

        reporter.Document(new JsonObject { ["rows"] = rows });
    }

    private sealed record Prompt(string Text, string? Reference, int[] Ids);

    private sealed record Variant(string? Folder, IReadOnlyList<string> Texts, IReadOnlyList<int[]> Ids)
    {
        public string Label => Folder ?? "base";
    }
}
