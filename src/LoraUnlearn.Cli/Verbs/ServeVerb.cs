using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;
using LoraUnlearn.Adapters;
using LoraUnlearn.Cli.Options;
using LoraUnlearn.Cli.Work;
using LoraUnlearn.Serving;
using LoraUnlearn.Serving.Http;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Cli.Verbs;

/// <summary>Serves a model and its adapters to OpenAI's clients.</summary>
internal sealed class ServeVerb : Verb
{
    private static readonly HttpLimits StandardHttp = new();
    private static readonly ServingLimits Standard = new();

    private readonly ModelOptions _model = new();
    private readonly Option<string[]> _adapter = OptionKinds.Inputs("--adapter", "DIR", "Adapter folder (PEFT), served under the folder's name; NAME=DIR gives it another.");
    private readonly Option<string?> _name = OptionKinds.Text("--name", "NAME", "Name of the base without an adapter; the model folder's unless given.");
    private readonly Option<string> _host = OptionKinds.Text("--host", "TEXT", "IP address to listen at; whoever reaches it can use the server.", $"{StandardHttp.Address}");
    private readonly Option<int> _port = OptionKinds.Whole("--port", "Port to listen at; 0 for a free one.", StandardHttp.Port, 0, IPEndPoint.MaxPort);
    private readonly Option<int> _grace = OptionKinds.Whole("--grace", "Seconds that running requests have to end after Ctrl-C or SIGTERM.", (int)StandardHttp.Grace.TotalSeconds, 0, 3600);
    private readonly Option<int> _rows = OptionKinds.Whole("--max-rows", "Most sequences continued together.", Standard.Rows, 1, 4096);
    private readonly Option<int> _queue = OptionKinds.Whole("--max-queue", "Most sequences that wait; more get error 429.", Standard.Queue, 1, 1 << 20);
    private readonly Option<int> _context = OptionKinds.Whole("--max-context", "Most tokens of a prompt and its continuation; the model's positions if fewer.", Standard.Context, 2, 1 << 24);
    private readonly Option<int> _cached = OptionKinds.Whole("--max-cached", "Most positions of keys and values of all sequences together: bounds the memory.", (int)Standard.CachedTokens, 2);
    private readonly Option<int> _body = OptionKinds.Whole("--max-body", "Largest request, in bytes; larger ones get error 413.", (int)StandardHttp.LargestBody, 1);
    private readonly Option<string> _template = new RowOptions().Template;
    private readonly ComputeOptions _compute = new();

    /// <summary>Creates the verb.</summary>
    public ServeVerb()
        : base("serve", "Serve a model and its adapters over HTTP, as OpenAI's clients expect.")
    {
        AddGroup("Options", _model.Model, _adapter, _name, _template);
        AddGroup("Server", _host, _port, _grace);
        AddGroup("Limits", _rows, _queue, _context, _cached, _body);
        AddGroup("Computation", _compute.All);
        AddCommon();
    }

    /// <inheritdoc/>
    public override string Details =>
        "Serves /v1/models, /v1/completions and /v1/chat/completions. The request's model chooses the adapter, or the base; requests for "
        + "different ones are computed together. A line is logged for each request, never its text.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Examples =>
    [
        "lora-unlearn serve --model models/llama --adapter forgotten",
        "lora-unlearn serve --model models/llama --adapter alice=forget-alice --adapter bob=forget-bob --template chatml --port 9000",
    ];

    /// <inheritdoc/>
    public override void Run(Invocation invocation)
    {
        HttpLimits http = new()
        {
            Address = IPAddress.TryParse(invocation.Get(_host), out IPAddress? address)
                ? address
                : throw new InputException($"--host: found '{invocation.Get(_host)}', expected an IP address, like 127.0.0.1 or 0.0.0.0."),
            Port = invocation.Get(_port),
            LargestBody = invocation.Get(_body),
            Grace = TimeSpan.FromSeconds(invocation.Get(_grace)),
        };
        ServingLimits limits = new()
        {
            Rows = invocation.Get(_rows),
            Queue = invocation.Get(_queue),
            Context = invocation.Get(_context),
            CachedTokens = invocation.Get(_cached),
        };
        ServedFolders folders = ServedFolders.Of(invocation.Get(_model.Model), invocation.Get(_name), invocation.Get(_adapter));
        using ModelSession session = ModelSession.Open(invocation.Get(_model.Model), _compute.Read(invocation));
        using ResidentAdapters adapters = new(session.Decoder);
        ServedModel model = folders.Load(session, adapters, RowOptions.ParseTemplate(invocation.Get(_template)));
        using ServingEngine engine = new(adapters, limits, session.EndOfSequenceIds);
        Interruption.Patience = http.Grace + TimeSpan.FromSeconds(5);
        ServeAsync(invocation, model, engine, http).GetAwaiter().GetResult();
    }

    private static async Task ServeAsync(Invocation invocation, ServedModel model, ServingEngine engine, HttpLimits http)
    {
        Lock writing = new();
        void Log(string line)
        {
            lock (writing)
            {
                invocation.Reporter.Log(line);
            }
        }

        if (!IPAddress.IsLoopback(http.Address))
        {
            invocation.Reporter.Warn($"whoever reaches {http.Address} can use this server: it asks for no key. Put it behind a proxy that does, or leave --host out.");
        }

        await using CompletionServer server = await CompletionServer.StartAsync(model, engine, http, Log);
        string url = server.Address.ToString().TrimEnd('/');
        invocation.Reporter.Line($"serving {string.Join(", ", model.Names)} at {url}/v1 (Ctrl-C stops)");
        invocation.Reporter.Document(new JsonObject { ["url"] = url, ["models"] = new JsonArray([.. model.Names.Select(name => (JsonNode?)name)]) });
        invocation.Reporter.Data.Flush();
        using (invocation.Cancellation.Register(() => Log($"{engine.Running + engine.Waiting} requests have {http.Grace.TotalSeconds:F0} s to end")))
        {
            await Task.Delay(Timeout.Infinite, invocation.Cancellation).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        await server.StopAsync();
    }
}
