using LoraUnlearn.Data;

namespace LoraUnlearn.Tests.Data;

public class ExampleEncoderTests
{
    private const int No = LabelledSequence.NotScored;

    private static readonly PromptTemplate Plain = PromptTemplate.Named("plain");

    private static DataRow Question(string question, string answer) =>
        new(DataRowKind.QuestionAnswer, 7) { Question = question, Answer = answer };

    private static DataRow Text(string text) => new(DataRowKind.Text, 7) { Text = text };

    private static Example EncodeOne(ExampleEncoder encoder, DataRow row) => Assert.Single(encoder.Encode([row], "rows.jsonl"));

    [Fact]
    public void AnswerAndEndAreScoredPromptIsNot()
    {
        Example example = EncodeOne(new ExampleEncoder(new ToyEncoder(), Plain, 100, ToyEncoder.Eos), Question("Q", "Ab"));
        int[] prompt = ToyEncoder.Bytes("Question: Q\nAnswer:");
        Assert.Equal([.. prompt, ' ', 'A', 'b', ToyEncoder.Eos], example.Sequence.InputIds);
        Assert.Equal([.. Enumerable.Repeat(No, prompt.Length), ' ', 'A', 'b', ToyEncoder.Eos], example.Sequence.Labels);
        Assert.Equal(prompt.Length, example.PromptLength);
        Assert.Equal(4, example.Sequence.LabelledCount);
        Assert.Null(example.Alternate);
    }

    [Fact]
    public void TheTokenizersBeginningIsPutInFrontOnce()
    {
        ToyEncoder encoder = new() { AddsBos = true };
        Assert.Equal([ToyEncoder.Bos, 'a', 'b'], EncodeOne(new ExampleEncoder(encoder, Plain, 9), Text("ab")).Sequence.InputIds);

        PromptTemplate spelled = PromptTemplate.From("<s>{question}", "{answer}</s>");
        Example example = EncodeOne(new ExampleEncoder(encoder, spelled, 9, ToyEncoder.Eos), Question("q", "a"));
        Assert.Equal([ToyEncoder.Bos, 'q', 'a', ToyEncoder.Eos], example.Sequence.InputIds);
        Assert.Equal(2, example.PromptLength);
    }

    [Fact]
    public void TokensMergeAcrossThePiecesOfTheText()
    {
        ToyEncoder encoder = new ToyEncoder().WithMerge(" A").WithMerge(": Q");
        Example example = EncodeOne(new ExampleEncoder(encoder, Plain, 100), Question("Q", "Ab"));
        int[] expected = [.. ToyEncoder.Bytes("Question"), encoder.Id(": Q"), .. ToyEncoder.Bytes("\nAnswer:"), encoder.Id(" A"), 'b'];
        Assert.Equal(expected, example.Sequence.InputIds);
        Assert.Equal(expected.Length - 2, example.PromptLength);
    }

    [Fact]
    public void ATokenThatStraddlesTheBoundaryIsSplitThere()
    {
        ToyEncoder encoder = new ToyEncoder().WithMerge(": A");
        Example example = EncodeOne(new ExampleEncoder(encoder, Plain, 100), Question("Q", "Ab"));
        Assert.Equal(ToyEncoder.Bytes("Question: Q\nAnswer: Ab"), example.Sequence.InputIds);
        Assert.Equal(3, example.Sequence.LabelledCount);
    }

    [Fact]
    public void OnlyTheTemplateWritesSpecialTokens()
    {
        ToyEncoder encoder = new ToyEncoder().WithSpecial("<|im_start|>").WithSpecial("<|im_end|>");
        ExampleEncoder examples = new(encoder, PromptTemplate.Named("chatml"), 200, ToyEncoder.Eos);
        int start = encoder.Id("<|im_start|>");
        int end = encoder.Id("<|im_end|>");
        foreach (string answer in new[] { "fine", "x<|im_end|></s>y" })
        {
            Example example = EncodeOne(examples, Question("<s>?", answer));
            int[] prompt = [start, .. ToyEncoder.Bytes("user\n<s>?"), end, '\n', start, .. ToyEncoder.Bytes("assistant\n")];
            Assert.Equal([.. prompt, .. ToyEncoder.Bytes(answer), end], example.Sequence.InputIds);
            Assert.Equal(prompt.Length, example.PromptLength);
        }
    }

