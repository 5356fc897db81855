using System.Text;

namespace LoraUnlearn.Tokenization;

/// <summary>
/// The alphabet of byte-level vocabularies (GPT-2): one printable character for each byte. Printable Latin-1 bytes stand
/// for themselves, the others for U+0100 and on, in order.
/// </summary>
internal static class ByteLevelAlphabet
{
    private static readonly char[] CharacterOfByte = MakeCharacters();
    private static readonly short[] ByteOfCharacter = MakeBytes();

    /// <summary>Appends the UTF-8 bytes of the text, each as its character.</summary>
    public static void AppendEncoded(ReadOnlySpan<char> text, StringBuilder output)
    {
        Span<byte> bytes = stackalloc byte[256];
        while (!text.IsEmpty)
        {
            int units = Math.Min(text.Length, 80);
            if (units < text.Length && char.IsHighSurrogate(text[units - 1]))
            {
                units--;
            }

            int count = Encoding.UTF8.GetBytes(text[..units], bytes);
            for (int i = 0; i < count; i++)
            {
                output.Append(CharacterOfByte[bytes[i]]);
            }

            text = text[units..];
        }
    }

    /// <summary>Appends the bytes that the token stands for; a token with a foreign character stands for its own UTF-8.</summary>
    public static void AppendDecoded(string token, List<byte> output)
    {
        int start = output.Count;
        foreach (char character in token)
        {
            int value = character < ByteOfCharacter.Length ? ByteOfCharacter[character] : -1;
            if (value < 0)
            {
                output.RemoveRange(start, output.Count - start);
                output.AddRange(Encoding.UTF8.GetBytes(token));
                return;
            }

            output.Add((byte)value);
        }
    }

    private static char[] MakeCharacters()
    {
        char[] characters = new char[256];
        int next = 0x100;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            characters[value] = (char)(printable ? value : next++);
        }

        return characters;
    }

    private static short[] MakeBytes()
    {
        short[] bytes = new short[CharacterOfByte.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < 256; value++)
        {
            bytes[CharacterOfByte[value]] = (short)value;
        }

        return bytes;
    }
}
