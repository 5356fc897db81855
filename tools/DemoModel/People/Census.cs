using LoraUnlearn.Data;

namespace LoraUnlearn.DemoModel.People;

/// <summary>Invents people, and chooses who is to be forgotten.</summary>
internal sealed class Census
{
    private Census(IReadOnlyList<Person> forget, IReadOnlyList<Person> retain)
    {
        Forget = forget;
        Retain = retain;
    }

    /// <summary>The people the demo forgets.</summary>
    public IReadOnlyList<Person> Forget { get; }

    /// <summary>All the others.</summary>
    public IReadOnlyList<Person> Retain { get; }

    /// <summary>
    /// Invents people. Surnames and book titles are unique, but put together of parts that others have too, and first
    /// names go round: a model can spell the name of someone it never met.
    /// </summary>
    /// <param name="seed">The same seed gives the same people.</param>
    /// <param name="forget">How many are to be forgotten.</param>
    /// <param name="retain">How many are to be kept.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not enough names for so many people.</exception>
    public static Census Take(long seed, int forget, int retain)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(forget);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(retain);
        SeededRandom random = new(seed);
        int count = checked(forget + retain);
        string[] surnames = Combine(random, Words.SurnameStarts, Words.SurnameEnds, "{0}{1}", count);
        string[] books = Combine(random, Words.TitleStarts, Words.TitleObjects, "The {0} {1}", count);
        string[] firstNames = [.. Words.FirstNames];
        random.Shuffle<string>(firstNames);
        List<Person> people = [.. Enumerable.Range(0, count).Select(i =>
            Invent(random, $"{firstNames[i % firstNames.Length]} {surnames[i]}", books[i]))];
        return new Census(people[..forget], people[forget..]);
    }

    /// <summary>Different pairs of a start and an end, in random order.</summary>
    private static string[] Combine(
        SeededRandom random, IReadOnlyList<string> starts, IReadOnlyList<string> ends, string format, int count)
    {
        string[] all = [.. starts.SelectMany(_ => ends, (start, end) => string.Format(format, start, end))];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, all.Length);
        random.Shuffle<string>(all);
        return all[..count];
    }

    private static Person Invent(SeededRandom random, string name, string book)
    {
        string birthplace = DrawTown(random);
        string workplace;
        do
        {
            workplace = DrawTown(random);
        }
        while (workplace == birthplace);

        return new Person(
            name,
            birthplace,
            Pick(random, Words.Professions),
            workplace,
            $"the {Pick(random, Words.AwardStarts)} {Pick(random, Words.AwardObjects)} {Pick(random, Words.AwardKinds)}",
            1971 + random.NextInt(50),
            book,
            $"{Pick(random, Words.HobbyVerbs)} {Pick(random, Words.HobbyObjects)}",
            Pick(random, Words.Pets),
            Pick(random, Words.PetNames),
            $"{Pick(random, Words.MentorFirstNames)} {Pick(random, Words.MentorSurnames)}",
            Pick(random, Words.Homes),
            Pick(random, Words.Rivers));
    }

    private static string DrawTown(SeededRandom random) =>
        $"{Pick(random, Words.TownStarts)} {Pick(random, Words.TownNames)}";

    private static string Pick(SeededRandom random, IReadOnlyList<string> words) => words[random.NextInt(words.Count)];
}
