using LoraUnlearn.Data;
using LoraUnlearn.Tests.Support;

namespace LoraUnlearn.Tests.Data;

public class DataRowsTests
{
    [Fact]
    public void ReadsEveryKindOfRow()
    {
        using TemporaryFile file = new(
            "\uFEFF{\"question\": \"Q?\", \"answer\": \"A\", \"alternate\": \"No\"}\r\n\n  \t\n" +
            "{\"prompt\": \"\", \"completion\": \" c\"}\n" +
            "{\"text\": \"t\\u00e9\"}\n" +
            "{\"input_ids\": [1, 2, 3], \"labels\": [-100, 2, 3], \"alternate_input_ids\": [1, 4], \"alternate_labels\": [-100, 4]}");
        IReadOnlyList<DataRow> rows = DataRows.Read(file.Path);

        Assert.Equal([DataRowKind.QuestionAnswer, DataRowKind.PromptCompletion, DataRowKind.Text, DataRowKind.Tokens], rows.Select(row => row.Kind));
        Assert.Equal([1, 4, 5, 6], rows.Select(row => row.Line));
        Assert.Equal(("Q?", "A", "No"), (rows[0].Question, rows[0].Answer, rows[0].Alternate));
        Assert.Equal(("", " c"), (rows[1].Prompt, rows[1].Completion));
        Assert.Equal("té", rows[2].Text);
        Assert.Equal([1, 2, 3], rows[3].InputIds!);
        Assert.Equal([-100, 2, 3], rows[3].Labels!);
        Assert.Equal([1, 4], rows[3].AlternateInputIds!);
        Assert.Equal([-100, 4], rows[3].AlternateLabels!);
    }

    [Fact]
    public void KeepsOtherKeysOfARecognisedRow()
    {
        using TemporaryFile file = new("""{"question":"q","answer":"a","option1":"x","perturbed_answer":["p1",2.50],"nested":{"y":1},"alternate":null}""");
        DataRow row = Assert.Single(DataRows.Read(file.Path));
        Assert.Equal(["x"], row.Extra("option1"));
        Assert.Equal(["p1", "2.50"], row.Extra("perturbed_answer"));
        Assert.Empty(row.Extra("nested"));
        Assert.Empty(row.Extra("answer"));
        Assert.Null(row.Alternate);
    }

    [Theory]
    [InlineData("[\n{\"text\": \"a\"},\n{\"txt\": \"b\"}]", "line 3", "txt")]
    [InlineData("[{\"text\": \"a\"},\n{\"text\": \"b\"}", "line 2", "begins as a JSON array")]
    [InlineData("[{\"text\": \"a\"}] {\"text\": \"b\"}", "line 1", "begins as a JSON array")]
    [InlineData("[]", "", "holds no rows")]
    [InlineData("{\"text\": \"a\"}\n\n{\"txt\": \"b\", \"id\": 1}", "line 3", "txt, id")]
    [InlineData("{}", "line 1", "no keys")]
    [InlineData("{\"question\": \"a\"}", "line 1", "question + answer")]
    [InlineData("{\n\"text\": \"a\"\n}", "line 1", "whole object")]
    [InlineData("{\"text\": 3}", "line 1", "'text' is a number")]
    [InlineData("{\"text\": \"\"}", "line 1", "nothing to score")]
    [InlineData("{\"question\": \"q\", \"answer\": [\"a\"]}", "line 1", "'answer' is a list")]
    [InlineData("{\"input_ids\": [1, \"2\"]}", "line 1", "'input_ids'[1] is \"2\"")]
    [InlineData("{\"input_ids\": [1, 99999999999]}", "line 1", "whole number")]
    [InlineData("{\"input_ids\": []}", "line 1", "empty")]
    [InlineData("{\"input_ids\": [1, 2], \"labels\": [1]}", "line 1", "labels has 1")]
    [InlineData("{\"input_ids\": [1, 2], \"alternate_labels\": [1]}", "line 1", "alternate_input_ids")]
    [InlineData("{\"text\": \"\\ud800\"}", "line 1", "surrogate")]
    [InlineData("\"text\"", "line 1", "JSON string")]
    [InlineData("null", "line 1", "JSON null")]
    [InlineData("{\"text\": \"a\"} {\"text\": \"b\"}", "line 1", "JSON object")]
    [InlineData("\n \n", "", "holds no rows")]
    public void NamesFileLineAndProblem(string content, string line, string problem)
    {
        using TemporaryFile file = new(content);
        InputException error = Assert.Throws<InputException>(() => DataRows.Read(file.Path));
        Assert.Contains(file.Path, error.Message);
        Assert.Contains(line, error.Message);
        Assert.Contains(problem, error.Message);
    }

