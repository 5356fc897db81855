using System.Globalization;
using LoraUnlearn.Tokenization.Unicode;

namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>Gathers the members of a <see cref="CodePointSet"/> as the parser meets them.</summary>
internal sealed class CodePointSetBuilder
{
    private const int AllCategories = (1 << 30) - 1;

    private readonly List<(int First, int Last)> _ranges = [];
    private readonly List<Func<int, bool>> _classes = [];
    private int _categories;

    /// <summary>Whether only single code points and ranges were added.</summary>
    public bool HasOnlyRanges => _categories == 0 && _classes.Count == 0;

    /// <summary>The ranges so far.</summary>
    public IReadOnlyList<(int First, int Last)> Ranges => _ranges;

    /// <summary>Adds an inclusive range.</summary>
    public void AddRange(int first, int last) => _ranges.Add((first, last));

    /// <summary>Adds the members of another set.</summary>
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

    /// <summary>The set.</summary>
    public CodePointSet Build(bool complemented) => new(_ranges, _categories, _classes, complemented);

    private void AddClass(Func<int, bool> contains, bool complemented) =>
        _classes.Add(complemented ? codePoint => !contains(codePoint) : contains);

    private void AddCategories(int categories, bool complemented) =>
        _categories |= complemented ? AllCategories & ~categories : categories;
}
