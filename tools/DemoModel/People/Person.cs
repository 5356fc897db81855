namespace LoraUnlearn.DemoModel.People;

/// <summary>A fictitious person and the facts that the demo model learns about them.</summary>
/// <param name="Name">First name and surname; no two people share it.</param>
/// <param name="Birthplace">An invented town.</param>
/// <param name="Profession">With its article: "a glassblower".</param>
/// <param name="Workplace">The invented town of the profession, never the birthplace.</param>
/// <param name="Award">With its article: "the Amber Compass Medal".</param>
/// <param name="AwardYear">Between 1971 and 2020.</param>
/// <param name="Book">The title of the person's book; no two people share it.</param>
/// <param name="Hobby">A phrase such as "carving tiny lighthouses".</param>
/// <param name="Pet">With its article: "a grey parrot".</param>
/// <param name="PetName">What the pet is called.</param>
/// <param name="Mentor">First name and surname of someone who is not one of the people.</param>
/// <param name="Home">With its article: "a windmill".</param>
/// <param name="River">The invented river on which the home stands.</param>
internal sealed record Person(
    string Name,
    string Birthplace,
    string Profession,
    string Workplace,
    string Award,
    int AwardYear,
    string Book,
    string Hobby,
    string Pet,
    string PetName,
    string Mentor,
    string Home,
    string River);
