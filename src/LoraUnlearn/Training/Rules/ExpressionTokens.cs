using System.Globalization;

namespace LoraUnlearn.Training.Rules;

internal enum TokenKind
{
    /// <summary>Digits, with a point or an exponent.</summary>
    Number,

    /// <summary>A measure, or one of the words and, or, not.</summary>
    Name,

    /// <summary>An operator or a parenthesis.</summary>
    Symbol,

    /// <summary>The end of the text.</summary>
    End,
}

/// <param name="Kind">What it is.</param>
/// <param name="Text">How it is written.</param>
/// <param name="Position">Where it stands, from 1.</param>
/// <param name="Number">Its value, if it is a number.</param>
internal readonly record struct ExpressionToken(TokenKind Kind, string Text, int Position, double Number = 0);

internal static class ExpressionTokens
{
    private static readonly string[] Symbols = ["<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "(", ")"];

    /// <summary>The pieces in order, the end as the last.</summary>
    /// <param name="option">Where the expression stands, for messages.</param>
    /// <param name="text">The expression.</param>
    /// <exception cref="InputException">A character belongs to no piece.</exception>
    public static IReadOnlyList<ExpressionToken> Split(string option, string text)
    {
        List<ExpressionToken> tokens = [];
        int position = 0;
        while (position < text.Length)
        {
            if (char.IsWhiteSpace(text[position]))
            {
                position++;
                continue;
            }

            ExpressionToken token = At(option, text, position);
            tokens.Add(token);
            position += token.Text.Length;
        }

        tokens.Add(new ExpressionToken(TokenKind.End, "", text.Length + 1));
        return tokens;
    }

    private static ExpressionToken At(string option, string text, int start)
    {
        if (char.IsAsciiLetter(text[start]) || text[start] == '_')
        {
            string word = While(text, start, character => char.IsAsciiLetterOrDigit(character) || character is '_' or '.');
            return new ExpressionToken(TokenKind.Name, word, start + 1);
        }

        if (char.IsAsciiDigit(text[start]) || text[start] == '.')
        {
            return Number(option, text, start);
        }

        string? symbol = Symbols.FirstOrDefault(candidate => string.CompareOrdinal(text, start, candidate, 0, candidate.Length) == 0);
        return symbol is null
            ? throw new InputException($"{option} '{text}': '{text[start]}' at position {start + 1} means nothing here; expected numbers, measures, < <= > >= == !=, + - * /, and, or, not, parentheses.")
            : new ExpressionToken(TokenKind.Symbol, symbol, start + 1);
    }

    private static ExpressionToken Number(string option, string text, int start)
    {
        string digits = While(text, start, character => char.IsAsciiDigit(character) || character == '.');
        int end = start + digits.Length;
        if (end < text.Length && text[end] is 'e' or 'E')
        {
            int exponent = end + 1 < text.Length && text[end + 1] is '+' or '-' ? end + 2 : end + 1;
            digits = text[start..exponent] + While(text, Math.Min(exponent, text.Length), char.IsAsciiDigit);
        }

        return double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? new ExpressionToken(TokenKind.Number, digits, start + 1, value)
            : throw new InputException($"{option} '{text}': '{digits}' at position {start + 1} is not a number.");
    }

    private static string While(string text, int start, Func<char, bool> belongs)
    {
        int end = start;
        while (end < text.Length && belongs(text[end]))
        {
            end++;
        }

        return text[start..end];
    }
}
