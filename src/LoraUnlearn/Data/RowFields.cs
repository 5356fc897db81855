using System.Text.Json;

namespace LoraUnlearn.Data;

/// <summary>The keys of one JSON object and what row they make.</summary>
internal sealed class RowFields
{
    private const string AcceptedKinds =
        "question + answer (optionally alternate); prompt + completion; messages; conversations; instruction + output (optionally input); text; "
        + "input_ids (optionally labels, alternate_input_ids, alternate_labels)";

    private static readonly Dictionary<DataRowKind, string[]> KeysOf = new()
    {
        [DataRowKind.Tokens] = ["input_ids", "labels", "alternate_input_ids", "alternate_labels"],
        [DataRowKind.QuestionAnswer] = ["question", "answer", "alternate"],
        [DataRowKind.PromptCompletion] = ["prompt", "completion"],
        [DataRowKind.Text] = ["text"],
        [DataRowKind.Conversation] = ["messages", "conversations", "prompt", "completion"],
    };

    private readonly JsonElement _row;
    private readonly string _where;
    private readonly int _line;

    public RowFields(JsonElement row, string path, int line)
    {
        _row = row;
        _line = line;
        _where = $"{path}, line {line}";
        if (row.ValueKind != JsonValueKind.Object)
        {
            throw new InputException($"{_where}: a JSON {Describe(row)} where a JSON object was expected. A row has one of: {AcceptedKinds}.");
        }
    }

    /// <summary>The row. Where the keys of several kinds are there the first of: tokens, question, prompt, conversation, instruction, text.</summary>
    public DataRow ToRow()
    {
        if (Has("input_ids"))
        {
            return Tokens();
        }

        if (Has("question") && Has("answer"))
        {
            return new DataRow(DataRowKind.QuestionAnswer, _line)
            {
                Question = Text("question"),
                Answer = NonEmptyText("answer"),
                Alternate = Has("alternate") ? NonEmptyText("alternate") : null,
                Extras = Extras(DataRowKind.QuestionAnswer),
            };
        }

        if (Has("prompt") && Has("completion"))
        {
            if (_row.GetProperty("prompt").ValueKind == JsonValueKind.Array)
            {
                return Conversation([.. Turns("prompt"), .. CompletionTurns()]);
            }

            return new DataRow(DataRowKind.PromptCompletion, _line)
            {
                Prompt = Text("prompt"),
                Completion = NonEmptyText("completion"),
                Extras = Extras(DataRowKind.PromptCompletion),
            };
        }

        if (Has("messages"))
        {
            return Conversation(Turns("messages"));
        }

        if (Has("conversations"))
        {
            return Conversation(Turns("conversations"));
        }

        if (Has("instruction") && Has("output"))
        {
            return Instruction();
        }

        if (Has("text"))
        {
            return new DataRow(DataRowKind.Text, _line) { Text = NonEmptyText("text"), Extras = Extras(DataRowKind.Text) };
        }

        if (_row.EnumerateObject().FirstOrDefault(property => property.Value.ValueKind == JsonValueKind.Null && KeysOf.Values.Any(names => names.Contains(property.Name))) is { Value.ValueKind: JsonValueKind.Null } empty)
        {
            throw new InputException($"{_where}: '{empty.Name}' is null, so there is nothing to score. Remove the row or fill it in.");
        }

        string[] keys = [.. _row.EnumerateObject().Select(property => property.Name).Take(20)];
        string found = keys.Length == 0 ? "no keys" : $"the keys {string.Join(", ", keys.Select(Shorten))}";
        throw new InputException(
            $"{_where}: {found}, which is no known kind of row. A row has one of: {AcceptedKinds}. "
            + "Rename keys with, for example: jq -c '{question: .Q, answer: .A}' FILE");
    }

