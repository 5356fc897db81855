namespace LoraUnlearn.DemoModel.Tokenization;

/// <summary>
/// GPT-2's one-to-one map from bytes to printable characters: printable Latin-1 bytes stand for themselves, the
/// others for the characters from U+0100 on, in order.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = MakeCharacters();

    /// <summary>The 256 characters in the order of their code points, which is the order of their token ids.</summary>
    public static IReadOnlyList<char> InCodeOrder { get; } = [.. Characters.Order()];

    /// <summary>The character that stands for a byte.</summary>
    public static char CharacterOf(byte value) => Characters[value];

    private static char[] MakeCharacters()
    {
        char[] characters = new char[256];
        char next = '\u0100';
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = printable ? (char)value : next++;
        }

        return characters;
    }
}
