using System.Text.Json;

namespace LoraUnlearn.Data;

/// <summary>Rows as the data sets of chat models have them: conversations, instructions.</summary>
internal sealed partial class RowFields
{
    private static readonly Dictionary<string, ChatRole> Roles = new(StringComparer.OrdinalIgnoreCase)
    {
        ["system"] = ChatRole.System,
        ["user"] = ChatRole.User,
        ["human"] = ChatRole.User,
        ["assistant"] = ChatRole.Assistant,
        ["gpt"] = ChatRole.Assistant,
        ["model"] = ChatRole.Assistant,
        ["bot"] = ChatRole.Assistant,
        ["chatgpt"] = ChatRole.Assistant,
    };

    /// <summary>What to do with the rows that people most often have in other shapes.</summary>
    private static readonly (string[] Keys, string Conversion)[] Conversions =
    [
        (["chosen", "rejected", "prompt"], "jq -c '{prompt, completion: .chosen}' FILE"),
        (["prompt", "response"], "jq -c '{prompt, completion: .response}' FILE"),
        (["instruction", "response"], "jq -c '{instruction, output: .response}' FILE"),
        (["query", "response"], "jq -c '{question: .query, answer: .response}' FILE"),
        (["input", "output"], "jq -c '{prompt: .input, completion: .output}' FILE"),
        (["inputs", "targets"], "jq -c '{prompt: .inputs, completion: .targets}' FILE"),
        (["source", "target"], "jq -c '{prompt: .source, completion: .target}' FILE"),
        (["question", "answers"], "jq -c '{question, answer: .answers[0]}' FILE"),
        (["content"], "jq -c '{text: .content}' FILE"),
        (["document"], "jq -c '{text: .document}' FILE"),
    ];

    private DataRow Conversation()
    {
        List<ChatMessage> messages = [];
        if (IsList("messages") || IsList("conversations"))
        {
            if (IsList("conversations") && Has("system"))
            {
                messages.Add(new ChatMessage(ChatRole.System, Text("system")));
            }

            AddTurns(messages, IsList("messages") ? "messages" : "conversations");
        }
        else
        {
            AddTurns(messages, "prompt");
            AddTurns(messages, "completion");
        }

        CheckOrder(messages);
        return new DataRow(DataRowKind.Conversation, _line) { Messages = messages, Extras = Extras(DataRowKind.Conversation) };
    }

    private DataRow Instruction()
    {
        string instruction = Text("instruction"), input = Has("input") ? Text("input") : string.Empty;
        return new DataRow(DataRowKind.QuestionAnswer, _line)
        {
            Question = input.Length == 0 ? instruction : $"{instruction}\n\n{input}",
            Answer = NonEmptyText("output"),
            Extras = Extras(DataRowKind.QuestionAnswer),
        };
    }

    private bool IsList(string key) => _row.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Array;

    private void AddTurns(List<ChatMessage> messages, string key)
    {
        int index = 0;
        foreach (JsonElement turn in _row.GetProperty(key).EnumerateArray())
        {
            string place = $"{key}[{index++}]";
            if (turn.ValueKind != JsonValueKind.Object)
            {
                throw new InputException($"{_where}: '{place}' is a {Describe(turn)}; an object with role and content was expected.");
            }

            string role = TurnText(turn, place, "role", "from");
            messages.Add(Roles.TryGetValue(role, out ChatRole known)
                ? new ChatMessage(known, TurnText(turn, place, "content", "value"))
                : throw new InputException($"{_where}: '{place}' is a turn of '{Shorten(role)}'; expected system, user or assistant (human and gpt are taken for the last two). Turns of tools are not supported."));
        }
    }

    private string TurnText(JsonElement turn, string place, string key, string otherKey)
    {
        JsonElement value = turn.TryGetProperty(key, out JsonElement own) ? own : turn.TryGetProperty(otherKey, out JsonElement other) ? other : default;
        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Undefined => throw new InputException($"{_where}: '{place}' has no {key}; expected {{\"role\": \"user\", \"content\": \"…\"}} or {{\"from\": \"human\", \"value\": \"…\"}}."),
            _ => throw new InputException($"{_where}: '{place}.{key}' is {(value.ValueKind == JsonValueKind.Null ? "null" : $"a {Describe(value)}")}; a string was expected."),
        };
    }

    private void CheckOrder(List<ChatMessage> messages)
    {
        int system = messages.FindLastIndex(message => message.Role == ChatRole.System);
        if (system > 0)
        {
            throw new InputException($"{_where}: turn {system + 1} is a system turn; only the first may be one.");
        }

        ChatRole expected = ChatRole.User;
        foreach (ChatMessage message in messages.Skip(system + 1))
        {
            if (message.Role != expected)
            {
                throw new InputException($"{_where}: a turn of the {message.Role.ToString().ToLowerInvariant()} where one of the {expected.ToString().ToLowerInvariant()} was expected; user and assistant take turns, and the user begins.");
            }

            expected = expected == ChatRole.User ? ChatRole.Assistant : ChatRole.User;
        }

        if (messages.Count <= system + 1 || expected != ChatRole.User)
        {
            throw new InputException($"{_where}: the conversation ends without a turn of the assistant, so there is nothing to score.");
        }

        if (messages[^1].Content.Length == 0)
        {
            throw new InputException($"{_where}: the last turn of the assistant is empty, so there is nothing to score. Remove the row or fill it in.");
        }
    }

    private InputException UnknownKind()
    {
        string[] nulls = [.. KeysOf.Values.SelectMany(keys => keys).Distinct().Where(key => _row.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Null)];
        if (nulls.Length > 0)
        {
            return new InputException($"{_where}: '{nulls[0]}' is null, so the row is not complete. Remove the row or fill it in.");
        }

        string[] keys = [.. _row.EnumerateObject().Select(property => property.Name).Take(20)];
        string found = keys.Length == 0 ? "no keys" : $"the keys {string.Join(", ", keys.Select(Shorten))}";
        string advice = Conversions.FirstOrDefault(conversion => conversion.Keys.All(Has)).Conversion is { } conversion
            ? $" This turns yours into one of them: {conversion}"
            : " 'jq -c' renames keys: jq -c '{question: .q, answer: .a}' FILE";
        return new InputException($"{_where}: {found}, which is no known kind of row. A row has one of: {AcceptedKinds}.{advice}");
    }
}
