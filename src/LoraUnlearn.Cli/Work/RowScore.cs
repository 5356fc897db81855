using System.Text.Json;
using LoraUnlearn.Cli.Output;
using LoraUnlearn.Data;
using LoraUnlearn.Evaluation;

namespace LoraUnlearn.Cli.Work;

/// <summary>The scores of all chunks of one data row together.</summary>
internal sealed record RowScore(SequenceScore Score)
{
    /// <summary>Puts the scores of each row together.</summary>
    public static IReadOnlyList<RowScore> Of(IReadOnlyList<Example> examples, IReadOnlyList<SequenceScore> scores) =>
    [
        .. examples.Zip(scores).GroupBy(pair => pair.First.Row, ReferenceEqualityComparer.Instance).Select(row => new RowScore(new SequenceScore(
            [.. row.SelectMany(pair => pair.Second.LogProbabilities)], [.. row.SelectMany(pair => pair.Second.Ranks)]))),
    ];

    /// <summary>Writes the row as one object, number by number: nothing is built that is as long as the row.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("nll");
        JsonText.Write(writer, Score.Nll);
        writer.WriteNumber("tokens", Score.Tokens);
        writer.WritePropertyName("probability");
        JsonText.Write(writer, Score.Probability);
        WriteList(writer, "log_probabilities", at => JsonText.Write(writer, Score.LogProbabilities[at]));
        WriteList(writer, "ranks", at => writer.WriteNumberValue(Score.Ranks[at]));
        WriteList(writer, "argmax_match", at => writer.WriteBooleanValue(Score.Ranks[at] == 0));
        writer.WriteEndObject();
    }

    private void WriteList(Utf8JsonWriter writer, string name, Action<int> write)
    {
        writer.WriteStartArray(name);
        for (int at = 0; at < Score.Tokens; at++)
        {
            write(at);
            if (at % 4096 == 4095)
            {
                writer.Flush();
            }
        }

        writer.WriteEndArray();
    }
}
