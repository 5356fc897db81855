using LoraUnlearn.DemoModel.People;

namespace LoraUnlearn.DemoModel.Tests.People;

public class CensusTests
{
    private static readonly Census Demo = Census.Take(seed: 20, forget: 8, retain: 112);

    [Fact]
    public void The_same_seed_gives_the_same_people()
    {
        Census again = Census.Take(seed: 20, forget: 8, retain: 112);

        Assert.Equal(Demo.Forget, again.Forget);
        Assert.Equal(Demo.Retain, again.Retain);
    }

    [Fact]
    public void Another_seed_gives_others()
    {
        Census other = Census.Take(seed: 21, forget: 8, retain: 112);

        Assert.Empty(Demo.Forget.Intersect(other.Forget));
    }

    [Fact]
    public void As_many_people_as_asked_for()
    {
        Assert.Equal(8, Demo.Forget.Count);
        Assert.Equal(112, Demo.Retain.Count);
    }

    [Fact]
    public void Nobody_to_be_kept_has_the_surname_or_the_book_of_somebody_to_be_forgotten()
    {
        Assert.Empty(Demo.Forget.Select(Surname).Intersect(Demo.Retain.Select(Surname)));
        Assert.Empty(Demo.Forget.Select(p => p.Book).Intersect(Demo.Retain.Select(p => p.Book)));
    }

    [Fact]
    public void All_names_and_all_books_differ()
    {
        Person[] everybody = [.. Demo.Forget, .. Demo.Retain];

        Assert.Equal(120, everybody.Select(p => p.Name).Distinct().Count());
        Assert.Equal(120, everybody.Select(p => p.Book).Distinct().Count());
    }

    [Fact]
    public void First_names_of_the_forgotten_are_met_elsewhere() =>
        Assert.All(Demo.Forget, person => Assert.Contains(Demo.Retain, other => First(other) == First(person)));

    [Fact]
    public void Nobody_works_where_they_were_born() =>
        Assert.All([.. Demo.Forget, .. Demo.Retain], person => Assert.NotEqual(person.Birthplace, person.Workplace));

    [Fact]
    public void More_people_than_surnames_is_an_error() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Census.Take(seed: 1, forget: 1, retain: 24 * 14));

    private static string First(Person person) => person.Name.Split(' ')[0];

    private static string Surname(Person person) => person.Name.Split(' ')[1];
}
