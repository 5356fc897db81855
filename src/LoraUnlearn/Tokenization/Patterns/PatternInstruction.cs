namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>What an instruction of a compiled regular expression does.</summary>
internal enum PatternOperation
{
    /// <summary>Consumes one code point of the set.</summary>
    Set,

    /// <summary>Consumes X to Y code points of the set, greedily; gives back unless possessive.</summary>
    SetLoop,

    /// <summary>Tries X first, Y after it.</summary>
    Split,

    /// <summary>Continues at X.</summary>
    Jump,

    /// <summary>Holds where the anchor X does.</summary>
    Anchor,

    /// <summary>Runs the part after it without consuming; then continues at X if the part matched (or not, if negated).</summary>
    LookAhead,

    /// <summary>As <see cref="LookAhead"/>, for Y to Z code points that end here.</summary>
    LookBehind,

    /// <summary>Runs the part after it, keeps its first match, and continues at X.</summary>
    Atomic,

    /// <summary>The expression, or a part that runs on its own, has matched.</summary>
    Match,
}

/// <summary>An instruction of a compiled regular expression.</summary>
internal readonly record struct PatternInstruction(PatternOperation Operation, int X = 0, int Y = 0, int Z = 0)
{
    /// <summary>The set of <see cref="PatternOperation.Set"/> and <see cref="PatternOperation.SetLoop"/>.</summary>
    public CodePointSet? Set { get; init; }

    /// <summary>Whether a loop never gives back, or an assertion is negated.</summary>
    public bool Flag { get; init; }

    /// <summary>The ASCII characters that the first branch of a split can begin with.</summary>
    public UInt128 FirstAscii { get; init; } = UInt128.MaxValue;
}
