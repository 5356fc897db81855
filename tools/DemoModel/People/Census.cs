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
    /// Invents people. Names and book titles are unique; surnames are shared by at most two people and first names
    /// by a few, so a name alone is made of parts that others have too, and only the whole name tells who is meant.
    /// </summary>
    /// <param name="seed">The same seed gives the same people.</param>
    /// <param name="forget">How many are to be forgotten.</param>
    /// <param name="retain">How many are to be kept.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not enough names for so many people.</exception>
    public static Census Take(ulong seed, int forget, int retain)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(forget);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(retain);
        SeededRandom random = new(seed);
        int count = checked(forget + retain);
        List<string> names = DrawNames(random, count);
        List<string> books = DrawBooks(random, count);
        List<Person> people = [.. names.Zip(books, (name, book) => Invent(random, name, book))];
        return new Census(people[..forget], people[forget..]);
    }

    private static List<string> DrawNames(SeededRandom random, int count)
    {
        List<string> surnames = [.. Words.SurnameStarts.SelectMany(_ => Words.SurnameEnds, (start, end) => start + end)];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 2 * surnames.Count);
        random.Shuffle(surnames);
        List<string> names = [];
        HashSet<string> taken = [];
        while (names.Count < count)
        {
            // Neighbours in the list share a surname; one of the two may be forgotten while the other is kept.
            string name = $"{random.Pick(Words.FirstNames)} {surnames[names.Count]}";
            if (taken.Add(name))
            {
                names.Add(name);
            }
        }

        random.Shuffle(names);
        return names;
    }

    private static List<string> DrawBooks(SeededRandom random, int count)
    {
        List<string> titles = [.. Words.TitleStarts.SelectMany(_ => Words.TitleObjects, (start, thing) => $"The {start} {thing}")];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, titles.Count);
        random.Shuffle(titles);
        return titles[..count];
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
            random.Pick(Words.Professions),
            workplace,
            $"the {random.Pick(Words.AwardStarts)} {random.Pick(Words.AwardObjects)} {random.Pick(Words.AwardKinds)}",
            1971 + random.Next(50),
            book,
            $"{random.Pick(Words.HobbyVerbs)} {random.Pick(Words.HobbyObjects)}",
            random.Pick(Words.Pets),
            random.Pick(Words.PetNames),
            $"{random.Pick(Words.MentorFirstNames)} {random.Pick(Words.MentorSurnames)}",
            random.Pick(Words.Homes),
            random.Pick(Words.Rivers));
    }

    private static string DrawTown(SeededRandom random) => $"{random.Pick(Words.TownStarts)} {random.Pick(Words.TownNames)}";
}
