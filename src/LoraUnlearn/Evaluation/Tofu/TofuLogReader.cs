using System.Globalization;
using System.Text.Json;
using LoraUnlearn.Checkpoints;

namespace LoraUnlearn.Evaluation.Tofu;

/// <summary>
/// Reads one set of a log. Measures are joined by the row's index, never by their order: the original tool writes some in
/// batches of another size, and a filtered list beside an unfiltered one would shift every row (METHODS §11).
/// </summary>
internal static class TofuLogReader
{
    /// <summary>The measure that tells a set's own file from an aggregate of four.</summary>
    public const string ParaphrasedLoss = "avg_paraphrased_loss";

    private const string AnswerLoss = "avg_gt_loss";
    private const string PerturbedLoss = "average_perturb_loss";

    /// <summary>Reads the set.</summary>
    /// <param name="measures">The object of measures.</param>
    /// <param name="set">Which set.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="InputException">A measure is missing, malformed, or of other rows than another.</exception>
    public static TofuSetScores Read(JsonElement measures, TofuSet set, string path)
    {
        string where = $"{path}, {set.LogKey}";
        if (measures.ValueKind != JsonValueKind.Object)
        {
            throw new InputException($"{where}: found {BoundedJson.Describe(measures)}, expected an object of measures.");
        }

        Dictionary<string, JsonElement> answers = Required(measures, AnswerLoss, where);
        Dictionary<string, JsonElement> paraphrased = Required(measures, ParaphrasedLoss, where);
        Dictionary<string, JsonElement> perturbed = Required(measures, PerturbedLoss, where);
        RequireSameRows(answers, AnswerLoss, paraphrased, ParaphrasedLoss, where);
        RequireSameRows(answers, AnswerLoss, perturbed, PerturbedLoss, where);
        Dictionary<string, JsonElement>? Optional(string name) => measures.TryGetProperty(name, out _) ? Required(measures, name, where) : null;
        Dictionary<string, JsonElement>? tokens = Optional("num_token_gt"), texts = Optional("generated_text"), rouge1 = Optional("rouge1_recall"),
            rougeL = Optional("rougeL_recall"), strength = Optional("extraction_strength"), exact = Optional("exact_memorisation");
        double? Entry(Dictionary<string, JsonElement>? measure, string index) =>
            measure?.TryGetValue(index, out JsonElement value) is true && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
        TofuRowScore[] rows =
        [
            .. answers.Keys.OrderBy(Position).ThenBy(index => index, StringComparer.Ordinal).Select(index => new TofuRowScore(
                index,
                Number(answers[index], $"{where}, {AnswerLoss}['{index}']"),
                Number(paraphrased[index], $"{where}, {ParaphrasedLoss}['{index}']"),
                Numbers(perturbed[index], $"{where}, {PerturbedLoss}['{index}']"))
            {
                AnswerTokens = (int?)Entry(tokens, index),
                Text = Answer(texts, index),
                Rouge1Recall = Entry(rouge1, index),
                RougeLRecall = Entry(rougeL, index),
                ExtractionStrength = Entry(strength, index),
                ExactMemorisation = Entry(exact, index),
            }),
        ];
        return new TofuSetScores(set, rows, path);
    }

    // A measure is {"index": value}; the original's older tools wrote a list.
    private static Dictionary<string, JsonElement> Required(JsonElement measures, string name, string where)
    {
        if (!measures.TryGetProperty(name, out JsonElement measure))
        {
            throw new InputException($"{where}: there is no '{name}'. Is this TOFU's log? Make one with evaluate --suite tofu --save-log FILE.");
        }

        return measure.ValueKind switch
        {
            JsonValueKind.Object => measure.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value, StringComparer.Ordinal),
            JsonValueKind.Array => measure.EnumerateArray().Index().ToDictionary(entry => entry.Index.ToString(CultureInfo.InvariantCulture), entry => entry.Item, StringComparer.Ordinal),
            _ => throw new InputException($"{where}, {name}: found {BoundedJson.Describe(measure)}, expected an object of numbers by row."),
        };
    }

    private static void RequireSameRows(Dictionary<string, JsonElement> first, string firstName, Dictionary<string, JsonElement> second, string secondName, string where)
    {
        string? lacking = first.Keys.FirstOrDefault(index => !second.ContainsKey(index));
        string? extra = second.Keys.FirstOrDefault(index => !first.ContainsKey(index));
        if (lacking is not null || extra is not null)
        {
            throw new InputException(
                $"{where}: '{firstName}' has {first.Count} rows and '{secondName}' {second.Count}, and they are not the same: row '{lacking ?? extra}' is in only one of them. The log is damaged; make it again.");
        }
    }

    private static long Position(string index) => long.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out long position) ? position : long.MaxValue;

    private static double Number(JsonElement value, string where) => value.ValueKind == JsonValueKind.Number
        ? value.GetDouble()
        : throw new InputException($"{where}: found {BoundedJson.Describe(value)}, expected a number.");

    private static double[] Numbers(JsonElement value, string where)
    {
        double[] numbers = value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(item => Number(item, where))]
            : [Number(value, where)];
        return numbers.Length > 0 ? numbers : throw new InputException($"{where}: the list is empty; at least one wrong answer's loss was expected.");
    }

    private static TofuAnswer? Answer(Dictionary<string, JsonElement>? texts, string index)
    {
        if (texts?.TryGetValue(index, out JsonElement value) is not true || value.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        JsonElement[] parts = [.. value.EnumerateArray()];
        return parts.Length == 3 && parts.All(part => part.ValueKind == JsonValueKind.String)
            ? new TofuAnswer(parts[0].GetString()!, parts[1].GetString()!, parts[2].GetString()!)
            : null;
    }
}
