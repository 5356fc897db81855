using System.Globalization;
using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>A set of code points: ranges, Unicode categories and classes, and other sets, possibly complemented.</summary>
internal sealed class CodePointSet
{
    private readonly (int First, int Last)[] _ranges;
    private readonly int _categories;
    private readonly Func<int, bool>[] _classes;
    private readonly bool _complemented;
    private readonly UInt128 _ascii;

    /// <param name="ranges">Inclusive ranges.</param>
    /// <param name="categories">A bit for each <see cref="UnicodeCategory"/> that belongs.</param>
    /// <param name="classes">Predicates of further members.</param>
    /// <param name="complemented">Whether the set is everything else.</param>
    public CodePointSet(
        IEnumerable<(int First, int Last)> ranges, int categories, IEnumerable<Func<int, bool>> classes, bool complemented)
    {
        _ranges = ranges.ToArray();
        _categories = categories;
        _classes = classes.ToArray();
        _complemented = complemented;
        for (int codePoint = 0; codePoint < 128; codePoint++)
        {
            if (Evaluate(codePoint))
            {
                _ascii |= UInt128.One << codePoint;
            }
        }
    }

    /// <summary>A bit for each ASCII code point in the set.</summary>
    public UInt128 Ascii => _ascii;

    public static CodePointSet Of(int codePoint) => new([(codePoint, codePoint)], 0, [], complemented: false);

    /// <summary>A bit test for ASCII; beyond it each range, category and class in turn.</summary>
    public bool Contains(int codePoint) =>
        codePoint < 128 ? ((_ascii >> codePoint) & 1) != 0 : Evaluate(codePoint);

    /// <summary>The end of the longest run of members from <paramref name="position"/>, at most <paramref name="most"/> of them.</summary>
    public int RunEnd(ReadOnlySpan<char> text, int position, int most, out int count)
    {
        count = 0;
        while (count < most && position < text.Length)
        {
            int codePoint = CodePoints.At(text, position, out int units);
            if (!Contains(codePoint))
            {
                break;
            }

            position += units;
            count++;
        }

        return position;
    }

    private bool Evaluate(int codePoint)
    {
        bool member = _categories != 0
            && (_categories & (1 << (int)CharUnicodeInfo.GetUnicodeCategory(codePoint))) != 0;
        for (int i = 0; !member && i < _ranges.Length; i++)
        {
            member = codePoint >= _ranges[i].First && codePoint <= _ranges[i].Last;
        }

        for (int i = 0; !member && i < _classes.Length; i++)
        {
            member = _classes[i](codePoint);
        }

        return member != _complemented;
    }
}

/// <summary>Gathers the members of a <see cref="CodePointSet"/> as the parser meets them.</summary>
internal sealed class CodePointSetBuilder
{
    private const int AllCategories = (1 << 30) - 1;

    private readonly List<(int First, int Last)> _ranges = [];
    private readonly List<Func<int, bool>> _classes = [];
    private int _categories;

    /// <summary>Whether only single code points and ranges were added.</summary>
    public bool HasOnlyRanges => _categories == 0 && _classes.Count == 0;

    public IReadOnlyList<(int First, int Last)> Ranges => _ranges;

    /// <summary>Adds a range; both ends belong to it.</summary>
    public void AddRange(int first, int last) => _ranges.Add((first, last));

    public void AddSet(CodePointSet set) => _classes.Add(set.Contains);

    /// <summary>Adds the class of a letter escape: \s, \d, \w and their complements.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="bracketed">Whether it stands within brackets.</param>
    /// <returns>False where the letter names no class.</returns>
    public bool TryAddEscape(char letter, bool bracketed)
    {
        bool complemented = char.IsAsciiLetterUpper(letter);
        switch (char.ToLowerInvariant(letter))
        {
            case 's':
                AddClass(CodePoints.IsWhiteSpace, complemented);
                return true;
            case 'w':
                AddClass(bracketed ? CodePoints.IsBracketedOnigurumaWord : CodePoints.IsOnigurumaWord, complemented);
                return true;
            case 'd':
                AddCategories(1 << (int)UnicodeCategory.DecimalDigitNumber, complemented);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Adds a property by its name between the braces of \p{...}.</summary>
    /// <returns>False where the name is not a general category.</returns>
    public bool TryAddProperty(string name, bool complemented)
    {
        if (name.StartsWith('^'))
        {
            return TryAddProperty(name[1..], !complemented);
        }

        int categories = GeneralCategories.Find(name);
        if (categories == 0)
        {
            return false;
        }

        AddCategories(categories, complemented);
        return true;
    }

    public CodePointSet Build(bool complemented) => new(_ranges, _categories, _classes, complemented);

    private void AddClass(Func<int, bool> contains, bool complemented) =>
        _classes.Add(complemented ? codePoint => !contains(codePoint) : contains);

    private void AddCategories(int categories, bool complemented) =>
        _categories |= complemented ? AllCategories & ~categories : categories;
}