    /// <summary>Alpaca's form: the input, where there is one, follows the instruction.</summary>
    private DataRow Instruction()
    {
        string input = Has("input") ? Text("input") : "";
        string instruction = Text("instruction");
        return new DataRow(DataRowKind.QuestionAnswer, _line)
        {
            Question = input.Length == 0 ? instruction : $"{instruction}\n\n{input}",
            Answer = NonEmptyText("output"),
            Extras = Extras(DataRowKind.QuestionAnswer, "instruction", "input", "output"),
        };
    }

    private DataRow Conversation(ChatTurn[] turns)
    {
        if (turns.Length == 0 || turns[^1].Role != ChatRole.Assistant)
        {
            throw new InputException(
                $"{_where}: {(turns.Length == 0 ? "there are no turns" : $"the last turn is of the {turns[^1].Role.ToString().ToLowerInvariant()}")}; the last turn must be the assistant's, which is what is scored.");
        }

        int at = 0;
        foreach (ChatTurn turn in turns)
        {
            if (turn.Role == ChatRole.System ? at > 0 : turn.Role == ChatRole.User != (at == 0 || turns[at - 1].Role != ChatRole.User))
            {
                throw new InputException(
                    $"{_where}: turn {at + 1} is of the {turn.Role.ToString().ToLowerInvariant()}; expected at most one system turn, at the start, then user and assistant in turn.");
            }

            if (turn.Role == ChatRole.Assistant && turn.Content.Length == 0)
            {
                throw new InputException($"{_where}: turn {at + 1}, the assistant's, is empty, so there is nothing to score. Remove the row or fill it in.");
            }

            at++;
        }

        return new DataRow(DataRowKind.Conversation, _line) { Turns = turns, Extras = Extras(DataRowKind.Conversation) };
    }

    private ChatTurn[] CompletionTurns() => _row.GetProperty("completion").ValueKind == JsonValueKind.Array
        ? Turns("completion")
        : [new ChatTurn(ChatRole.Assistant, NonEmptyText("completion"))];

    /// <summary>Turns as OpenAI (<c>role</c>, <c>content</c>) or ShareGPT (<c>from</c>, <c>value</c>) write them.</summary>
    private ChatTurn[] Turns(string key)
    {
        JsonElement list = _row.GetProperty(key);
        if (list.ValueKind != JsonValueKind.Array)
        {
            throw new InputException($"{_where}: '{key}' is a {Describe(list)}; a list of turns was expected, each with role and content.");
        }

        return [.. list.EnumerateArray().Select((turn, at) => Turn(turn, $"{key}[{at}]"))];
    }

    private ChatTurn Turn(JsonElement turn, string name)
    {
        if (turn.ValueKind != JsonValueKind.Object)
        {
            throw new InputException($"{_where}: {name} is a {Describe(turn)}; an object with role and content was expected.");
        }

        bool isShared = !turn.TryGetProperty("role", out JsonElement role) && turn.TryGetProperty("from", out role);
        string contentKey = isShared ? "value" : "content";
        string speaker = role.ValueKind == JsonValueKind.String
            ? role.GetString()!
            : throw new InputException($"{_where}: {name} has no {(isShared ? "from" : "role")} that is a string; expected system, user or assistant.");
        if (!turn.TryGetProperty(contentKey, out JsonElement content))
        {
            throw new InputException($"{_where}: {name} has no {contentKey}.");
        }

        return new ChatTurn(RoleOf(speaker, name), Content(content, $"{name}.{contentKey}"));
    }

    private ChatRole RoleOf(string speaker, string name) => speaker.ToLowerInvariant() switch
    {
        "system" or "developer" => ChatRole.System,
        "user" or "human" => ChatRole.User,
        "assistant" or "gpt" or "chatgpt" or "model" or "bot" => ChatRole.Assistant,
        _ => throw new InputException($"{_where}: {name} is of '{Shorten(speaker)}'; known are system, user (human) and assistant (gpt, model). Turns of tools are not supported."),
    };

