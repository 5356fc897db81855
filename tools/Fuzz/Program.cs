using System.Diagnostics;
using System.Globalization;
using LoraUnlearn.Fuzz;

// dotnet run -c Release --project tools/Fuzz -- [--cases N] [--seed N] [--first N] [--show N]
// Spoils files in a seeded way and runs commands on them; ends with 1 where one crashes, hangs, takes over 1 GB, or says something unexpected.
const long LargestMemory = 1_000_000_000;

long Option(string name, long standard)
{
    int index = Array.IndexOf(args, name);
    return index < 0 ? standard : long.Parse(args[index + 1], CultureInfo.InvariantCulture);
}

long cases = Option("--cases", 10_000), seed = Option("--seed", 1), first = Option("--first", 0), shown = Option("--show", -1);
string place = Directory.CreateTempSubdirectory("fuzz-").FullName;
Environment.CurrentDirectory = place;
try
{
    Corpus corpus = Corpus.Create(Path.Combine(AppContext.BaseDirectory, "Demo"));
    Campaign campaign = new(corpus, seed);
    if (shown >= 0)
    {
        Console.WriteLine($"{campaign.TargetOf(shown).File}: lora-unlearn {string.Join(' ', campaign.TargetOf(shown).Arguments)}");
        using Stream output = Console.OpenStandardOutput();
        output.Write(campaign.Spoilt(shown));
        return 0;
    }

    long peak = 0;
    using Timer watch = new(
        _ =>
        {
            peak = Math.Max(peak, Environment.WorkingSet);
            if (campaign.Hanging is long hanging)
            {
                Console.WriteLine($"case {hanging} hangs: {campaign.TargetOf(hanging)}");
                Environment.Exit(1);
            }

            if (peak > LargestMemory)
            {
                Console.WriteLine($"case {campaign.Current} takes {peak} bytes: {campaign.TargetOf(campaign.Current)}");
                Environment.Exit(1);
            }
        },
        null,
        100,
        20);

    // What a crash of the process itself leaves behind: the number of its case.
    using StreamWriter journal = new(Path.Combine(Path.GetTempPath(), "fuzz-case")) { AutoFlush = true };
    Stopwatch clock = Stopwatch.StartNew();
    List<FuzzFailure> failures = [];
    for (long number = first; number < first + cases; number++)
    {
        journal.BaseStream.Position = 0;
        journal.WriteLine(number);
        if (campaign.Run(number) is FuzzFailure failure)
        {
            failures.Add(failure);
            Console.WriteLine($"case {failure.Number}, {failure.Target.File} ({string.Join(' ', failure.Target.Arguments)}): {failure.Fault.Trim()}");
        }
    }

    string codes = string.Join(", ", campaign.ExitCodes.Select(pair => $"{pair.Value} with {pair.Key}"));
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{cases} cases of seed {seed} in {clock.Elapsed.TotalSeconds:0.0} s ({cases / clock.Elapsed.TotalSeconds:0}/s), {peak / 1e6:0} MB at most; exit codes: {codes}; {failures.Count} failed"));
    return failures.Count > 0 ? 1 : 0;
}
finally
{
    Environment.CurrentDirectory = Path.GetTempPath();
    Directory.Delete(place, recursive: true);
}