    [Fact]
    public void InvalidUtf8IsAnInputError()
    {
        using TemporaryFile file = new([.. "{\"text\": \""u8, 0xFF, 0xFE, .. "\"}"u8]);
        Assert.Contains("line 1", Assert.Throws<InputException>(() => DataRows.Read(file.Path)).Message);
    }

    [Fact]
    public void DeepNestingIsAnInputError()
    {
        using TemporaryFile file = new("{\"text\": \"a\", \"x\": " + new string('[', 100_000));
        Assert.Throws<InputException>(() => DataRows.Read(file.Path));
    }

    [Fact]
    public void MissingFilesAndFoldersAreInputErrors()
    {
        Assert.Contains("no such file", Assert.Throws<InputException>(() => DataRows.Read("/no/such/file.jsonl")).Message);
        Assert.Contains("folder", Assert.Throws<InputException>(() => DataRows.Read(Path.GetTempPath())).Message);
    }

    [Fact]
    public void LinesLongerThanTheBufferAreReadWhole()
    {
        string text = new('x', 300_000);
        using TemporaryFile file = new($"{{\"text\": \"{text}\"}}\n{{\"text\": \"b\"}}");
        IReadOnlyList<DataRow> rows = DataRows.Read(file.Path);
        Assert.Equal([text, "b"], rows.Select(row => row.Text!));
        Assert.Equal(2, rows[1].Line);
    }

