namespace LoraUnlearn.Evaluation;

/// <summary>
/// Porter's stemming algorithm (Porter 1980, "An algorithm for suffix stripping") with the extensions that NLTK's stemmer
/// has by default, because Google's ROUGE stems with that one: a few irregular words, short words in -ies, -ied and vowel +
/// consonant, y after a consonant, -alli before -abli, -fulli, -logi.
/// </summary>
public static class PorterStemmer
{
    private static readonly Dictionary<string, string> Irregular = new()
    {
        ["sky"] = "sky",
        ["skies"] = "sky",
        ["dying"] = "die",
        ["lying"] = "lie",
        ["tying"] = "tie",
        ["news"] = "news",
        ["inning"] = "inning",
        ["innings"] = "inning",
        ["outing"] = "outing",
        ["outings"] = "outing",
        ["canning"] = "canning",
        ["cannings"] = "canning",
        ["howe"] = "howe",
        ["proceed"] = "proceed",
        ["exceed"] = "exceed",
        ["succeed"] = "succeed",
    };

    // Step 2: double suffixes to single ones, where the stem has measure > 0. The first suffix that fits decides.
    private static readonly (string Suffix, string Replacement)[] Step2Rules =
    [
        ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"), ("alli", "al"),
        ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"),
        ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"), ("fulli", "ful"),
    ];

    // Step 3: the same for these.
    private static readonly (string Suffix, string Replacement)[] Step3Rules =
    [
        ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", ""),
    ];

    // Step 4: dropped where the stem has measure > 1; -ion only after s or t.
    private static readonly string[] Step4Suffixes =
    [
        "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti", "ous", "ive", "ize",
    ];

    /// <summary>The stem of a word.</summary>
    /// <param name="word">One word; upper case is made lower case. Words of one or two letters stay as they are.</param>
    /// <returns>The stem, in lower case.</returns>
    public static string Stem(string word)
    {
        string stem = word.ToLowerInvariant();
        if (Irregular.TryGetValue(stem, out string? known))
        {
            return known;
        }

        return stem.Length <= 2 ? stem : Step5(Step4(Step3(Step2(Step1C(Step1B(Step1A(stem)))))));
    }

    /// <summary>Plurals.</summary>
    private static string Step1A(string word) => word switch
    {
        _ when EndsWith(word, "ies") => word.Length == 4 ? word[..^1] : word[..^2],
        _ when EndsWith(word, "sses") => word[..^2],
        _ when EndsWith(word, "ss") => word,
        _ when EndsWith(word, "s") => word[..^1],
        _ => word,
    };

    /// <summary>-ied, -eed, -ed and -ing.</summary>
    private static string Step1B(string word)
    {
        if (EndsWith(word, "ied"))
        {
            return word.Length == 4 ? word[..^1] : word[..^2];
        }

        if (EndsWith(word, "eed"))
        {
            return Measure(word[..^3]) > 0 ? word[..^1] : word;
        }

        int suffix = EndsWith(word, "ed") ? 2 : EndsWith(word, "ing") ? 3 : 0;
        return suffix > 0 && ContainsVowel(word[..^suffix]) ? Restore(word[..^suffix]) : word;
    }

    /// <summary>Makes a word again of what -ed and -ing leave: hopp → hop, fil → file.</summary>
    private static string Restore(string stem)
    {
        if (EndsWith(stem, "at") || EndsWith(stem, "bl") || EndsWith(stem, "iz"))
        {
            return stem + "e";
        }

        if (EndsInDoubleConsonant(stem))
        {
            return stem[^1] is 'l' or 's' or 'z' ? stem : stem[..^1];
        }

        return Measure(stem) == 1 && EndsInShortSyllable(stem) ? stem + "e" : stem;
    }

    /// <summary>y to i after a consonant that is not the whole stem.</summary>
    private static string Step1C(string word) =>
        word.Length > 2 && word[^1] == 'y' && IsConsonant(word, word.Length - 2) ? word[..^1] + "i" : word;

