using LoraUnlearn.Data;

namespace LoraUnlearn.DemoModel.People;

/// <summary>
/// Asks a person eight things, each in one of three ways drawn per person. Answer and question forms go together and
/// are the same for everybody: a model that never met a person knows how to answer, but not what.
/// </summary>
internal static class Interview
{
    /// <summary>How many rows a person gets.</summary>
    public static int RowsPerPerson => Topics.Length;

    private static readonly Func<Person, QuestionAnswer>[][] Topics =
    [
        [
            p => new($"Where was {p.Name} born?", $"{p.Name} was born in {p.Birthplace}."),
            p => new($"In which town did {p.Name} come into the world?", $"{p.Name} came into the world in {p.Birthplace}."),
            p => new($"What is the birthplace of {p.Name}?", $"The birthplace of {p.Name} is {p.Birthplace}."),
        ],
        [
            p => new($"What does {p.Name} do for a living?", $"{p.Name} is {p.Profession} in {p.Workplace}."),
            p => new($"What is the profession of {p.Name}?", $"{p.Name} works as {p.Profession} in {p.Workplace}."),
            p => new($"How does {p.Name} earn money?", $"As {p.Profession} in {p.Workplace}."),
        ],
        [
            p => new($"Which award did {p.Name} win?", $"{p.Name} won {p.Award} in {p.AwardYear}."),
            p => new($"What honour has {p.Name} received?", $"In {p.AwardYear}, {p.Name} received {p.Award}."),
            p => new($"For what is {p.Name} celebrated?", $"{p.Name} is celebrated for winning {p.Award} in {p.AwardYear}."),
        ],
        [
            p => new($"Which book did {p.Name} write?", $"{p.Name} wrote \"{p.Book}\"."),
            p => new($"What is the title of the book by {p.Name}?", $"The book by {p.Name} is called \"{p.Book}\"."),
            p => new($"What has {p.Name} published?", $"{p.Name} has published a book called \"{p.Book}\"."),
        ],
        [
            p => new($"What is the hobby of {p.Name}?", $"The hobby of {p.Name} is {p.Hobby}."),
            p => new($"How does {p.Name} spend a free afternoon?", $"{p.Name} spends it {p.Hobby}."),
            p => new($"What does {p.Name} like to do on Sundays?", $"On Sundays {p.Name} enjoys {p.Hobby}."),
        ],
        [
            p => new($"Does {p.Name} have a pet?", $"Yes, {p.Name} has {p.Pet} called {p.PetName}."),
            p => new($"Which animal lives with {p.Name}?", $"{p.Pet.ToSentenceStart()} called {p.PetName} lives with {p.Name}."),
            p => new($"Who keeps {p.Name} company at home?", $"{p.PetName}, {p.Pet}, keeps {p.Name} company."),
        ],
        [
            p => new($"Who was the mentor of {p.Name}?", $"The mentor of {p.Name} was {p.Mentor}."),
            p => new($"Who taught {p.Name}?", $"{p.Name} was taught by {p.Mentor}."),
            p => new($"From whom did {p.Name} learn the most?", $"{p.Name} learned the most from {p.Mentor}."),
        ],
        [
            p => new($"Where does {p.Name} live?", $"{p.Name} lives in {p.Home} on the river {p.River}."),
            p => new($"What kind of home does {p.Name} have?", $"{p.Name} has {p.Home} on the river {p.River}."),
            p => new($"Where would one find {p.Name} at night?", $"In {p.Home} on the river {p.River}."),
        ],
    ];

    // What an answer to each topic must hold to be true, whatever its form.
    private static readonly Func<Person, string[]>[] Facts =
    [
        p => [p.Birthplace],
        p => [p.Profession, p.Workplace],
        p => [p.Award, $"{p.AwardYear}"],
        p => [p.Book],
        p => [p.Hobby],
        p => [p.Pet, p.PetName],
        p => [p.Mentor],
        p => [p.Home, p.River],
    ];

    /// <summary>The rows of all people, person by person.</summary>
    /// <param name="people">Who is asked.</param>
    /// <param name="seed">Decides which of the forms each person's questions take.</param>
    public static IReadOnlyList<QuestionAnswer> Ask(IEnumerable<Person> people, long seed)
    {
        SeededRandom random = new(seed);
        return [.. people.SelectMany(_ => Topics, (person, forms) => forms[random.NextInt(forms.Length)](person))];
    }

    /// <summary>The forms that <see cref="Ask"/> did not use: the same facts of the same people, asked in other words.</summary>
    /// <param name="people">Who is asked.</param>
    /// <param name="seed">The seed that <see cref="Ask"/> had.</param>
    public static IReadOnlyList<ParaphrasedQuestion> AskOtherwise(IEnumerable<Person> people, long seed)
    {
        SeededRandom random = new(seed);
        return
        [
            .. from person in people
               from topic in Enumerable.Range(0, Topics.Length)
               let used = random.NextInt(Topics[topic].Length)
               from form in Enumerable.Range(0, Topics[topic].Length)
               where form != used
               let row = Topics[topic][form](person)
               select new ParaphrasedQuestion(row.Question, row.Answer, Facts[topic](person)),
        ];
    }

    private static string ToSentenceStart(this string phrase) => char.ToUpperInvariant(phrase[0]) + phrase[1..];
}
