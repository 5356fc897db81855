using System.Globalization;

namespace LoraUnlearn.Tokenization.Unicode;

/// <summary>
/// Combining classes, decompositions and compositions of Unicode, read once from the embedded Decompositions.txt.
/// (The runtime is globalisation-invariant and its own normalisation leaves everything but ASCII unchanged.)
/// </summary>
internal sealed class DecompositionTable
{
    private const string ResourceName = "LoraUnlearn.Tokenization.Unicode.Decompositions.txt";

    private static readonly Lazy<DecompositionTable> Shared = new(Read);

    private readonly Dictionary<int, byte> _classes = [];
    private readonly Dictionary<int, int[]> _canonical = [];
    private readonly Dictionary<int, int[]> _compatibility = [];
    private readonly Dictionary<(int First, int Second), int> _compositions = [];

    private DecompositionTable()
    {
    }

    /// <summary>Read at the first use; many tokenizers never normalise.</summary>
    public static DecompositionTable Instance => Shared.Value;

    /// <summary>The canonical combining class; 0 for a starter.</summary>
    public byte CombiningClass(int codePoint) => _classes.GetValueOrDefault(codePoint);

    /// <summary>One step of decomposition, or null where the code point stays as it is.</summary>
    public int[]? Decompose(int codePoint, bool compatibility)
    {
        if (_canonical.TryGetValue(codePoint, out int[]? mapping))
        {
            return mapping;
        }

        return compatibility && _compatibility.TryGetValue(codePoint, out mapping) ? mapping : null;
    }

    /// <summary>The code point that the pair composes to, or null.</summary>
    public int? Compose(int first, int second) =>
        _compositions.TryGetValue((first, second), out int composed) ? composed : null;

    private static DecompositionTable Read()
    {
        using Stream stream = typeof(DecompositionTable).Assembly.GetManifestResourceStream(ResourceName)
            ?? throw new InvalidOperationException($"The resource {ResourceName} is missing from the assembly.");
        using StreamReader reader = new(stream);
        DecompositionTable table = new();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                table.Add(line);
            }
        }

        return table;
    }

    private void Add(string line)
    {
        int dots = line.IndexOf("..", StringComparison.Ordinal);
        if (dots > 0)
        {
            int space = line.IndexOf(' ');
            byte combiningClass = byte.Parse(line.AsSpan(space + 1), CultureInfo.InvariantCulture);
            for (int codePoint = Hexadecimal(line[..dots]); codePoint <= Hexadecimal(line[(dots + 2)..space]); codePoint++)
            {
                _classes.Add(codePoint, combiningClass);
            }

            return;
        }

        string[] fields = line.Split(' ');
        int from = Hexadecimal(fields[0]);
        int[] mapping = fields.Skip(2).Select(Hexadecimal).ToArray();
        (fields[1] == "~" ? _compatibility : _canonical).Add(from, mapping);
        if (fields[1] == "=")
        {
            _compositions.Add((mapping[0], mapping[1]), from);
        }
    }

    private static int Hexadecimal(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