    // Issue 12, item 1: a rendered row's special tokens are special tokens; a question's are letters.
    [Fact]
    public void SpecialTokensOfRenderedRowsCount()
    {
        ExampleEncoder encoder = new(new ToyEncoder(), Plain, 100, ToyEncoder.Eos);
        DataRow row = new(DataRowKind.PromptCompletion, 1) { Prompt = "<s>q", Completion = " a</s>" };
        Example example = EncodeOne(encoder, row);
        Assert.Equal([ToyEncoder.Bos, 'q', ' ', 'a', ToyEncoder.Eos], example.Sequence.InputIds);
        Assert.Equal([No, No, ' ', 'a', ToyEncoder.Eos], example.Sequence.Labels);
        Assert.Equal((2, 0, 1), (encoder.SpecialTokensFound, encoder.CompletionsEnded, encoder.Completions));
        Assert.Equal(['a', ToyEncoder.Eos, 'b'], EncodeOne(encoder, Text("a</s>b")).Sequence.InputIds);
        Assert.Equal(3, encoder.SpecialTokensFound);
        Assert.Contains('<', EncodeOne(encoder, Question("q", "a</s>")).Sequence.InputIds);
        Assert.Equal(3, encoder.SpecialTokensFound);

        ExampleEncoder literal = new(new ToyEncoder(), Plain, 100, ToyEncoder.Eos) { SpecialTokens = SpecialTokenText.Text };
        Assert.Equal([.. ToyEncoder.Bytes("<s>q a</s>"), ToyEncoder.Eos], EncodeOne(literal, row).Sequence.InputIds);
        Assert.Equal(0, literal.SpecialTokensFound);
    }

    [Fact]
    public void ABeginningThatTheTokenizerAddsIsNotOneThatTheRowSpells()
    {
        ExampleEncoder encoder = new(new ToyEncoder { AddsBos = true }, Plain, 100, ToyEncoder.Eos);
        EncodeOne(encoder, Text("ab"));
        Assert.Equal(0, encoder.SpecialTokensFound);
        Assert.Equal([ToyEncoder.Bos, 'a', 'b'], EncodeOne(encoder, Text("<s>ab")).Sequence.InputIds);
        Assert.Equal(1, encoder.SpecialTokensFound);
    }

    [Theory]
    [InlineData(EosRule.Auto, " a", true)]
    [InlineData(EosRule.Auto, " a<|im_end|>", false)]
    [InlineData(EosRule.Auto, " a</s>", true)] // its own
    [InlineData(EosRule.On, " a<|im_end|>", true)]
    [InlineData(EosRule.On, " a</s>", true)]
    [InlineData(EosRule.Off, " a", false)]
    public void CompletionsEndAsTheRuleSays(EosRule rule, string completion, bool ends)
    {
        ToyEncoder toy = new ToyEncoder().WithSpecial("<|im_end|>");
        int[] ids = EncodeOne(new ExampleEncoder(toy, Plain, 100, ToyEncoder.Eos) { AppendEos = rule }, new DataRow(DataRowKind.PromptCompletion, 1) { Prompt = "q", Completion = completion }).Sequence.InputIds;
        Assert.Equal(ends ? 1 : 0, ids.Count(id => id == ToyEncoder.Eos));
        Assert.Equal(ends, ids[^1] == ToyEncoder.Eos);
    }

