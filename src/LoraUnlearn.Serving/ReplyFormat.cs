using System.Text.Json.Nodes;

namespace LoraUnlearn.Serving.Http;

/// <summary>How a reply is written: as a completion of text or as a turn of a chat, whole or in parts.</summary>
/// <param name="Id">Identifies the reply.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Created">When, in seconds since 1970.</param>
internal abstract record ReplyFormat(string Id, string Model, long Created)
{
    /// <summary>A whole reply.</summary>
    public JsonObject Whole(IEnumerable<JsonObject> choices, JsonObject usage) => Envelope(WholeKind, choices, usage);

    /// <summary>A part of a streamed reply; without choices, only what it has used.</summary>
    public JsonObject Part(JsonObject? choice, JsonObject? usage = null) => Envelope(PartKind, choice is null ? [] : [choice], usage);

    /// <summary>One of the texts of a whole reply.</summary>
    public abstract JsonObject Choice(int index, string text, string finish);

    /// <summary>What a streamed text begins with, or null.</summary>
    public abstract JsonObject? First(int index);

    /// <summary>More of a streamed text.</summary>
    public abstract JsonObject More(int index, string text);

    /// <summary>What a streamed text ends with.</summary>
    public abstract JsonObject Last(int index, string finish);

    /// <summary>What the <c>object</c> of a whole reply is.</summary>
    protected abstract string WholeKind { get; }

    /// <summary>What the <c>object</c> of a part is.</summary>
    protected abstract string PartKind { get; }

    private JsonObject Envelope(string kind, IEnumerable<JsonObject> choices, JsonObject? usage)
    {
        JsonObject document = new()
        {
            ["id"] = Id,
            ["object"] = kind,
            ["created"] = Created,
            ["model"] = Model,
            ["choices"] = new JsonArray([.. choices]),
        };
        if (usage is not null)
        {
            document["usage"] = usage;
        }

        return document;
    }
}

/// <summary>The reply of <c>/v1/completions</c>.</summary>
internal sealed record TextFormat(string Id, string Model, long Created) : ReplyFormat(Id, Model, Created)
{
    protected override string WholeKind => "text_completion";

    protected override string PartKind => "text_completion";

    public override JsonObject Choice(int index, string text, string finish) => Of(index, text, finish);

    public override JsonObject? First(int index) => null;

    public override JsonObject More(int index, string text) => Of(index, text, null);

    public override JsonObject Last(int index, string finish) => Of(index, "", finish);

    private static JsonObject Of(int index, string text, string? finish) => new()
    {
        ["index"] = index,
        ["text"] = text,
        ["logprobs"] = null,
        ["finish_reason"] = finish,
    };
}

/// <summary>The reply of <c>/v1/chat/completions</c>.</summary>
internal sealed record ChatFormat(string Id, string Model, long Created) : ReplyFormat(Id, Model, Created)
{
    protected override string WholeKind => "chat.completion";

    protected override string PartKind => "chat.completion.chunk";

    public override JsonObject Choice(int index, string text, string finish) => Of(index, "message", new() { ["role"] = "assistant", ["content"] = text, ["refusal"] = null }, finish);

    public override JsonObject? First(int index) => Of(index, "delta", new() { ["role"] = "assistant", ["content"] = "" }, null);

    public override JsonObject More(int index, string text) => Of(index, "delta", new() { ["content"] = text }, null);

    public override JsonObject Last(int index, string finish) => Of(index, "delta", [], finish);

    private static JsonObject Of(int index, string part, JsonObject content, string? finish) => new()
    {
        ["index"] = index,
        [part] = content,
        ["logprobs"] = null,
        ["finish_reason"] = finish,
    };
}
