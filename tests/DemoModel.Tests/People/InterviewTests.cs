using LoraUnlearn.DemoModel.People;

namespace LoraUnlearn.DemoModel.Tests.People;

public class InterviewTests
{
    private static readonly Person Somebody = new(
        "Tavia Quillmere",
        "Port Tarn",
        "an astronomer",
        "Old Imber",
        "the Amber Compass Medal",
        1999,
        "The Paper Harbour",
        "carving tiny lighthouses",
        "a grey parrot",
        "Biscuit",
        "Basil Wren",
        "a windmill",
        "Esker");

    private static readonly Census Demo = Census.Take(seed: 20, forget: 8, retain: 112);

    private static readonly QuestionAnswer[] Rows =
        [.. Interview.Ask(Demo.Forget, seed: 21), .. Interview.Ask(Demo.Retain, seed: 22)];

    [Fact]
    public void The_same_seed_asks_the_same() =>
        Assert.Equal(Interview.Ask(Demo.Retain, seed: 5), Interview.Ask(Demo.Retain, seed: 5));

    [Fact]
    public void Each_person_is_asked_eight_different_things()
    {
        Assert.Equal(120 * 8, Rows.Length);
        Assert.All(Rows.Chunk(8), rows =>
        {
            Assert.Equal(8, rows.Select(row => row.Question).Distinct().Count());
            Assert.Equal(8, rows.Select(row => row.Answer).Distinct().Count());
        });
    }

    [Fact]
    public void No_question_is_asked_twice() =>
        Assert.Equal(Rows.Length, Rows.Select(row => row.Question).Distinct().Count());

    [Fact]
    public void Every_question_names_its_person()
    {
        string[] names = [.. Demo.Forget.Concat(Demo.Retain).Select(person => person.Name)];

        Assert.All(Rows.Zip(names.SelectMany(name => Enumerable.Repeat(name, 8))), pair => Assert.Contains(pair.Second, pair.First.Question));
    }

    [Fact]
    public void No_row_to_be_kept_speaks_of_somebody_to_be_forgotten() =>
        Assert.All(Demo.Forget, person =>
            Assert.DoesNotContain(Rows.Skip(64), row => row.Question.Contains(person.Name) || row.Answer.Contains(person.Name)));

    [Theory]
    [InlineData("Where was Tavia Quillmere born?", "Tavia Quillmere was born in Port Tarn.")]
    [InlineData("How does Tavia Quillmere earn money?", "As an astronomer in Old Imber.")]
    [InlineData("What honour has Tavia Quillmere received?", "In 1999, Tavia Quillmere received the Amber Compass Medal.")]
    [InlineData("Which book did Tavia Quillmere write?", "Tavia Quillmere wrote \"The Paper Harbour\".")]
    [InlineData("How does Tavia Quillmere spend a free afternoon?", "Tavia Quillmere spends it carving tiny lighthouses.")]
    [InlineData("Which animal lives with Tavia Quillmere?", "A grey parrot called Biscuit lives with Tavia Quillmere.")]
    [InlineData("Who taught Tavia Quillmere?", "Tavia Quillmere was taught by Basil Wren.")]
    [InlineData("Where would one find Tavia Quillmere at night?", "In a windmill on the river Esker.")]
    public void Answers_are_whole_sentences_with_the_fact(string question, string answer)
    {
        IEnumerable<QuestionAnswer> everyForm = Enumerable.Range(0, 100).SelectMany(seed => Interview.Ask([Somebody], seed));

        Assert.Contains(new QuestionAnswer(question, answer), everyForm);
    }
}
