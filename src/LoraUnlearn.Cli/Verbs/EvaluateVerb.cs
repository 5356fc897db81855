using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Measures a model, without and with an adapter.</summary>
internal sealed class EvaluateVerb : Verb
{
    private readonly Option<string?> _model = OptionKinds.Input(
        "--model", "DIR", "Model folder as Hugging Face has it: config.json, *.safetensors or a sharded index, tokenizer.json (read only when rows are text). Needed unless a saved log is judged.");

    private readonly Option<string?> _adapter = OptionKinds.Input("--adapter", "DIR", "Adapter folder (PEFT) to put on the model.");
    private readonly Option<string[]> _ignoreConfigKey = ModelOptions.IgnoreKeys();
    private readonly SuiteOptions _suite = new();
    private readonly Option<string?> _out = OptionKinds.OutputFile("--out", "JSON file to write, with the measures of every row.");
    private readonly Option<string?> _markdown = OptionKinds.OutputFile("--markdown", "Markdown file to write, with the tables.");
    private readonly RowOptions _rows = new();
    private readonly ComputeOptions _compute = new();

    /// <summary>Creates the verb.</summary>
    public EvaluateVerb()
        : base("evaluate", "Measure what a model knows: what is gone, what is intact, what gives it away.")
    {
        AddGroup("Options", _model, _adapter, _suite.Suite, _suite.Forget, _suite.Retain, _suite.Holdout, _out, _markdown, _ignoreConfigKey);
        foreach ((string heading, IReadOnlyList<Option> options) in _suite.Groups)
        {
            AddGroup(heading, options);
        }

        AddGroup("Rows", _rows.All);
        AddGroup("Computation", _compute.All);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details => string.Join(
        "\n",
        "basic: probability, perplexity, accuracy and extraction strength of the true answers; exact match and ROUGE-L recall of the generated ones; before and after the adapter.",
        "tofu: forget quality against a retain-only model, model utility and its nine parts, truth ratios; needs --tofu.",
        "membership: AUC of loss, zlib, reference, Min-K, Min-K++ and gradient norm, --forget against --holdout. Scores are higher for non-members, and AUC is never flipped: 0.5 gives nothing away.",
        "tdec: memorisation accuracy and extraction likelihood of --forget.",
        "muse: verbatim and knowledge memorisation, privacy leakage; each where its files are given.",
        "yao: perplexity and accuracy on --forget, --approximate and --general; Min-K AUC of --forget against --holdout, or --approximate.");

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn evaluate --model models/llama --adapter forgotten --forget forget.jsonl --retain retain.jsonl --out eval.json",
        "lora-unlearn evaluate --suite tofu --model models/retain90 --tofu TOFU --split forget10 --save-log reference.json",
        "lora-unlearn evaluate --suite tofu --model models/llama --adapter forgotten --tofu TOFU --split forget10 --reference reference.json --markdown eval.md",
        "lora-unlearn evaluate --suite membership --model models/llama --adapter forgotten --forget forget.jsonl --holdout unseen.jsonl",
    ];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        _suite.CheckSuite(invocation);
        string suite = invocation.Get(_suite.Suite);
        SuiteResult result = Measure(invocation, suite);
        foreach (TextTable table in result.Tables)
        {
            invocation.Reporter.Table(table);
        }

        if (invocation.Get(_out) is { } json)
        {
            AtomicFile.WriteAllText(json, JsonText.Indented(Document(invocation, suite, result, withRows: true)) + "\n");
            invocation.Reporter.Line($"written to {json}");
        }

        if (invocation.Get(_markdown) is { } markdown)
        {
            AtomicFile.WriteAllText(markdown, string.Join("\n", result.Tables.Select(table => table.ToMarkdown())));
            invocation.Reporter.Line($"written to {markdown}");
        }

        invocation.Reporter.Document(Document(invocation, suite, result, withRows: false));
    }

    private SuiteResult Measure(Invocation invocation, string suite)
    {
        string? model = invocation.Get(_model);
        TofuWork? tofu = suite == "tofu" ? new TofuWork(invocation, _suite, model) : null;
        if (tofu?.OfLog is { } judged)
        {
            return judged;
        }

        if (model is null)
        {
            throw new InputException("evaluate needs --model DIR, the model to measure.");
        }

        ISuiteWork work = suite switch
        {
            "tofu" => tofu!,
            "membership" => new MembershipWork(invocation, _suite),
            "tdec" => new TdecWork(invocation, _suite),
            "muse" => new MuseWork(invocation, _suite),
            "yao" => new YaoWork(invocation, _suite),
            _ => new BasicWork(invocation, _suite),
        };
        EncodingOptions encoding = _rows.Read(invocation, invocation.Get(_compute.Seed));
        using ModelSession session = ModelSession.Open(model, _compute.Read(invocation), ignoredKeys: invocation.Get(_ignoreConfigKey));
        using FixedAdapter? adapter = AdapterFolders.Attach(session, invocation.Get(_adapter), invocation.Reporter);
        return work.Run(invocation, session, adapter, encoding);
    }

    private JsonObject Document(Invocation invocation, string suite, SuiteResult result, bool withRows)
    {
        JsonObject document = new() { ["suite"] = suite, ["model"] = invocation.Get(_model), ["adapter"] = invocation.Get(_adapter) };
        foreach ((string name, JsonNode? value) in result.Document(withRows))
        {
            document[name] = value?.DeepClone();
        }

        return document;
    }
}
