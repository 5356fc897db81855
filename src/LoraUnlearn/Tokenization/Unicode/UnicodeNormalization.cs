using System.Text;

namespace LoraUnlearn.Tokenization.Unicode;

/// <summary>Unicode's four normalisation forms (Unicode Standard Annex 15).</summary>
internal enum UnicodeForm
{
    /// <summary>Canonical composition.</summary>
    Nfc,

    /// <summary>Canonical decomposition.</summary>
    Nfd,

    /// <summary>Compatibility composition.</summary>
    Nfkc,

    /// <summary>Compatibility decomposition.</summary>
    Nfkd,
}

/// <summary>Normalises text to one of Unicode's forms (Unicode Standard Annex 15), in time linear in the text.</summary>
internal static class UnicodeNormalization
{
    private const int HangulBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TrailCount = 28;
    private const int HangulCount = LeadCount * VowelCount * TrailCount;

    /// <summary>The text in that form; itself, without a copy, where all its characters lie below those that the form can change.</summary>
    public static string Normalize(string text, UnicodeForm form)
    {
        // Below U+0300 nothing composes, and below U+0080 nothing decomposes.
        char stable = form == UnicodeForm.Nfc ? '\u02FF' : '\u007F';
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', stable))
        {
            return text;
        }

        List<int> codePoints = new(text.Length + 16);
        for (int i = 0; i < text.Length;)
        {
            int codePoint = CodePoints.At(text, i, out int units);
            Decompose(codePoint, form is UnicodeForm.Nfkc or UnicodeForm.Nfkd, codePoints);
            i += units;
        }

        Reorder(codePoints);
        if (form is UnicodeForm.Nfc or UnicodeForm.Nfkc)
        {
            Compose(codePoints);
        }

        StringBuilder result = new(codePoints.Count);
        foreach (int codePoint in codePoints)
        {
            CodePoints.Append(codePoint, result);
        }

        return result.ToString();
    }

    private static void Decompose(int codePoint, bool compatibility, List<int> output)
    {
        if (codePoint < 0x80)
        {
            output.Add(codePoint);
            return;
        }

        int syllable = codePoint - HangulBase;
        if (syllable is >= 0 and < HangulCount)
        {
            output.Add(LeadBase + (syllable / (VowelCount * TrailCount)));
            output.Add(VowelBase + (syllable % (VowelCount * TrailCount) / TrailCount));
            if (syllable % TrailCount != 0)
            {
                output.Add(TrailBase + (syllable % TrailCount));
            }

            return;
        }

        if (DecompositionTable.Instance.Decompose(codePoint, compatibility) is not { } mapping)
        {
            output.Add(codePoint);
            return;
        }

        foreach (int part in mapping)
        {
            Decompose(part, compatibility, output);
        }
    }

    /// <summary>Sorts each run of combining marks by class, keeping the order of equal classes.</summary>
    private static void Reorder(List<int> codePoints)
    {
        DecompositionTable table = DecompositionTable.Instance;
        for (int i = 0; i < codePoints.Count; i++)
        {
            if (table.CombiningClass(codePoints[i]) == 0)
            {
                continue;
            }

            int start = i;
            while (i < codePoints.Count && table.CombiningClass(codePoints[i]) != 0)
            {
                i++;
            }

            if (i - start > 1)
            {
                // LINQ's ordering is stable.
                int[] ordered = codePoints.GetRange(start, i - start).OrderBy(table.CombiningClass).ToArray();
                for (int j = 0; j < ordered.Length; j++)
                {
                    codePoints[start + j] = ordered[j];
                }
            }
        }
    }

    /// <summary>Composes each mark with the last starter unless something of its class or a higher one stands between.</summary>
    private static void Compose(List<int> codePoints)
    {
        DecompositionTable table = DecompositionTable.Instance;
        int starter = -1;
        int lastClass = 0;
        int written = 0;
        for (int read = 0; read < codePoints.Count; read++)
        {
            int codePoint = codePoints[read];
            int combiningClass = table.CombiningClass(codePoint);
            bool adjacent = starter == written - 1;
            bool blocked = starter < 0 || (!adjacent && lastClass >= combiningClass);
            if (!blocked && ComposePair(codePoints[starter], codePoint) is { } composed)
            {
                codePoints[starter] = composed;
                continue;
            }

            if (combiningClass == 0)
            {
                starter = written;
            }

            lastClass = combiningClass;
            codePoints[written++] = codePoint;
        }

        codePoints.RemoveRange(written, codePoints.Count - written);
    }

    private static int? ComposePair(int first, int second)
    {
        int lead = first - LeadBase;
        int vowel = second - VowelBase;
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
        {
            return HangulBase + (((lead * VowelCount) + vowel) * TrailCount);
        }

        int syllable = first - HangulBase;
        int trail = second - TrailBase;
        if (syllable is >= 0 and < HangulCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
        {
            return first + trail;
        }

        return DecompositionTable.Instance.Compose(first, second);
    }
}
