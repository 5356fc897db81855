using System.CommandLine;
using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Reporting;
using LoraUnlearn.Requests;
using LoraUnlearn.Training;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Requests to forget that come one after the other: a ledger of them, and one adapter that is their sum.</summary>
internal sealed class RequestVerb : Verb
{
    private const int LargestRank = 64;

    private static readonly string[] Actions = ["list", "add", "apply", "withdraw"];

    private readonly Argument<string> _action = new("ACTION")
    {
        Description = $"{string.Join(", ", Actions)}; list unless given.",
        Arity = ArgumentArity.ZeroOrOne,
        DefaultValueFactory = _ => Actions[0],
    };

    private readonly Option<string> _requests = OptionKinds.WorkFolder("--requests", "The ledger's folder.", "requests");
    private readonly Option<string?> _model = OptionKinds.Input("--model", "DIR", "The base model's folder; needed to apply and to withdraw.");
    private readonly Option<string?> _forget = OptionKinds.Input("--forget", "FILE", "JSONL file with what to forget; needed to add.");
    private readonly Option<string?> _retain = OptionKinds.Input("--retain", "FILE", "JSONL file with what to keep.");
    private readonly Option<string?> _name = OptionKinds.Text("--name", "NAME", "What to call the request; the file's name unless given.");
    private readonly Option<string?> _id = OptionKinds.Text("--id", "NAME", "The request to apply or withdraw, by id or name; apply takes every pending one unless given.");
    private readonly Option<int> _rank = OptionKinds.Whole("--max-rank", "The sum of the adapters is brought to this rank where it has a larger one.", LargestRank, 1);
    private readonly Option<string[]> _ignoreConfigKey = new ModelOptions().IgnoreConfigKey;
    private readonly RecipeOptions _recipe = new();
    private readonly Option<string?> _chart = OptionKinds.OutputFile("--chart", "SVG file to write: answer probabilities after each change.");

    /// <summary>Creates the verb.</summary>
    public RequestVerb()
        : base("request", "Keep a ledger of forget requests: add, list, apply, withdraw.")
    {
        Command.Arguments.Add(_action);
        AddGroup("Options", _requests, _model, _forget, _retain, _name, _id, _rank, _chart, _ignoreConfigKey);
        AddGroup("Objective", _recipe.Objective);
        AddGroup("Adapter", _recipe.Adapter);
        AddGroup("Training", _recipe.Training);
        AddGroup("Evaluation", _recipe.Evaluation);
        AddGroup("Rows", _recipe.Rows);
        AddGroup("Computation", _recipe.Computation);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "Each request has an adapter of its own, trained on top of those before it. Their sum, at most of --max-rank, is one adapter folder that list names; "
        + "after every change all requests' rows are measured again. The ledger holds digests, never the text; adding asks for nothing to be computed.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn request add --forget alice.jsonl --name alice",
        "lora-unlearn request apply --model models/llama --retain retain.jsonl",
        "lora-unlearn request withdraw --id alice --model models/llama --retain retain.jsonl",
        "lora-unlearn request list",
    ];

    /// <inheritdoc/>
    public override bool IsSureToUseTorch => false;

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        string action = invocation.Get(_action);
        using RequestLedger ledger = RequestLedger.Open(invocation.Get(_requests));
        switch (action)
        {
            case "list":
                break;
            case "add":
                Add(invocation, ledger);
                break;
            case "apply":
                Apply(invocation, ledger);
                break;
            case "withdraw":
                Withdraw(invocation, ledger);
                break;
            default:
                throw new InputException($"request: '{action}' is no action; expected {string.Join(", ", Actions)}.");
        }