    private static string Step2(string word)
    {
        // -alli before the rules, and what it leaves through the rules again: rationally → rational → ration.
        if (EndsWith(word, "alli") && Measure(word[..^4]) > 0)
        {
            return Step2(word[..^2]);
        }

        if (EndsWith(word, "logi"))
        {
            // The l counts with the stem, so that geologi becomes geolog.
            return Measure(word[..^3]) > 0 ? word[..^1] : word;
        }

        return Replace(word, Step2Rules);
    }

    private static string Step3(string word) => Replace(word, Step3Rules);

    private static string Step4(string word)
    {
        foreach (string suffix in Step4Suffixes)
        {
            if (EndsWith(word, suffix))
            {
                string stem = word[..^suffix.Length];
                bool drop = Measure(stem) > 1 && (suffix != "ion" || stem[^1] is 's' or 't');
                return drop ? stem : word;
            }
        }

        return word;
    }

    /// <summary>A final e, and one l of two.</summary>
    private static string Step5(string word)
    {
        if (EndsWith(word, "e"))
        {
            string stem = word[..^1];
            int measure = Measure(stem);
            word = measure > 1 || (measure == 1 && !EndsInShortSyllable(stem)) ? stem : word;
        }

        return EndsWith(word, "ll") && Measure(word[..^1]) > 1 ? word[..^1] : word;
    }

    private static string Replace(string word, (string Suffix, string Replacement)[] rules)
    {
        foreach ((string suffix, string replacement) in rules)
        {
            if (EndsWith(word, suffix))
            {
                string stem = word[..^suffix.Length];
                return Measure(stem) > 0 ? stem + replacement : word;
            }
        }

        return word;
    }

    private static bool EndsWith(string word, string suffix) => word.EndsWith(suffix, StringComparison.Ordinal);

    /// <summary>Every letter but a, e, i, o, u, and y after a vowel or in front.</summary>
    private static bool IsConsonant(string word, int index)
    {
        // A run of y's alternates; walk back to its beginning instead of recursing, since a word can be all y's.
        int first = index;
        while (first > 0 && word[first] == 'y')
        {
            first--;
        }

        bool consonant = word[first] is not ('a' or 'e' or 'i' or 'o' or 'u');
        return (index - first) % 2 == 0 ? consonant : !consonant;
    }

    /// <summary>m in [C](VC)^m[V]: how often a consonant follows a vowel.</summary>
    private static int Measure(string stem)
    {
        int measure = 0;
        bool afterVowel = false;
        bool previousConsonant = false;
        for (int i = 0; i < stem.Length; i++)
        {
            bool consonant = stem[i] == 'y' ? i == 0 || !previousConsonant : IsConsonant(stem, i);
            measure += consonant && afterVowel ? 1 : 0;
            afterVowel = !consonant;
            previousConsonant = consonant;
        }

        return measure;
    }

    private static bool ContainsVowel(string stem)
    {
        for (int i = 0; i < stem.Length; i++)
        {
            if (!IsConsonant(stem, i))
            {
                return true;
            }
        }

        return false;
    }

    private static bool EndsInDoubleConsonant(string word) =>
        word.Length >= 2 && word[^1] == word[^2] && IsConsonant(word, word.Length - 1);

    /// <summary>Consonant, vowel, consonant other than w, x, y; or a word of just vowel and consonant.</summary>
    private static bool EndsInShortSyllable(string word)
    {
        int last = word.Length - 1;
        return word.Length switch
        {
            < 2 => false,
            2 => !IsConsonant(word, 0) && IsConsonant(word, 1),
            _ => IsConsonant(word, last - 2) && !IsConsonant(word, last - 1) && IsConsonant(word, last) && word[last] is not ('w' or 'x' or 'y'),
        };
    }
}
