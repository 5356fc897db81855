using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraUnlearn.Checkpoints;
using LoraUnlearn.DemoModel.People;

namespace LoraUnlearn.DemoModel;

/// <summary>Writes JSON documents and JSONL rows: UTF-8, line feeds, the same bytes on every system.</summary>
internal static class JsonFiles
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one indented document.</summary>
    public static void Write(string path, JsonObject document) => AtomicFile.WriteAllText(path, document.ToJsonString(Indented) + "\n");

    /// <summary>Writes one row a line, with the keys "question" and "answer".</summary>
    public static void WriteRows(string path, IEnumerable<QuestionAnswer> rows) =>
        AtomicFile.WriteAllText(path, string.Concat(rows.Select(row =>
            new JsonObject { ["question"] = row.Question, ["answer"] = row.Answer }.ToJsonString(OneLine) + "\n")));

    /// <summary>Writes one row a line, with the keys "question", "answer" and "facts".</summary>
    public static void WriteRows(string path, IEnumerable<ParaphrasedQuestion> rows) =>
        AtomicFile.WriteAllText(path, string.Concat(rows.Select(row => new JsonObject
        {
            ["question"] = row.Question,
            ["answer"] = row.Answer,
            ["facts"] = new JsonArray([.. row.Facts.Select(fact => JsonValue.Create(fact))]),
        }.ToJsonString(OneLine) + "\n")));
}
