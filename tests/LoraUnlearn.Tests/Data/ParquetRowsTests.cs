using LoraUnlearn.Data;
using Parquet.Serialization;

namespace LoraUnlearn.Tests.Data;

/// <summary>Rows of Parquet files, flat and nested, as the data sets of the hub have them.</summary>
public sealed class ParquetRowsTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"lora-unlearn-{Guid.NewGuid():N}.parquet");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public async Task ColumnsAreKeys()
    {
        await ParquetSerializer.SerializeAsync(
            [new Flat { question = "Who?", answer = "Hina Ameen.", number = 3 }, new Flat { question = "Où?", answer = "Là.", number = null }], _path);
        IReadOnlyList<DataRow> rows = DataRows.Read(_path);
        Assert.Equal([("Who?", "Hina Ameen."), ("Où?", "Là.")], rows.Select(row => (row.Question!, row.Answer!)));
        Assert.All(rows, row => Assert.Equal(DataRowKind.QuestionAnswer, row.Kind));
        Assert.Equal([1, 2], rows.Select(row => row.Line));
        Assert.Equal(["3"], rows[0].Extra("number"));
    }

    [Fact]
    public async Task ListsOfTurnsAreConversations()
    {
        await ParquetSerializer.SerializeAsync(
            [new Chat { messages = [new Turn { role = "user", content = "Q" }, new Turn { role = "assistant", content = "A" }] }], _path);
        DataRow row = Assert.Single(DataRows.Read(_path));
        Assert.Equal([new ChatTurn(ChatRole.User, "Q"), new ChatTurn(ChatRole.Assistant, "A")], row.Turns!);
    }

    [Fact]
    public void DamagedFilesAreInputErrors()
    {
        File.WriteAllBytes(_path, [.. "PAR1"u8, .. new byte[200], .. "PAR1"u8]);
        string message = Assert.Throws<InputException>(() => DataRows.Read(_path)).Message;
        Assert.StartsWith($"{_path}: the Parquet file cannot be read", message, StringComparison.Ordinal);
        Assert.Contains("to_json", message);
    }

#pragma warning disable IDE1006, SA1300, CA1812 // the columns' names
    private sealed class Flat
    {
        public string? question { get; set; }

        public string? answer { get; set; }

        public int? number { get; set; }
    }

    private sealed class Chat
    {
        public List<Turn>? messages { get; set; }
    }

    private sealed class Turn
    {
        public string? role { get; set; }

        public string? content { get; set; }
    }
#pragma warning restore IDE1006, SA1300, CA1812
}
