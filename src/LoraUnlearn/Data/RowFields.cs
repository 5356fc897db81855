using System.Text.Json;

namespace LoraUnlearn.Data;

/// <summary>The keys of one JSON object and what row they make.</summary>
internal sealed partial class RowFields
{
    private const string AcceptedKinds =
        "question + answer (optionally alternate); prompt + completion; text; messages or conversations; instruction + output (optionally input); input_ids (optionally labels, alternate_input_ids, alternate_labels)";

    private static readonly Dictionary<DataRowKind, string[]> KeysOf = new()
    {
        [DataRowKind.Tokens] = ["input_ids", "labels", "alternate_input_ids", "alternate_labels"],
        [DataRowKind.QuestionAnswer] = ["question", "answer", "alternate"],
        [DataRowKind.PromptCompletion] = ["prompt", "completion"],
        [DataRowKind.Text] = ["text"],
        [DataRowKind.Conversation] = ["messages", "conversations", "prompt", "completion", "system"],
    };

    private readonly JsonElement _row;
    private readonly string _where;
    private readonly int _line;

    /// <param name="row">The object.</param>
    /// <param name="where">File and line, or row, for messages.</param>
    /// <param name="line">The line, or the row where the file has no lines.</param>
    public RowFields(JsonElement row, string where, int line)
    {
        _row = row;
        _line = line;
        _where = where;
        if (row.ValueKind != JsonValueKind.Object)
        {
            throw new InputException($"{_where}: a JSON {Describe(row)} where a JSON object was expected. A row has one of: {AcceptedKinds}.");
        }
    }

    /// <summary>The row. Where the keys of several kinds are there the first of: tokens, question, prompt, text.</summary>
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

        if (IsList("messages") || IsList("conversations") || (IsList("prompt") && IsList("completion")))
        {
            return Conversation();
        }

        if (Has("instruction") && Has("output"))
        {
            return Instruction();
        }

        if (Has("prompt") && Has("completion"))
        {
            return new DataRow(DataRowKind.PromptCompletion, _line)
            {
                Prompt = Text("prompt"),
                Completion = NonEmptyText("completion"),
                Extras = Extras(DataRowKind.PromptCompletion),
            };
        }

        if (Has("text"))
        {
            return new DataRow(DataRowKind.Text, _line) { Text = NonEmptyText("text"), Extras = Extras(DataRowKind.Text) };
        }

        throw UnknownKind();
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

    private Dictionary<string, IReadOnlyList<string>> Extras(DataRowKind kind)
    {
        Dictionary<string, IReadOnlyList<string>> extras = [];
        foreach (JsonProperty property in _row.EnumerateObject())
        {
            if (KeysOf[kind].Contains(property.Name))
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
