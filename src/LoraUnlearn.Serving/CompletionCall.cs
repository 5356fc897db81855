using System.Text.Json;
using LoraUnlearn.Adapters;

namespace LoraUnlearn.Serving.Http;

/// <summary>What a client asks for: prompts, an adapter, and how to continue and to reply.</summary>
internal sealed record CompletionCall
{
    private const int MostTexts = 64;
    private const int MostStops = 4;
    private const int TokensOfText = 16;
    private const int TokensOfChat = 512;

    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Whether it is a chat.</summary>
    public required bool IsChat { get; init; }

    /// <summary>One request a text, in the order of the choices.</summary>
    public required IReadOnlyList<CompletionRequest> Requests { get; init; }

    /// <summary>Texts at which to stop.</summary>
    public required IReadOnlyList<string> Stops { get; init; }

    /// <summary>Tokens of the prompts, each counted once.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>Whether to reply in parts.</summary>
    public bool IsStreamed { get; init; }

    /// <summary>Whether the last part says what was used.</summary>
    public bool StreamsUsage { get; init; }

    /// <summary>Reads a request.</summary>
    /// <param name="body">Its JSON document.</param>
    /// <param name="isChat">Whether it is a chat.</param>
    /// <param name="model">What is served.</param>
    /// <param name="engine">What it can take on.</param>
    /// <exception cref="ApiException">Something in it cannot be served.</exception>
    public static CompletionCall Read(JsonElement body, bool isChat, ServedModel model, ServingEngine engine)
    {
        RequestFields fields = new(body.ValueKind == JsonValueKind.Object ? body : throw ApiException.Invalid("The body must be a JSON object."));
        string name = fields.Text("model");
        if (!model.TryFind(name, out ResidentAdapter? adapter))
        {
            throw UnknownModel(name, model);
        }

        RefuseWhatIsNotOffered(fields, isChat);
        List<int[]> prompts = isChat ? [Chat(fields, model)] : Prompts(fields, model);
        int count = (int)(fields.Whole("n", 1, MostTexts) ?? 1);
        if (prompts.Count * count > Math.Min(MostTexts, engine.Limits.Queue))
        {
            throw ApiException.Invalid($"{prompts.Count} prompts with {count} texts each are more than {Math.Min(MostTexts, engine.Limits.Queue)}; ask in several requests.", isChat ? "n" : "prompt");
        }

        long? most = isChat ? fields.Whole("max_completion_tokens", 1, int.MaxValue) ?? fields.Whole("max_tokens", 1, int.MaxValue) : fields.Whole("max_tokens", 1, int.MaxValue);
        long seed = fields.Whole("seed", long.MinValue, long.MaxValue) ?? Random.Shared.NextInt64();
        double temperature = fields.Number("temperature", 0, 2) ?? 1, topP = fields.Number("top_p", 0, 1) ?? 1;
        bool isStreamed = fields.Flag("stream");
        List<CompletionRequest> requests = [];
        foreach (int[] prompt in prompts)
        {
            int byDefault = isChat ? Math.Clamp(engine.LongestSequence - prompt.Length, 1, TokensOfChat) : TokensOfText;
            for (int index = 0; index < count; index++)
            {
                CompletionRequest request = new()
                {
                    Prompt = prompt,
                    Adapter = adapter,
                    MaxNewTokens = (int)(most ?? byDefault),
                    Temperature = temperature,
                    TopP = Math.Max(topP, 1e-9), // 0 leaves the most likely token
                    Seed = unchecked(seed + requests.Count),
                };
                requests.Add(engine.Refusal(request) is { } reason
                    ? throw ApiException.Invalid(reason, isChat ? "messages" : "prompt", request.LongestLength > engine.LongestSequence ? "context_length_exceeded" : null)
                    : request);
            }
        }

        return new CompletionCall
        {
            Model = name,
            IsChat = isChat,
            Requests = requests,
            Stops = fields.Texts("stop", MostStops),
            PromptTokens = prompts.Sum(prompt => prompt.Length),
            IsStreamed = isStreamed,
            StreamsUsage = fields.Find("stream_options") is { ValueKind: JsonValueKind.Object } options && new RequestFields(options).Flag("include_usage"),
        };
    }

