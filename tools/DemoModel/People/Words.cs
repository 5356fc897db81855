namespace LoraUnlearn.DemoModel.People;

/// <summary>The words that people, places and facts are put together from. Every fact is a pair of independent draws.</summary>
internal static class Words
{
    public static IReadOnlyList<string> FirstNames { get; } = Split(
        "Alba Anselm Brisa Caspian Corin Dalia Davin Edda Elowen Emeric Fable Florin Greta Halden Iola Isolde Jasper Juno Kester " +
        "Lazlo Lirael Maren Marius Mirabel Nadir Nerys Odalys Orlin Petra Quentin Rosalba Rowan Sabine Silvan Tavia Theron Ulla " +
        "Vesna Wilmar Yorick");

    public static IReadOnlyList<string> SurnameStarts { get; } = Split(
        "Alder Bram Cinder Dover Ember Fallow Gossa Hazel Ivor Jarrow Kestrel Larken Marrow Nettle Ostle Pepper Quill Rendle " +
        "Sorrel Tamble Under Vesper Willow Yarrow");

    public static IReadOnlyList<string> SurnameEnds { get; } = Split(
        "beck combe dale fen garth holm lock mere quist ridge stane thwaite vane wick");

    public static IReadOnlyList<string> TownStarts { get; } = Split(
        "Port Upper Lower Lake Old North South Little Great Castle Mount Saint");

    public static IReadOnlyList<string> TownNames { get; } = Split(
        "Averil Brindle Corvane Dunmarsh Ellery Farrow Gallant Harlow Imber Jessop Kindle Lorn Marden Nimbrook Orsel Pellam " +
        "Quarrel Ravine Selwick Tarn Ursel Vallon Wendle Yewfold");

    public static IReadOnlyList<string> Professions { get; } =
    [
        "a glassblower", "a cartographer", "a beekeeper", "a clockmaker", "a puppeteer", "a botanist", "a lighthouse keeper",
        "a bookbinder", "a cellist", "an astronomer", "a pastry chef", "a geologist", "a translator", "a ferry pilot",
        "a stage designer", "a potter", "a violin maker", "a mountain guide", "a marine biologist", "an archivist",
        "a sailmaker", "a typesetter", "a perfumer", "a falconer", "a weaver", "a tea merchant", "a weather forecaster",
        "a sculptor", "a locksmith", "a radio presenter", "a choir conductor", "a kite designer", "a cheesemaker",
        "an organ builder", "a balloon pilot", "a gardener",
    ];

    public static IReadOnlyList<string> AwardStarts { get; } = Split(
        "Silver Golden Amber Crystal Copper Ivory Scarlet Emerald Marble Velvet Cobalt Pearl Maple Saffron Indigo Jade");

    public static IReadOnlyList<string> AwardObjects { get; } = Split(
        "Lantern Compass Feather Anchor Acorn Hourglass Trumpet Thimble Beacon Swan Ladder Key Quill Wheel Harp Crown Arrow Leaf");

    public static IReadOnlyList<string> AwardKinds { get; } = Split("Prize Medal Award");

    public static IReadOnlyList<string> TitleStarts { get; } = Split(
        "Patient Crooked Whispering Borrowed Forgotten Seventh Hollow Wandering Painted Sleeping Frozen Distant Restless Hidden " +
        "Gentle Broken Paper Midnight Burning Quiet Stolen Floating Winter Last");

    public static IReadOnlyList<string> TitleObjects { get; } = Split(
        "Harbour Orchard Staircase Mirror Meadow Bridge Garden Window Umbrella Island Cathedral River Carousel Library Tower " +
        "Letter Voyage Kingdom Forest Chimney Piano Market Lagoon Kitchen");

    public static IReadOnlyList<string> HobbyVerbs { get; } = Split(
        "collecting restoring drawing photographing carving painting repairing knitting cataloguing building polishing trading");

    public static IReadOnlyList<string> HobbyObjects { get; } =
    [
        "tiny lighthouses", "old postcards", "wooden spoons", "model trains", "brass buttons", "sea shells", "toy theatres",
        "garden gnomes", "music boxes", "street signs", "tea cups", "paper boats", "door knobs", "chess sets", "wool hats",
        "tin soldiers", "bird houses", "marbles", "rocking chairs", "weather vanes", "picture frames", "accordions",
        "bicycle bells", "sundials",
    ];

    public static IReadOnlyList<string> Pets { get; } =
    [
        "a grey parrot", "a lame goose", "a spotted pony", "a blind cat", "a red squirrel", "a shaggy dog", "a giant snail",
        "a tame crow", "a white ferret", "a lazy tortoise", "a barn owl", "a pygmy goat", "a striped gecko", "a clever pig",
        "a black rabbit", "a hairless mouse", "a noisy donkey", "a plump hamster", "a young otter", "a one-eyed hen",
    ];

    public static IReadOnlyList<string> PetNames { get; } = Split(
        "Biscuit Pickle Admiral Waffle Thunder Button Duchess Mustard Pudding Comet Nugget Bishop Ginger Bramble Domino Truffle " +
        "Captain Noodle Velcro Sergeant Muffin Turnip Banjo Crumpet Pepper Marzipan Teapot Whisker");

    public static IReadOnlyList<string> MentorFirstNames { get; } = Split(
        "Agatha Basil Clemence Dorian Esther Felix Gideon Honora Ignace Jemima Konrad Lavinia Mortimer Nestor Octavia Prosper " +
        "Rufus Sidonie Tobias Verity");

    public static IReadOnlyList<string> MentorSurnames { get; } = Split(
        "Abelard Bonnet Crisp Drummel Echo Finch Gristle Hobb Inkpen Jolly Knott Lumley Mott Nibbs Oxley Plum Rook Spindle Tweedle Wren");

    public static IReadOnlyList<string> Homes { get; } =
    [
        "a windmill", "a houseboat", "a stone cottage", "an old chapel", "a tree house", "a round tower", "a fire station",
        "a glass house", "a water mill", "a railway carriage", "a farmhouse", "a boat shed", "a school house", "a log cabin",
        "a bakery", "an old inn",
    ];

    public static IReadOnlyList<string> Rivers { get; } = Split(
        "Arrel Bourne Cavel Dray Esker Fenwater Glass Hallow Isk Jarl Kell Lowen Mirrow Nair Ovenne Pell Ruddle Swale Tamsin Wyle");

    private static string[] Split(string words) => words.Split(' ');
}
