using System.Text;

namespace LoraUnlearn.Tests.Tokenization;

/// <summary>Seeded random Unicode text, rich in white space, marks, apostrophes and characters beyond the basic plane.</summary>
internal static class RandomText
{
    private const string Favourites = " \t\r\n\u00A0\u0085\u2028\u3000'sStTdlLvVreE019,.!_-é\u0301\u093F語Ж½Ⅷ\u200B\u200D\u00AD";

    public static IEnumerable<string> Samples(int seed, int count)
    {
        Random random = new(seed);
        for (int i = 0; i < count; i++)
        {
            StringBuilder text = new();
            int length = random.Next(60);
            for (int j = 0; j < length; j++)
            {
                if (random.Next(2) == 0)
                {
                    text.Append(Favourites[random.Next(Favourites.Length)]);
                    continue;
                }

                int codePoint = random.Next(5) == 0 ? random.Next(0x10000, 0x110000) : random.Next(1, 0xD800);
                text.Append(char.ConvertFromUtf32(codePoint));
            }

            yield return text.ToString();
        }
    }
}