    /// <summary>The error about a model that is not served.</summary>
    public static ApiException UnknownModel(string name, ServedModel model) =>
        ApiException.Of(404, $"There is no model '{(name.Length <= 80 ? name : name[..80] + "…")}' here; there are: {string.Join(", ", model.Names)}.", "model_not_found", "model");

    private static void RefuseWhatIsNotOffered(RequestFields fields, bool isChat) => fields.RefuseUnlessNeutral(
    [
        ("frequency_penalty", "0"), ("presence_penalty", "0"), ("logit_bias", ""), ("best_of", "1"), ("echo", ""), ("suffix", ""),
        ("logprobs", isChat ? "" : "0"), ("top_logprobs", "0"), ("tools", ""), ("functions", ""), ("tool_choice", "\"none\""),
        ("response_format", """{"type":"text"}"""), ("audio", ""), ("prediction", ""),
    ]);

    private static int[] Chat(RequestFields fields, ServedModel model)
    {
        if (fields.Find("messages") is not { ValueKind: JsonValueKind.Array } messages || messages.GetArrayLength() is 0 or > 1000)
        {
            throw ApiException.Invalid("'messages' must be an array of 1 to 1000 messages.", "messages");
        }

        ChatMessage[] turns = [.. messages.EnumerateArray().Select(Turn)];
        try
        {
            return model.EncodeChat(turns);
        }
        catch (InputException error)
        {
            throw ApiException.Invalid(error.Message, "messages");
        }
    }

    private static ChatMessage Turn(JsonElement message)
    {
        RequestFields fields = new(message.ValueKind == JsonValueKind.Object ? message : throw ApiException.Invalid("Each of 'messages' must be an object.", "messages"));
        string role = fields.Text("role");
        if (role is not ("system" or "developer" or "user" or "assistant"))
        {
            throw ApiException.Invalid("The role of a message must be system, developer, user or assistant.", "messages");
        }

        JsonElement content = fields.Find("content") ?? throw ApiException.Invalid("A message has no 'content'; expected text.", "messages");
        string text = content.ValueKind == JsonValueKind.Array
            ? string.Concat(content.EnumerateArray().Select(TextOfPart))
            : RequestFields.TextOf(content, "content");
        return new ChatMessage(role == "developer" ? "system" : role, text);
    }

    private static string TextOfPart(JsonElement part) =>
        part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out JsonElement type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("text")
            ? new RequestFields(part).Text("text")
            : throw ApiException.Invalid("A part of a message's content must be an object of type 'text'; nothing else is supported.", "messages");

    // Text, several texts, token ids, or several lists of them.
    private static List<int[]> Prompts(RequestFields fields, ServedModel model)
    {
        JsonElement prompt = fields.Find("prompt") ?? throw ApiException.Invalid("'prompt' is missing; expected text.", "prompt");
        if (prompt.ValueKind == JsonValueKind.String)
        {
            return [Encode(RequestFields.TextOf(prompt, "prompt"), model)];
        }

        JsonElement[] parts = prompt.ValueKind == JsonValueKind.Array ? [.. prompt.EnumerateArray()] : [];
        if (parts.Length > 0 && Array.TrueForAll(parts, part => part.ValueKind == JsonValueKind.Number))
        {
            return [Ids(prompt)];
        }

        return parts.Length is > 0 and <= MostTexts
            ? [.. parts.Select(part => part.ValueKind == JsonValueKind.String ? Encode(RequestFields.TextOf(part, "prompt"), model) : Ids(part))]
            : throw ApiException.Invalid($"'prompt' must be text, a list of token ids, or an array of 1 to {MostTexts} of these.", "prompt");
    }

    private static int[] Encode(string text, ServedModel model)
    {
        try
        {
            return model.EncodeText(text);
        }
        catch (InputException error)
        {
            throw ApiException.Invalid(error.Message, "prompt");
        }
    }

    private static int[] Ids(JsonElement list) => list.ValueKind == JsonValueKind.Array
        ? [.. list.EnumerateArray().Select(id => id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int number) ? number : throw NotIds())]
        : throw NotIds();

    private static ApiException NotIds() => ApiException.Invalid("A 'prompt' of token ids must be an array of whole numbers.", "prompt");
}