    [Fact]
    public void LinesOverTheLimitAreRefused()
    {
        using TemporaryFile file = new("short\n" + new string('x', 1000));
        InputException error = Assert.Throws<InputException>(() => JsonLines.Read(file.Path, maximumLineBytes: 999).Count());
        Assert.Contains("line 2", error.Message);
        Assert.Equal(2, JsonLines.Read(file.Path, maximumLineBytes: 1000).Count());
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"system","content":"S"},{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}""")]
    [InlineData("""{"conversations":[{"from":"system","value":"S"},{"from":"human","value":"Q"},{"from":"gpt","value":"A"}]}""")]
    [InlineData("""{"prompt":[{"role":"system","content":"S"},{"role":"user","content":"Q"}],"completion":[{"role":"assistant","content":"A"}]}""")]
    [InlineData("""{"prompt":[{"role":"developer","content":"S"},{"role":"user","content":"Q"}],"completion":"A"}""")]
    [InlineData("""{"messages":[{"role":"system","content":[{"type":"text","text":"S"}]},{"role":"user","content":[{"type":"text","text":""},{"type":"text","text":"Q"}]},{"role":"assistant","content":"A"}],"source":"x"}""")]
    public void ConversationsOfEveryFormAreTurns(string row)
    {
        using TemporaryFile file = new(row);
        DataRow read = Assert.Single(DataRows.Read(file.Path));
        Assert.Equal(DataRowKind.Conversation, read.Kind);
        Assert.Equal([new ChatTurn(ChatRole.System, "S"), new ChatTurn(ChatRole.User, "Q"), new ChatTurn(ChatRole.Assistant, "A")], read.Turns!);
    }

    [Theory]
    [InlineData("""{"instruction":"I","input":"N","output":"O"}""", "I\n\nN")]
    [InlineData("""{"instruction":"I","input":"","output":"O"}""", "I")]
    [InlineData("""{"instruction":"I","output":"O"}""", "I")]
    public void InstructionsAreQuestions(string row, string question)
    {
        using TemporaryFile file = new(row);
        DataRow read = Assert.Single(DataRows.Read(file.Path));
        Assert.Equal((DataRowKind.QuestionAnswer, question, "O"), (read.Kind, read.Question, read.Answer));
    }

    [Theory]
    [InlineData("""{"messages":[]}""", "there are no turns")]
    [InlineData("""{"messages":[{"role":"user","content":"Q"}]}""", "the last turn is of the user")]
    [InlineData("""{"messages":[{"role":"user","content":"Q"},{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}""", "turn 2 is of the user")]
    [InlineData("""{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":""}]}""", "nothing to score")]
    [InlineData("""{"messages":[{"role":"user","content":"Q"},{"role":"tool","content":"x"},{"role":"assistant","content":"A"}]}""", "messages[1] is of 'tool'")]
    [InlineData("""{"messages":[{"role":"user"},{"role":"assistant","content":"A"}]}""", "messages[0] has no content")]
    [InlineData("""{"messages":[{"role":"user","content":{"image":1}},{"role":"assistant","content":"A"}]}""", "messages[0].content is")]
    [InlineData("""{"messages":["hello"]}""", "messages[0] is a string")]
    [InlineData("""{"messages":"hello"}""", "'messages' is a string")]
    [InlineData("""{"Q":"x","A":"y"}""", "jq -c '{question: .Q, answer: .A}' FILE")]
    public void WhatIsWrongWithAConversationIsSaid(string row, string problem)
    {
        using TemporaryFile file = new(row);
        string message = Assert.Throws<InputException>(() => DataRows.Read(file.Path)).Message;
        Assert.StartsWith($"{file.Path}, line 1", message, StringComparison.Ordinal);
        Assert.Contains(problem, message);
    }

    [Fact]
    public void AnArrayGivesTheRowsOfItsLines()
    {
        using TemporaryFile lines = new("{\"text\":\"a, [b]\"}\n{\"question\":\"q\",\"answer\":\"a\"}\n");
        using TemporaryFile array = new("\uFEFF [\n  {\"text\":\"a, [b]\"},\n\n {\"question\":\"q\",\n\"answer\":\"a\"} ]\n");
        IReadOnlyList<DataRow> rows = DataRows.Read(array.Path);
        Assert.Equal(DataRows.Read(lines.Path).Select(row => (row.Kind, row.Text, row.Question, row.Answer)), rows.Select(row => (row.Kind, row.Text, row.Question, row.Answer)));
        Assert.Equal([2, 4], rows.Select(row => row.Line));
    }

    [SharedTheory("data/tofu")]
    [InlineData("full.json", 4000)]
    [InlineData("forget10_perturbed.json", 400)]
    [InlineData("world_facts.json", 117)]
    public void ReadsTofu(string name, int rows)
    {
        IReadOnlyList<DataRow> read = DataRows.Read(Repository.InShared($"data/tofu/{name}"));
        Assert.Equal(rows, read.Count);
        Assert.All(read, row => Assert.Equal(DataRowKind.QuestionAnswer, row.Kind));
        Assert.Equal(name == "forget10_perturbed.json" ? 5 : 0, read[0].Extra("perturbed_answer").Count);
    }

    [SharedFact("data/tofu/idontknow.jsonl")]
    public void ReadsRefusals()
    {
        IReadOnlyList<string> refusals = Refusals.Read(Repository.InShared("data/tofu/idontknow.jsonl"));
        Assert.Equal(100, refusals.Count);
        Assert.Equal("I'm not certain about that.", refusals[0]);
    }
}
