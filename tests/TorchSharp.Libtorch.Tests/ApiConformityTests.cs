using LoraUnlearn.Tests.Support;
using Xunit.Abstractions;

namespace TorchSharp.Tests;

/// <summary>The binding is source-compatible: nothing public that TorchSharp does not have, with the same signature.</summary>
public class ApiConformityTests(ITestOutputHelper output)
{
    // What only this binding has; code that must compile against TorchSharp too does not use it.
    private static readonly Type[] OwnTypes = [typeof(LibtorchBackend)];

    // Types of TorchSharp's that the list names in signatures without a section of their own.
    private static readonly Type[] UnlistedTypes =
    [
        typeof(torch.RoundingMode), typeof(torch.linalg.QRMode), typeof(compute_mode), typeof(Modules.GELU), typeof(Modules.GELU.Approximate),
    ];

    [SharedFact("torchsharp-api.txt")]
    public void EveryPublicMemberIsTorchSharps()
    {
        Dictionary<string, HashSet<string>> listed = ReadList();
        List<string> strangers = [];
        int checkedMembers = 0;
        foreach (Type type in typeof(torch).Assembly.GetExportedTypes().Except(OwnTypes).Except(UnlistedTypes))
        {
            string section = ApiNotation.Section(type);
            listed.TryGetValue(section, out HashSet<string>? members);
            foreach (string member in ApiNotation.Members(type))
            {
                checkedMembers++;
                if (members is null || !members.Contains(member))
                {
                    strangers.Add($"{section}: {member}");
                }
            }
        }

        output.WriteLine($"{checkedMembers} public members checked");
        Assert.True(strangers.Count == 0, "Not in torchsharp-api.txt:\n" + string.Join("\n", strangers));
        Assert.InRange(checkedMembers, 1000, int.MaxValue);
    }

    private static Dictionary<string, HashSet<string>> ReadList()
    {
        Dictionary<string, HashSet<string>> sections = [];
        HashSet<string>? current = null;
        foreach (string line in File.ReadLines(Repository.InShared("torchsharp-api.txt")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                sections[line[3..]] = current = [];
            }
            else if (current is not null && line.Length > 2)
            {
                current.Add(line[2..]);
            }
        }

        return sections;
    }
}