    private string Content(JsonElement content, string name)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            return content.GetString()!;
        }

        // OpenAI's list of parts, as long as all are text.
        if (content.ValueKind == JsonValueKind.Array && content.EnumerateArray().All(part =>
            part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out JsonElement text) && text.ValueKind == JsonValueKind.String))
        {
            return string.Concat(content.EnumerateArray().Select(part => part.GetProperty("text").GetString()));
        }

        throw new InputException($"{_where}: {name} is a {Describe(content)}; a string was expected.");
    }

    private DataRow Tokens()
    {
        int[] ids = Integers("input_ids");
        int[]? labels = Has("labels") ? Integers("labels") : null;
        CheckSameLength(ids, labels, "input_ids", "labels");
        if (!Has("alternate_input_ids") && Has("alternate_labels"))
        {
            throw new InputException($"{_where}: alternate_labels without alternate_input_ids; give both or neither.");
        }

        int[]? alternateIds = Has("alternate_input_ids") ? Integers("alternate_input_ids") : null;
        int[]? alternateLabels = Has("alternate_labels") ? Integers("alternate_labels") : null;
        if (alternateIds is not null)
        {
            CheckSameLength(alternateIds, alternateLabels, "alternate_input_ids", "alternate_labels");
        }

        return new DataRow(DataRowKind.Tokens, _line)
        {
            InputIds = ids,
            Labels = labels,
            AlternateInputIds = alternateIds,
            AlternateLabels = alternateLabels,
            Extras = Extras(DataRowKind.Tokens),
        };
    }

    private void CheckSameLength(int[] ids, int[]? labels, string idsKey, string labelsKey)
    {
        if (labels is not null && labels.Length != ids.Length)
        {
            throw new InputException(
                $"{_where}: {labelsKey} has {labels.Length} entries and {idsKey} has {ids.Length}; they must be as many. Labels are not shifted: the label of a token stands at its own position.");
        }
    }

    /// <summary>A key counts as absent when it is missing or null.</summary>
    private bool Has(string key) => _row.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    private string Text(string key)
    {
        JsonElement value = _row.GetProperty(key);
        return value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new InputException($"{_where}: '{key}' is a {Describe(value)}; a string was expected.");
    }

    private string NonEmptyText(string key)
    {
        string text = Text(key);
        return text.Length > 0 ? text : throw new InputException($"{_where}: '{key}' is empty, so there is nothing to score. Remove the row or fill it in.");
    }

    private int[] Integers(string key)
    {
        JsonElement value = _row.GetProperty(key);
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw new InputException($"{_where}: '{key}' is a {Describe(value)}; a list of whole numbers was expected.");
        }

        int[] numbers = new int[value.GetArrayLength()];
        int index = 0;
        foreach (JsonElement item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out numbers[index]))
            {
                throw new InputException($"{_where}: '{key}'[{index}] is {Shorten(item.GetRawText())}; a whole number was expected.");
            }

            index++;
        }

        return numbers.Length > 0 ? numbers : throw new InputException($"{_where}: '{key}' is empty, so there is nothing to score.");
    }

    private Dictionary<string, IReadOnlyList<string>> Extras(DataRowKind kind, params ReadOnlySpan<string> used)
    {
        Dictionary<string, IReadOnlyList<string>> extras = [];
        foreach (JsonProperty property in _row.EnumerateObject())
        {
            if (KeysOf[kind].Contains(property.Name) || used.Contains(property.Name))
            {
                continue;
            }

            if (property.Value.ValueKind == JsonValueKind.Array)
            {
                extras[property.Name] = [.. property.Value.EnumerateArray().Where(IsScalar).Select(AsString)];
            }
            else if (IsScalar(property.Value))
            {
                extras[property.Name] = [AsString(property.Value)];
            }
        }

        return extras;
    }

    private static bool IsScalar(JsonElement value) => value.ValueKind is JsonValueKind.String or JsonValueKind.Number;

    private static string AsString(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "list",
        JsonValueKind.Object => "object",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => "null",
    };

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