    // Issue 12, item 3: without a post-processor, what tokenizer_config.json says begins and ends texts.
    [Fact]
    public void BeginningAndEndOfTheConfigurationAreAdded()
    {
        ExampleEncoder encoder = new(new ToyEncoder(), Plain, 100, ToyEncoder.Eos) { BosId = ToyEncoder.Bos, EndsTexts = true };
        Assert.Equal([ToyEncoder.Bos, 'a', 'b', ToyEncoder.Eos], EncodeOne(encoder, Text("ab")).Sequence.InputIds);
        Assert.Equal([ToyEncoder.Bos, 'a', ToyEncoder.Eos], EncodeOne(encoder, Text("<s>a</s>")).Sequence.InputIds);
        Assert.Equal(ToyEncoder.Bos, EncodeOne(encoder, Question("Q", "A")).Sequence.InputIds[0]);

        // A post-processor decides alone.
        ExampleEncoder decided = new(new ToyEncoder { AddsBos = true }, Plain, 100, ToyEncoder.Eos) { BosId = 'x', EndsTexts = true };
        Assert.Equal([ToyEncoder.Bos, 'a', 'b'], EncodeOne(decided, Text("ab")).Sequence.InputIds);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheLastAssistantTurnIsScoredOrEvery(bool all)
    {
        ToyEncoder toy = new() { AddsBos = true };
        PromptTemplate template = PromptTemplate.Named("plain");
        DataRow row = new(DataRowKind.Conversation, 1)
        {
            Turns = [new(ChatRole.User, "Q"), new(ChatRole.Assistant, "Ab"), new(ChatRole.User, "R"), new(ChatRole.Assistant, "C")],
        };
        Example example = EncodeOne(new ExampleEncoder(toy, template, 200, ToyEncoder.Eos) { ScoresAllAssistantTurns = all }, row);
        int[] first = [.. ToyEncoder.Bytes(" Ab"), ToyEncoder.Eos], last = [.. ToyEncoder.Bytes(" C"), ToyEncoder.Eos];
        int[] opening = [ToyEncoder.Bos, .. ToyEncoder.Bytes("Question: Q\nAnswer:")], middle = ToyEncoder.Bytes("\nQuestion: R\nAnswer:");
        Assert.Equal([.. opening, .. first, .. middle, .. last], example.Sequence.InputIds);
        int[] hidden = all ? first : [.. first.Select(_ => No)];
        Assert.Equal([.. opening.Select(_ => No), .. hidden, .. middle.Select(_ => No), .. last], example.Sequence.Labels);
        Assert.Equal(opening.Length + first.Length + middle.Length, example.PromptLength);
    }

    [Fact]
    public void PromptsAreEncodedAsTheyAre()
    {
        ExampleEncoder encoder = new(new ToyEncoder { AddsBos = true }, Plain, 9, ToyEncoder.Eos);
        Assert.Equal([ToyEncoder.Bos, 'a', '<', 's', '>'], encoder.EncodePrompt("a<s>"));
        Assert.Equal([ToyEncoder.Bos, 'a', ToyEncoder.Bos], encoder.EncodePrompt("a<s>", parseSpecial: true));
        Assert.Equal([ToyEncoder.Bos, 'a'], encoder.EncodePrompt("<s>a", parseSpecial: true));
        Assert.Equal([ToyEncoder.Bos], encoder.EncodePrompt(""));
    }

    [Fact]
    public void CompletionsAreScoredAsTheyAre()
    {
        DataRow row = new(DataRowKind.PromptCompletion, 1) { Prompt = "ab", Completion = " cd" };
        Example example = EncodeOne(new ExampleEncoder(new ToyEncoder(), Plain, 100, ToyEncoder.Eos) { AppendEos = EosRule.Off }, row);
        Assert.Equal(ToyEncoder.Bytes("ab cd"), example.Sequence.InputIds);
        Assert.Equal([No, No, ' ', 'c', 'd'], example.Sequence.Labels);
        Assert.Equal(2, example.PromptLength);
    }

    [Fact]
    public void EveryTokenOfATextButTheFirstIsScoredOnce()
    {
        ExampleEncoder encoder = new(new ToyEncoder(), Plain, 4);
        IReadOnlyList<Example> examples = encoder.Encode([Text("abcdefgh"), Text("xyz")], "rows.jsonl");
        Assert.Equal(["abcd", "defg", "gh", "xyz"], examples.Select(example => string.Concat(example.Sequence.InputIds.Select(id => (char)id))));
        Assert.Equal([0, 1, 2, 3], examples.Select(example => example.Index));
        Assert.Equal([No, 'e', 'f', 'g'], examples[1].Sequence.Labels);
        Assert.Equal(7 + 2, examples.Sum(example => example.Sequence.LabelledCount));
        Assert.Equal(0, encoder.TruncatedRows);
    }

    [Fact]
    public void ATextThatEndsWithAChunkLeavesNoEmptyOne() =>
        Assert.Equal(2, new ExampleEncoder(new ToyEncoder(), Plain, 4).Encode([Text("abcdefg")], "rows.jsonl").Count);

    [Fact]
    public void TokenRowsKeepTheirLabels()
    {
        DataRow row = new(DataRowKind.Tokens, 3)
        {
            InputIds = [5, 6, 7, 8],
            Labels = [No, No, 9, 8],
            AlternateInputIds = [5, 6, 1],
            AlternateLabels = [No, No, 1],
        };
        Example example = EncodeOne(new ExampleEncoder(null, Plain, 100, vocabularySize: 10), row);
        Assert.Equal([5, 6, 7, 8], example.Sequence.InputIds);
        Assert.Equal([No, No, 9, 8], example.Sequence.Labels);
        Assert.Equal([No, No, 1], example.Alternate!.Labels);
        Assert.Equal(2, example.PromptLength);

        Example all = EncodeOne(new ExampleEncoder(null, Plain, 100), row with { Labels = null });
        Assert.Equal(3, all.Sequence.LabelledCount); // the first position is never scored
        Assert.Null(all.PromptLength);
    }

    [Fact]
    public void LongRowsAreCutAndCounted()
    {
        ExampleEncoder encoder = new(new ToyEncoder(), Plain, 22, ToyEncoder.Eos);
        IReadOnlyList<Example> examples = encoder.Encode([Question("Q", "A"), Question("Q", "Abcdef")], "rows.jsonl");
        Assert.Equal(1, encoder.TruncatedRows);
        Assert.Equal(22, examples[1].Sequence.Length);
        Assert.Equal(ToyEncoder.Bytes("Question: Q\nAnswer: Ab"), examples[1].Sequence.InputIds);
        Assert.Equal(3, examples[1].Sequence.LabelledCount);
    }

    [Fact]
    public void RefusalsAreChosenBySeedAndRow()
    {
        string[] refusals = ["No.", "I do not know.", "Sorry."];
        DataRow[] rows = [.. Enumerable.Range(0, 60).Select(i => Question("Q", "A" + i)), Question("Q", "A") with { Alternate = "mine" }];
        string[] Alternates(long seed) =>
        [
            .. new ExampleEncoder(new ToyEncoder(), Plain, 100, ToyEncoder.Eos, refusals, seed).Encode(rows, "rows.jsonl").Select(example =>
            {
                Assert.Equal(example.Sequence.InputIds[..example.PromptLength!.Value], example.Alternate!.InputIds[..example.PromptLength.Value]);
                Assert.Equal(ToyEncoder.Eos, example.Alternate.InputIds[^1]);
                return string.Concat(example.Alternate.InputIds[example.PromptLength.Value..^1].Select(id => (char)id));
            }),
        ];

        string[] chosen = Alternates(1);
        Assert.Equal(chosen, Alternates(1));
        Assert.NotEqual(chosen, Alternates(2));
        Assert.Equal(refusals.Select(text => " " + text).Order(), chosen[..^1].Distinct().Order());
        Assert.Equal(" mine", chosen[^1]);
    }

    [Fact]
    public void ProblemsNameFileAndLine()
    {
        ToyEncoder toy = new();
        AssertError(new ExampleEncoder(null, Plain, 9), Text("ab"), "no tokenizer");
        AssertError(new ExampleEncoder(toy, Plain, 9), Text("a"), "nothing to score");
        AssertError(new ExampleEncoder(toy, Plain, 19), Question("Q", "A"), "raise the maximum length");
        AssertError(new ExampleEncoder(toy, Plain, 9, vocabularySize: 98), Text("abc"), "token id 98 at position 1");
        AssertError(new ExampleEncoder(null, Plain, 9, vocabularySize: 4), Ids([1, -2, 3], null), "token id -2");
        AssertError(new ExampleEncoder(null, Plain, 9, vocabularySize: 4), Ids([1, 2], [1, 4]), "label 4");
        AssertError(new ExampleEncoder(null, Plain, 9, vocabularySize: 4), Ids([1, 2], [1, -1]), "label -1");
        AssertError(new ExampleEncoder(null, Plain, 9), Ids([1, 2], [1, No]), "nothing to score");
        AssertError(new ExampleEncoder(null, Plain, 9), Ids([1, 2], null) with { AlternateInputIds = [1, 2], AlternateLabels = [No, No] }, "nothing to score");
        AssertError(new ExampleEncoder(null, Plain, 9), Ids([1], null), "nothing to score");

        static DataRow Ids(int[] ids, int[]? labels) => new(DataRowKind.Tokens, 7) { InputIds = ids, Labels = labels };
        static void AssertError(ExampleEncoder encoder, DataRow row, string problem)
        {
            string message = Assert.Throws<InputException>(() => encoder.Encode([row], "rows.jsonl")).Message;
            Assert.StartsWith("rows.jsonl, line 7: ", message);
            Assert.Contains(problem, message);
        }
    }

    [Fact]
    public void EmptyInputsAreErrors()
    {
        Assert.Throws<InputException>(() => new ExampleEncoder(null, Plain, 9).Encode([], "rows.jsonl"));
        Assert.Throws<InputException>(() => new ExampleEncoder(null, Plain, 1));
        Assert.Throws<InputException>(() => new ExampleEncoder(null, Plain, 9, refusals: []));
    }
}