        Print(invocation.Reporter, ledger);
        if (invocation.Get(_chart) is { } chart)
        {
            AtomicFile.WriteAllText(chart, Drawn(ledger));
        }
    }

    private static string Drawn(RequestLedger ledger)
    {
        (int Number, RequestChange Change)[] changes = [.. ledger.Changes.Select((change, index) => (index + 1, change))];
        Curve Of(string name, Func<RequestChange, double?> value)
        {
            (int Number, RequestChange Change)[] measured = [.. changes.Where(change => value(change.Change) is not null)];
            return new Curve(name, [.. measured.Select(change => (double)change.Number)], [.. measured.Select(change => value(change.Change)!.Value)]);
        }

        Curve[] curves =
        [
            Of("rows to keep", change => change.Composition.RetainProbability),
            Of("requests, the worst", change => change.LargestProbability),
            Of("requests, mean", change => change.MeanProbability),
            Of("relative error of the sum", change => change.Composition.RelativeError),
        ];
        return curves[2].X.Count > 0
            ? Chart.Curves("Answer probability after each change", "change", "probability", [.. curves.Where(curve => curve.X.Count > 0)], ValueScale.Linear)
            : throw new InputException($"{ledger.Folder}: nothing has been applied yet, so there is nothing to draw.");
    }

    private void Add(Invocation invocation, RequestLedger ledger)
    {
        string file = invocation.Get(_forget) ?? throw new InputException("request add needs --forget FILE, the rows to forget.");
        (ForgetRequest request, IReadOnlyList<(ForgetRequest Earlier, int Rows)> duplicates) = ledger.Add(invocation.Get(_name) ?? Path.GetFileNameWithoutExtension(file), file);
        foreach ((ForgetRequest earlier, int rows) in duplicates)
        {
            invocation.Reporter.Warn($"{rows} of the {request.Rows.Count} rows of {request.Id} say nearly what rows of {earlier.Id} ({earlier.Name}) say.");
        }
    }

    private void Apply(Invocation invocation, RequestLedger ledger)
    {
        ForgetRequest[] requests = invocation.Get(_id) is { } text ? [ledger.Find(text)] : [.. ledger.Requests.Where(request => request.State == RequestState.Pending)];
        if (requests.Length == 0)
        {
            invocation.Reporter.Line("No request is pending.");
            return;
        }

        using RunDisplay display = new(invocation.Reporter);
        RequestRunner runner = Runner(invocation, ledger, display, "apply");
        foreach (ForgetRequest request in requests)
        {
            invocation.Reporter.Line($"{request.Id} ({request.Name})");
            runner.Apply(request);
        }
    }

    private void Withdraw(Invocation invocation, RequestLedger ledger)
    {
        string text = invocation.Get(_id) ?? throw new InputException("request withdraw needs --id, the request's id or name.");
        ForgetRequest request = ledger.Find(text);
        using RunDisplay display = new(invocation.Reporter);
        Runner(invocation, ledger, display, "withdraw").Withdraw(request);
    }

    private RequestRunner Runner(Invocation invocation, RequestLedger ledger, IRunProgress progress, string action)
    {
        string model = invocation.Get(_model) ?? throw new InputException($"request {action} needs --model DIR, the base model.");
        UnlearningRequest settings = _recipe.Request(invocation) with { Model = model, Retain = invocation.Get(_retain), IgnoredConfigKeys = invocation.Get(_ignoreConfigKey) };
        return new RequestRunner(ledger, settings, invocation.Get(_rank), progress, invocation.Cancellation);
    }

    private static void Print(Reporter reporter, RequestLedger ledger)
    {
        TextTable table = new("id", "name", "rows", "state", "when applied", "now");
        foreach (ForgetRequest request in ledger.Requests)
        {
            table.Add(
                request.Id,
                request.Name,
                $"{request.Rows.Count}",
                request.State.ToString().ToLowerInvariant(),
                request.ProbabilityWhenApplied is { } first ? Figures.Three(first) : "",
                request.Probability is { } now ? Figures.Three(now) : "");
        }

        RequestComposition sum = ledger.Composition;
        if (ledger.Requests.Count == 0)
        {
            reporter.Line($"{ledger.Folder} holds no request yet.");
        }
        else
        {
            reporter.Table(table);
            reporter.Line();
            reporter.Line(ledger.AdapterFolder is { } folder
                ? $"The adapter of all applied requests: {folder}, rank {sum.Rank}, relative error {Figures.Four(sum.RelativeError)}{(sum.RetainProbability is { } kept ? $"; answer probability of the rows to keep {Figures.Three(kept)}" : "")}"
                : "No request is applied.");
        }

        reporter.Document(Document(ledger));
    }

    private static JsonObject Document(RequestLedger ledger) => new()
    {
        ["requests"] = new JsonArray([.. ledger.Requests.Select(request => (JsonNode)new JsonObject
        {
            ["id"] = request.Id,
            ["name"] = request.Name,
            ["rows"] = request.Rows.Count,
            ["state"] = request.State.ToString().ToLowerInvariant(),
            ["probability_when_applied"] = JsonText.Number(request.ProbabilityWhenApplied),
            ["probability"] = JsonText.Number(request.Probability),
        })]),
        ["adapter"] = ledger.AdapterFolder,
        ["rank"] = ledger.Composition.Rank,
        ["relative_error"] = JsonText.Number(ledger.Composition.RelativeError),
        ["retain_probability"] = JsonText.Number(ledger.Composition.RetainProbability),
    };
}
